"""sign-ins elsewhere"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

TABLES = (
    'openid_logout', 'openid_grant', 'openid_request', 'openid_sign_in',
    'openid_consent', 'openid_subject', 'openid_assertion', 'openid_key',
)


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        'openid_key',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('public', sa.Text(), nullable=False),
        moment('made_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_key')),
    )
    op.create_table(
        'openid_assertion',
        sa.Column('id', sa.String(length=64), nullable=False),
        moment('expires_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_assertion')),
    )
    op.create_index('ix_openid_assertion_expires_at', 'openid_assertion', ['expires_at'])
    op.create_table(
        'openid_subject',
        sa.Column('id', sa.String(length=43), nullable=False),
        sa.Column('sector', sa.String(length=200), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_openid_subject_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_subject')),
        sa.UniqueConstraint('sector', 'customer_id', name=op.f('uq_openid_subject_sector_customer_id')),
    )
    op.create_table(
        'openid_consent',
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('asked', sa.String(length=100), nullable=False),
        sa.Column('granted', sa.String(length=100), nullable=False),
        moment('since'),
        moment('agreed_at'),
        moment('used_at'),
        moment('ended_at', nullable=True),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_openid_consent_customer_id')),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_openid_consent_institution_id')),
        sa.PrimaryKeyConstraint('institution_id', 'customer_id', name=op.f('pk_openid_consent')),
    )
    op.create_table(
        'openid_sign_in',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('certificate_id', sa.String(length=32), nullable=False),
        sa.Column('subject', sa.String(length=43), nullable=False),
        sa.Column('acr', sa.String(length=60), nullable=False),
        moment('signed_at'),
        moment('ended_at', nullable=True),
        sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_openid_sign_in_certificate_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_openid_sign_in_customer_id')),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_openid_sign_in_institution_id')),
        sa.ForeignKeyConstraint(['subject'], ['openid_subject.id'], name=op.f('fk_openid_sign_in_subject')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_sign_in')),
    )
    op.create_index('ix_openid_sign_in_open', 'openid_sign_in', ['ended_at', 'certificate_id'])
    op.create_table(
        'openid_request',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('parameters', sa.Text(), nullable=False),
        moment('made_at'),
        moment('expires_at'),
        sa.Column('is_pushed', sa.Boolean(), nullable=False),
        sa.Column('asking_id', sa.String(length=32), nullable=True),
        sa.Column('sign_in_id', sa.String(length=32), nullable=True),
        moment('answered_at', nullable=True),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_openid_request_institution_id')),
        sa.ForeignKeyConstraint(['sign_in_id'], ['openid_sign_in.id'], name=op.f('fk_openid_request_sign_in_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_request')),
        sa.UniqueConstraint('asking_id', name=op.f('uq_openid_request_asking_id')),
    )
    op.create_index('ix_openid_request_expires_at', 'openid_request', ['expires_at'])
    op.create_table(
        'openid_grant',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('sign_in_id', sa.String(length=32), nullable=False),
        sa.Column('code_hash', sa.String(length=64), nullable=False),
        sa.Column('redirect_uri', sa.String(length=200), nullable=False),
        sa.Column('scope', sa.String(length=200), nullable=False),
        sa.Column('nonce', sa.Text(), nullable=False),
        sa.Column('code_challenge', sa.String(length=128), nullable=False),
        moment('code_expires_at'),
        moment('code_used_at', nullable=True),
        sa.Column('token_hash', sa.String(length=64), nullable=True),
        moment('token_expires_at', nullable=True),
        moment('revoked_at', nullable=True),
        sa.ForeignKeyConstraint(['sign_in_id'], ['openid_sign_in.id'], name=op.f('fk_openid_grant_sign_in_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_grant')),
        sa.UniqueConstraint('code_hash', name=op.f('uq_openid_grant_code_hash')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_openid_grant_token_hash')),
    )
    op.create_index('ix_openid_grant_sign_in_id', 'openid_grant', ['sign_in_id'])
    op.create_table(
        'openid_logout',
        sa.Column('sign_in_id', sa.String(length=32), nullable=False),
        moment('made_at'),
        moment('due_at'),
        sa.Column('tries', sa.Integer(), nullable=False),
        moment('done_at', nullable=True),
        sa.Column('result', sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(['sign_in_id'], ['openid_sign_in.id'], name=op.f('fk_openid_logout_sign_in_id')),
        sa.PrimaryKeyConstraint('sign_in_id', name=op.f('pk_openid_logout')),
    )
    op.create_index('ix_openid_logout_due', 'openid_logout', ['done_at', 'due_at'])


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
