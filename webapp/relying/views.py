"""The pages and calls of this package; each part registers its own."""

from types import ModuleType

from flask import Flask

from webapp.relying.api_keys import messages as api_keys
from webapp.relying.asking import views as asking
from webapp.relying.centre_sign_in import views as centre_sign_in
from webapp.relying.cloud_signature import views as cloud_signature
from webapp.relying.connections import views as connections
from webapp.relying.deliveries import messages as deliveries
from webapp.relying.documents import views as documents
from webapp.relying.institutions import messages as institutions
from webapp.relying.openid import views as openid
from webapp.relying.signing import views as signing
from webapp.relying.timestamps import views as timestamps
from webapp.relying.verification import views as verification
from webapp.web.error_handlers import register_error_messages

PARTS: tuple[ModuleType, ...] = (
    asking,
    centre_sign_in,
    connections,
    cloud_signature,
    documents,
    openid,
    signing,
    timestamps,
    verification,
)


def init_app(app: Flask) -> None:
    """Register the pages of each part, and what people read for its refusals."""
    for part in PARTS:
        part.init_app(app)
    register_error_messages(app, api_keys.ERROR_MESSAGES)
    register_error_messages(app, deliveries.ERROR_MESSAGES)
    register_error_messages(app, institutions.ERROR_MESSAGES)
