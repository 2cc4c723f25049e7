"""requests have a life"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'asking_request',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('institution_id', sa.String(length=40), nullable=False),
        sa.Column('asker_name', sa.String(length=60), nullable=False),
        sa.Column('asker_origin', sa.String(length=200), nullable=False),
        sa.Column('opener', sa.String(length=20), nullable=False),
        sa.Column('purpose', sa.String(length=20), nullable=False),
        sa.Column('contents', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('browser_network', sa.String(length=45), nullable=False),
        sa.Column('browser_device', sa.String(length=60), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=True),
        sa.Column('asked_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('expires_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('seen_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('certificate_id', sa.String(length=32), nullable=True),
        sa.Column('centre', sa.String(length=200), nullable=True),
        sa.Column('signatures', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_asking_request_certificate_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_asking_request_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_asking_request')),
    )
    op.create_index('ix_asking_request_state', 'asking_request', ['state', 'expires_at'])
    op.create_index('ix_asking_request_customer', 'asking_request', ['customer_id', 'state', 'expires_at'])
    op.create_index('ix_asking_request_institution', 'asking_request', ['institution_id', 'asked_at'])


def downgrade() -> None:
    op.drop_table('asking_request')
