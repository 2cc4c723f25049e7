"""institutions are registered"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'institution',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.Column('page', sa.String(length=200), nullable=False),
        sa.Column('purposes', sa.String(length=60), nullable=False),
        sa.Column('auth_method', sa.String(length=20), nullable=False),
        sa.Column('secret_hash', sa.String(length=64), nullable=True),
        sa.Column('jwks', sa.Text(), nullable=False),
        sa.Column('redirect_uris', sa.Text(), nullable=False),
        sa.Column('post_logout_redirect_uris', sa.Text(), nullable=False),
        sa.Column('backchannel_logout_uri', sa.String(length=200), nullable=False),
        sa.Column('sector', sa.String(length=200), nullable=False),
        sa.Column('made_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('used_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['made_by'], ['operator.id'], name=op.f('fk_institution_made_by')),
        sa.ForeignKeyConstraint(['ended_by'], ['operator.id'], name=op.f('fk_institution_ended_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_institution')),
    )


def downgrade() -> None:
    op.drop_table('institution')
