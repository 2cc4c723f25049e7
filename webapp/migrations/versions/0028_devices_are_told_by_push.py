"""devices are told by push"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column(
        'customer',
        sa.Column('is_pushed_of_use', sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        'push_key',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('public', sa.String(length=90), nullable=False),
        moment('made_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_push_key')),
    )
    op.create_table(
        'push_subscription',
        sa.Column('device_id', sa.String(length=32), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('key_id', sa.String(length=32), nullable=False),
        moment('since'),
        sa.ForeignKeyConstraint(['device_id'], ['paired_device.id'], name=op.f('fk_push_subscription_device_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['key_id'], ['push_key.id'], name=op.f('fk_push_subscription_key_id')),
        sa.PrimaryKeyConstraint('device_id', name=op.f('pk_push_subscription')),
    )
    op.create_table(
        'push_notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('device_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        moment('expires_at'),
        sa.Column('attempts', sa.Integer(), nullable=False),
        moment('try_at', nullable=True),
        moment('sent_at', nullable=True),
        sa.Column('failed', sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(['device_id'], ['paired_device.id'], name=op.f('fk_push_notice_device_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_push_notice')),
    )
    op.create_index(
        'ix_push_notice_open', 'push_notice', ['try_at'],
        sqlite_where=sa.text('try_at IS NOT NULL'),
        postgresql_where=sa.text('try_at IS NOT NULL'),
    )
    op.create_index('ix_push_notice_device_id', 'push_notice', ['device_id'])


def downgrade() -> None:
    op.drop_table('push_notice')
    op.drop_table('push_subscription')
    op.drop_table('push_key')
    op.drop_column('customer', 'is_pushed_of_use')
