"""the log is found by event and actor"""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_audit_entry_what', 'audit_entry', ['what', 'id'], unique=False)
    op.create_index('ix_audit_entry_by', 'audit_entry', ['by', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_audit_entry_by', 'audit_entry')
    op.drop_index('ix_audit_entry_what', 'audit_entry')
