"""one queue of deliveries"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, webapp.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        'delivery',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('institution_id', sa.String(length=16), nullable=False),
        sa.Column('subject', sa.String(length=80), nullable=False),
        sa.Column('address', sa.String(length=400), nullable=False),
        sa.Column('payload', sa.Text(), nullable=False),
        moment('made_at'),
        moment('due_at'),
        moment('expires_at'),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('is_resting', sa.Boolean(), nullable=False),
        sa.Column('claimed_by', sa.String(length=32), nullable=True),
        moment('claimed_until', nullable=True),
        moment('done_at', nullable=True),
        sa.Column('outcome', sa.String(length=10), nullable=False),
        sa.Column('result', sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_delivery_institution_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    )
    still_open = sa.text('done_at IS NULL')
    for name, columns in (
        ('ix_delivery_due', ['due_at']),
        ('ix_delivery_order', ['institution_id', 'kind', 'subject', 'id']),
    ):
        op.create_index(
            name, 'delivery', columns,
            sqlite_where=still_open, postgresql_where=still_open,
        )
    op.create_index('ix_delivery_institution', 'delivery', ['institution_id', 'id'])
    op.create_index('ix_delivery_done', 'delivery', ['done_at'])
    # Who was not told yet is told by the queue; to be given up when it would have been.
    bind = op.get_bind()
    rows = bind.execute(sa.text(
        'SELECT s.id, s.institution_id, i.backchannel_logout_uri, l.made_at, l.due_at, l.tries '
        'FROM openid_logout l JOIN openid_sign_in s ON s.id = l.sign_in_id '
        "JOIN institution i ON i.id = s.institution_id "
        "WHERE l.done_at IS NULL AND i.backchannel_logout_uri <> ''"
    )).all()
    for sign_in_id, institution_id, address, made_at, due_at, tries in rows:
        bind.execute(
            sa.text(
                'INSERT INTO delivery (kind, institution_id, subject, address, payload, made_at, '
                'due_at, expires_at, tries, is_resting, outcome, result) VALUES '
                "('logout', :institution, :sign_in, :address, :payload, :made_at, :due_at, "
                ":made_at, :tries, :rests, 'waiting', '')"
            ),
            {
                'institution': institution_id, 'sign_in': sign_in_id, 'address': address,
                'payload': '{"sign_in": "%s"}' % sign_in_id, 'made_at': made_at,
                'due_at': due_at, 'tries': tries, 'rests': False,
            },
        )
    op.drop_table('openid_logout')


def downgrade() -> None:
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
    op.drop_table('delivery')
