"""institutions are agreed to"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0031'
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('institution') as batch:
        for name in ('confirmed_at', 'waiting_at'):
            batch.add_column(sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column('waiting', sa.Text(), server_default='', nullable=False))
        batch.add_column(sa.Column('waiting_by', sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f('fk_institution_waiting_by'), 'operator', ['waiting_by'], ['id'])
    op.execute(sa.text('UPDATE institution SET confirmed_at = made_at'))


def downgrade() -> None:
    with op.batch_alter_table('institution') as batch:
        batch.drop_constraint(op.f('fk_institution_waiting_by'), type_='foreignkey')
        for name in ('waiting_by', 'waiting', 'waiting_at', 'confirmed_at'):
            batch.drop_column(name)
