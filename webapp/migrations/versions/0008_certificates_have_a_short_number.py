"""certificates have a short number"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'certificate',
        sa.Column('short_number', sa.String(length=8), server_default='', nullable=False),
    )
    # Every serial number of ours has 34 digits; of a shorter one zeros stand before it.
    op.execute(
        "UPDATE certificate SET short_number = "
        "substr('00000000' || serial, length(serial) + 1)"
    )
    op.create_index(
        'ix_certificate_short_number', 'certificate', ['short_number'], unique=False
    )


def downgrade() -> None:
    op.drop_index('ix_certificate_short_number', table_name='certificate')
    op.drop_column('certificate', 'short_number')
