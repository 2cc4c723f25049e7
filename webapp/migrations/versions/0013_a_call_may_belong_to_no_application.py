"""a call may belong to no application"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('phone_call', schema=None) as batch_op:
        batch_op.alter_column('application_id', existing_type=sa.String(length=32), nullable=True)
        batch_op.add_column(sa.Column('login_session', sa.String(length=32), nullable=True))
        batch_op.create_check_constraint('ck_phone_call_asked_by', '(application_id IS NULL) <> (login_session IS NULL)')


def downgrade() -> None:
    op.execute('DELETE FROM phone_call WHERE application_id IS NULL')
    with op.batch_alter_table('phone_call', schema=None) as batch_op:
        batch_op.drop_constraint('ck_phone_call_asked_by', type_='check')
        batch_op.drop_column('login_session')
        batch_op.alter_column('application_id', existing_type=sa.String(length=32), nullable=False)
