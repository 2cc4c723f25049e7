"""lists have the number of the change"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

# The counter goes on above every list that was signed; the next one is due at once.
RAISE = """
UPDATE status_changes SET count = (
    SELECT MAX(number) + 1 FROM revocation_list
    WHERE revocation_list.issuer_id = status_changes.issuer_id
)
WHERE count <= (
    SELECT MAX(number) FROM revocation_list
    WHERE revocation_list.issuer_id = status_changes.issuer_id
)
"""
BEGIN = """
INSERT INTO status_changes (issuer_id, count)
SELECT issuer_id, MAX(number) + 1 FROM revocation_list
WHERE issuer_id NOT IN (SELECT issuer_id FROM status_changes)
GROUP BY issuer_id
"""


def upgrade() -> None:
    op.execute(RAISE)
    op.execute(BEGIN)
    with op.batch_alter_table('revocation_list', schema=None) as batch_op:
        batch_op.drop_column('changes')


def downgrade() -> None:
    with op.batch_alter_table('revocation_list', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('changes', sa.Integer(), server_default='-1', nullable=False)
        )
