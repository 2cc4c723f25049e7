"""time stamps have numbers"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'timestamp_token',
        sa.Column('serial', sa.String(length=40), nullable=False),
        sa.Column('authority_serial', sa.String(length=40), nullable=False),
        sa.Column('given_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('serial', name=op.f('pk_timestamp_token')),
    )
    with op.batch_alter_table('timestamp_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_timestamp_token_authority_serial'), ['authority_serial'], unique=False)


def downgrade() -> None:
    op.drop_table('timestamp_token')
