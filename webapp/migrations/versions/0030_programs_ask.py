"""programs ask"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column(
        'institution',
        sa.Column('return_uris', sa.Text(), nullable=False, server_default=''),
    )
    op.add_column(
        'institution',
        sa.Column(
            'webhook_uri', sa.String(length=200), nullable=False, server_default=''
        ),
    )
    op.create_table(
        'signing_request',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('is_addressed', sa.Boolean(), nullable=False),
        sa.Column('return_uri', sa.String(length=200), nullable=False),
        moment('expires_at'),
        moment('started_at', nullable=True),
        moment('told_at', nullable=True),
        sa.Column('subject', sa.String(length=43), nullable=True),
        sa.Column('facts', sa.Text(), nullable=False),
        sa.Column('receipt', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ['id'], ['asking_request.id'], name=op.f('fk_signing_request_id')
        ),
        sa.ForeignKeyConstraint(
            ['institution_id'], ['institution.id'],
            name=op.f('fk_signing_request_institution_id'),
        ),
        sa.ForeignKeyConstraint(
            ['subject'], ['openid_subject.id'],
            name=op.f('fk_signing_request_subject'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_request')),
    )
    op.create_index(
        'ix_signing_request_told', 'signing_request', ['told_at', 'expires_at']
    )
    op.create_index(
        'ix_signing_request_institution_id', 'signing_request', ['institution_id']
    )
    op.create_table(
        'signing_key',
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('key_hash', sa.String(length=64), nullable=False),
        sa.Column('body_hash', sa.String(length=64), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        moment('made_at'),
        sa.ForeignKeyConstraint(
            ['institution_id'], ['institution.id'],
            name=op.f('fk_signing_key_institution_id'),
        ),
        sa.PrimaryKeyConstraint(
            'institution_id', 'key_hash', name=op.f('pk_signing_key')
        ),
    )
    op.create_index('ix_signing_key_made_at', 'signing_key', ['made_at'])


def downgrade() -> None:
    op.drop_table('signing_key')
    op.drop_table('signing_request')
    op.drop_column('institution', 'webhook_uri')
    op.drop_column('institution', 'return_uris')
