"""programs have api keys"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'api_key',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('purpose', sa.String(length=200), nullable=False),
        sa.Column('secret_hash', sa.String(length=64), nullable=False),
        sa.Column('calls_a_minute', sa.Integer(), nullable=False),
        sa.Column('made_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('used_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('revoked_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('revoked_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['made_by'], ['operator.id'], name=op.f('fk_api_key_made_by')),
        sa.ForeignKeyConstraint(['revoked_by'], ['operator.id'], name=op.f('fk_api_key_revoked_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    )


def downgrade() -> None:
    op.drop_table('api_key')
