"""uses are told"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'customer',
        sa.Column('is_told_of_use', sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        'use_notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('first_entry', sa.Integer(), nullable=False),
        sa.Column('last_entry', sa.Integer(), nullable=False),
        sa.Column('address', sa.String(length=254), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('try_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('sent_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('failed', sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_use_notice_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_use_notice')),
        sa.UniqueConstraint('customer_id', 'last_entry', name=op.f('uq_use_notice_customer_id_last_entry')),
    )
    op.create_index(
        'ix_use_notice_open', 'use_notice', ['try_at'],
        sqlite_where=sa.text('try_at IS NOT NULL'),
        postgresql_where=sa.text('try_at IS NOT NULL'),
    )
    op.create_table(
        'use_notice_mark',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('entry_id', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_use_notice_mark')),
    )


def downgrade() -> None:
    op.drop_table('use_notice_mark')
    op.drop_table('use_notice')
    op.drop_column('customer', 'is_told_of_use')
