"""institutions hold certificates"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

COLUMNS = (('events_uri', 200), ('joining_text', 300), ('joining_claims', 100))


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    for name, length in COLUMNS:
        op.add_column(
            'institution',
            sa.Column(name, sa.String(length=length), server_default='', nullable=False),
        )
    op.create_table(
        'event_mark',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('entry_id', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_event_mark')),
    )
    # What is there already is old news.
    op.execute(sa.text(
        'INSERT INTO event_mark (id, entry_id) SELECT 1, COALESCE(MAX(id), 0) FROM audit_entry'
    ))
    op.create_table(
        'certificate_use',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('way', sa.String(length=10), nullable=False),
        sa.Column('lineage_id', sa.String(length=32), nullable=False),
        moment('since'),
        moment('used_at'),
        moment('ended_at', nullable=True),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_certificate_use_customer_id')),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_certificate_use_institution_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_use')),
        sa.UniqueConstraint(
            'institution_id', 'customer_id', 'way', 'lineage_id',
            name=op.f('uq_certificate_use_institution_id_customer_id_way_lineage_id'),
        ),
    )
    op.create_index('ix_certificate_use_customer', 'certificate_use', ['customer_id', 'ended_at'])
    op.create_index('ix_certificate_use_lineage', 'certificate_use', ['lineage_id', 'ended_at'])
    op.create_table(
        'joining',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('choice', sa.Text(), nullable=False),
        moment('made_at'),
        moment('done_at', nullable=True),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_joining_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_joining')),
    )
    # Where people signed in until now, and did not end it.
    op.execute(sa.text(
        'INSERT INTO certificate_use (institution_id, customer_id, way, lineage_id, since, used_at) '
        "SELECT k.institution_id, k.customer_id, 'sign_in', c.lineage_id, "
        'MIN(s.signed_at), MAX(s.signed_at) '
        'FROM openid_consent k '
        'JOIN openid_sign_in s ON s.institution_id = k.institution_id AND s.customer_id = k.customer_id '
        'JOIN certificate c ON c.id = s.certificate_id '
        'WHERE k.ended_at IS NULL '
        'GROUP BY k.institution_id, k.customer_id, c.lineage_id'
    ))


def downgrade() -> None:
    op.drop_table('joining')
    op.drop_table('certificate_use')
    op.drop_table('event_mark')
    for name, _length in COLUMNS:
        op.drop_column('institution', name)
