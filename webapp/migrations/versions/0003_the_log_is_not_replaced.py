"""the log is not replaced

`INSERT OR REPLACE` and `ON CONFLICT ... DO UPDATE` reach no trigger of SQLite that
refuses UPDATE or DELETE: what is replaced is deleted without one. A number that stands
in the log is refused before the conflict is looked at. On PostgreSQL the triggers of
0002 see every such statement.
"""

from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_KEYS = {'audit_entry': 'id', 'audit_checkpoint': 'entry_id'}
_TRIGGER = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table, key in _KEYS.items():
            op.execute(_TRIGGER.format(table=table, key=key))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table in _KEYS:
            op.execute(f'DROP TRIGGER IF EXISTS {table}_no_replace')
