"""consent to data is its own"""

import sqlalchemy as sa
from alembic import op
import webapp.db

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('application', sa.Column('privacy_version', sa.String(length=20), nullable=True))
    op.add_column('application', sa.Column('privacy_accepted_at', webapp.db.UtcDateTime(timezone=True), nullable=True))
    # Until here one tick was for both: what the centre keeps stood in those terms. Their
    # version says which text it was.
    op.execute(
        "UPDATE application SET privacy_version = terms_version, "
        "privacy_accepted_at = terms_accepted_at WHERE terms_accepted_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column('application', 'privacy_accepted_at')
    op.drop_column('application', 'privacy_version')
