"""programs have hashes signed"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        'cloud_signature',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('certificate_id', sa.String(length=32), nullable=False),
        sa.Column('contents_hash', sa.String(length=64), nullable=False),
        moment('made_at'),
        sa.Column('sad_hash', sa.String(length=64), nullable=True),
        moment('sad_expires_at', nullable=True),
        moment('used_at', nullable=True),
        sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_cloud_signature_certificate_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_cloud_signature_customer_id')),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_cloud_signature_institution_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cloud_signature')),
        sa.UniqueConstraint('sad_hash', name=op.f('uq_cloud_signature_sad_hash')),
    )
    op.create_index('ix_cloud_signature_contents', 'cloud_signature', ['certificate_id', 'contents_hash'])
    op.create_index('ix_cloud_signature_made_at', 'cloud_signature', ['made_at'])


def downgrade() -> None:
    op.drop_table('cloud_signature')
