"""operators have a second factor"""

from typing import Any

import sqlalchemy as sa
from alembic import op
import webapp.db

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

HOLDER = '(customer_id IS NULL) <> (operator_id IS NULL)'
KEPT = 'secret, begun_at, confirmed_at, last_step, errors, locked_at'


def upgrade() -> None:
    op.add_column('operator', sa.Column('second_factor_postponed_at', webapp.db.UtcDateTime(timezone=True), nullable=True))
    # By way of a copy: SQLite gives a table no other primary key.
    op.execute('CREATE TABLE one_time_secret_before AS SELECT * FROM one_time_secret')
    op.drop_table('one_time_secret')
    op.create_table('one_time_secret',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('operator_id', sa.Integer(), nullable=True),
    *_secret_columns(),
    sa.CheckConstraint(HOLDER, name='ck_one_time_secret_holder'),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_one_time_secret_customer_id')),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_one_time_secret_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_secret')),
    sa.UniqueConstraint('customer_id', name=op.f('uq_one_time_secret_customer_id')),
    sa.UniqueConstraint('operator_id', name=op.f('uq_one_time_secret_operator_id'))
    )
    op.execute(
        f'INSERT INTO one_time_secret (customer_id, {KEPT}) '
        f'SELECT customer_id, {KEPT} FROM one_time_secret_before'
    )
    op.drop_table('one_time_secret_before')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.alter_column('customer_id', existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column('operator_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_passkey_operator_id'), 'operator', ['operator_id'], ['id'])
        batch_op.create_check_constraint('ck_passkey_holder', HOLDER)
        batch_op.create_index(batch_op.f('ix_passkey_operator_id'), ['operator_id'], unique=False)
    with op.batch_alter_table('passkey_challenge', schema=None) as batch_op:
        batch_op.add_column(sa.Column('operator_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_passkey_challenge_operator_id'), 'operator', ['operator_id'], ['id'])


def downgrade() -> None:
    for table in ('passkey_challenge', 'passkey', 'one_time_secret'):
        op.execute(f'DELETE FROM {table} WHERE operator_id IS NOT NULL')
    with op.batch_alter_table('passkey_challenge', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_passkey_challenge_operator_id'), type_='foreignkey')
        batch_op.drop_column('operator_id')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_operator_id'))
        batch_op.drop_constraint('ck_passkey_holder', type_='check')
        batch_op.drop_constraint(batch_op.f('fk_passkey_operator_id'), type_='foreignkey')
        batch_op.drop_column('operator_id')
        batch_op.alter_column('customer_id', existing_type=sa.Integer(), nullable=False)
    op.execute('CREATE TABLE one_time_secret_before AS SELECT * FROM one_time_secret')
    op.drop_table('one_time_secret')
    op.create_table('one_time_secret',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    *_secret_columns(),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_one_time_secret_customer_id')),
    sa.PrimaryKeyConstraint('customer_id', name=op.f('pk_one_time_secret'))
    )
    op.execute(
        f'INSERT INTO one_time_secret (customer_id, {KEPT}) '
        f'SELECT customer_id, {KEPT} FROM one_time_secret_before'
    )
    op.drop_table('one_time_secret_before')
    op.drop_column('operator', 'second_factor_postponed_at')


def _secret_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('begun_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('confirmed_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('last_step', sa.Integer(), nullable=True),
        sa.Column('errors', sa.Integer(), nullable=False),
        sa.Column('locked_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    )
