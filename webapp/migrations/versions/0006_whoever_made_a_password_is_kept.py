"""whoever made a password is kept"""

import sqlalchemy as sa
from alembic import op
import webapp.db

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('operator_password_maker',
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['operator.id'], name=op.f('fk_operator_password_maker_by_id')),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_operator_password_maker_operator_id')),
    sa.PrimaryKeyConstraint('operator_id', 'by_id', name=op.f('pk_operator_password_maker'))
    )
    op.execute(
        'INSERT INTO operator_password_maker (operator_id, by_id, at) '
        'SELECT id, password_by, created_at FROM operator '
        'WHERE password_by IS NOT NULL'
    )
    # Not in a batch: that would make the table anew, and others point to it.
    op.drop_column('operator', 'password_by')


def downgrade() -> None:
    op.add_column('operator', sa.Column('password_by', sa.Integer(), nullable=True))
    op.execute(
        'UPDATE operator SET password_by = (SELECT max(by_id) '
        'FROM operator_password_maker WHERE operator_id = operator.id)'
    )
    op.drop_table('operator_password_maker')
