"""certificates have a VID"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # False for the applications that are open now: the key that a browser made for one
    # of them waits without an R that the CA could open.
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('vid_required', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_column('vid_required')
