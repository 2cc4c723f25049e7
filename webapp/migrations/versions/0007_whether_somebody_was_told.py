"""whether somebody was told"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account_change', sa.Column('told', sa.String(length=10), nullable=True))
    op.execute(
        "UPDATE account_change SET told = 'told' WHERE EXISTS (SELECT 1 FROM "
        "change_notice WHERE change_id = account_change.id AND sent_at IS NOT NULL)"
    )
    op.execute(
        "UPDATE account_change SET told = 'untold' WHERE told IS NULL "
        "AND kind <> 'registered' AND NOT EXISTS (SELECT 1 FROM change_notice "
        "WHERE change_id = account_change.id AND try_at IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_column('account_change', 'told')
