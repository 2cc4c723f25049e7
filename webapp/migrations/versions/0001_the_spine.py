"""the spine"""

import sqlalchemy as sa
from alembic import op
import webapp.db

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('certificate_id', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_customer_id'), ['customer_id'], unique=False)

    op.create_table('customer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login_id', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('session_key', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('latin_name', sa.String(length=40), nullable=False),
    sa.Column('birth_date', sa.Date(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('created_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer')),
    sa.UniqueConstraint('login_id', name=op.f('uq_customer_login_id')),
    sa.UniqueConstraint('number', name=op.f('uq_customer_number')),
    sa.UniqueConstraint('session_key', name=op.f('uq_customer_session_key'))
    )
    op.create_table('revocation_list',
    sa.Column('issuer_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=False),
    sa.Column('this_update', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('next_update', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('issuer_id', 'number', name=op.f('pk_revocation_list'))
    )
    op.create_table('application',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('started_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('terms_version', sa.String(length=20), nullable=True),
    sa.Column('terms_accepted_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('identity_confirmed_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('type_id', sa.String(length=40), nullable=True),
    sa.Column('phone_checked_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('card_checked_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('place', sa.String(length=20), nullable=True),
    sa.Column('closed_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_application_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('uq_application_open', ['customer_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('certificate',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('issuer_id', sa.String(length=32), nullable=False),
    sa.Column('serial', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('key_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('request_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('type_id', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('to_be_signed', sa.LargeBinary(), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=True),
    sa.Column('not_before', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('not_after', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reserved_at', webapp.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', webapp.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('revocation_reason', sa.String(length=30), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_certificate_application_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_certificate_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('application_id', name=op.f('uq_certificate_application_id')),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name=op.f('uq_certificate_customer_id_idempotency_key')),
    sa.UniqueConstraint('issuer_id', 'serial', name=op.f('uq_certificate_issuer_id_serial')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_certificate_key_hash'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_customer_id'), ['customer_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certificate_customer_id'))

    op.drop_table('certificate')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('uq_application_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_application_customer_id'))

    op.drop_table('application')
    op.drop_table('revocation_list')
    op.drop_table('customer')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_customer_id'))

    op.drop_table('audit_entry')
