"""devices are paired"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'paired_device',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('description', sa.String(length=60), nullable=False),
        sa.Column('public_key', sa.LargeBinary(), nullable=False),
        sa.Column('paired_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('used_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_paired_device_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_paired_device')),
    )
    op.create_index('ix_paired_device_customer_id', 'paired_device', ['customer_id'])
    op.create_table(
        'device_invitation',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('expires_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('description', sa.String(length=60), nullable=False),
        sa.Column('network', sa.String(length=45), nullable=False),
        sa.Column('public_key', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_device_invitation_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_device_invitation')),
    )
    op.create_index('ix_device_invitation_customer_id', 'device_invitation', ['customer_id'])
    op.create_index('ix_device_invitation_expires_at', 'device_invitation', ['expires_at'])


def downgrade() -> None:
    op.drop_table('device_invitation')
    op.drop_table('paired_device')
