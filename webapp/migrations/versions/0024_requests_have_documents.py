"""requests have documents"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'asking_document',
        sa.Column('request_id', sa.String(length=32), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('format', sa.String(length=10), nullable=False),
        sa.Column('media_type', sa.String(length=40), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('page', sa.Integer(), nullable=False),
        sa.Column('corner', sa.String(length=20), nullable=False),
        sa.Column('certificate_id', sa.String(length=32), nullable=True),
        sa.Column('revision', sa.LargeBinary(), nullable=True),
        sa.Column('digest', sa.LargeBinary(), nullable=True),
        sa.Column('hole_start', sa.Integer(), nullable=False),
        sa.Column('hole_end', sa.Integer(), nullable=False),
        sa.Column('signature', sa.LargeBinary(), nullable=True),
        sa.Column('stamp', sa.LargeBinary(), nullable=True),
        sa.Column('result', sa.LargeBinary(), nullable=True),
        sa.Column('level', sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ['request_id'], ['asking_request.id'],
            name=op.f('fk_asking_document_request_id'),
        ),
        sa.ForeignKeyConstraint(
            ['certificate_id'], ['certificate.id'],
            name=op.f('fk_asking_document_certificate_id'),
        ),
        sa.PrimaryKeyConstraint('request_id', 'number', name=op.f('pk_asking_document')),
    )


def downgrade() -> None:
    op.drop_table('asking_document')
