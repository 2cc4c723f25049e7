"""bare hashes are remembered"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'bare_signature',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('certificate_id', sa.String(length=32), nullable=False),
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('made_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_bare_signature_certificate_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_bare_signature')),
    )
    op.create_index('ix_bare_signature_digest', 'bare_signature', ['certificate_id', 'digest'])
    op.add_column(
        'asking_request',
        sa.Column('is_of_program', sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column('asking_request', 'is_of_program')
    op.drop_table('bare_signature')
