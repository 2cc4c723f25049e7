"""an approval is used once"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('asking_request', sa.Column('used_at', webapp.db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('asking_request', 'used_at')
