"""Run the migrations on the connection that `webapp.db.migrate` hands over."""

from alembic import context

from webapp.accounts import models as _accounts  # noqa: F401
from webapp.audit import models as _audit  # noqa: F401
from webapp.authenticators import models as _identity  # noqa: F401
from webapp.billing import models as _payments  # noqa: F401
from webapp.certificates import models as _certificates  # noqa: F401
from webapp.db import Base
from webapp.devices import models as _devices  # noqa: F401
from webapp.enrolment import models as _applications  # noqa: F401
from webapp.jobs import models as _jobs  # noqa: F401
from webapp.notifications import models as _notices  # noqa: F401
from webapp.ra import models as _counter  # noqa: F401
from webapp.relying.api_keys import models as _api_keys  # noqa: F401
from webapp.relying.asking import models as _asking  # noqa: F401
from webapp.relying.asking.documents import models as _documents  # noqa: F401
from webapp.relying.cloud_signature import models as _cloud_signature  # noqa: F401
from webapp.relying.connections import models as _connections  # noqa: F401
from webapp.relying.deliveries import models as _deliveries  # noqa: F401
from webapp.relying.events import models as _events  # noqa: F401
from webapp.relying.institutions import models as _institutions  # noqa: F401
from webapp.relying.openid import models as _openid  # noqa: F401
from webapp.relying.signing import models as _signing  # noqa: F401
from webapp.relying.timestamps import models as _timestamps  # noqa: F401
from webapp.relying.uses import models as _uses  # noqa: F401
from webapp.repository import models as _publication  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
