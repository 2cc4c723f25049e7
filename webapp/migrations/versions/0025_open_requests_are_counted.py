"""open requests are counted by an index"""

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

COLUMNS = ['institution_id', 'state', 'expires_at', 'customer_id', 'browser_network']


def upgrade() -> None:
    op.create_index('ix_asking_request_open', 'asking_request', COLUMNS)


def downgrade() -> None:
    op.drop_index('ix_asking_request_open', 'asking_request')
