"""What people read of deliveries."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage
from webapp.relying.deliveries.rules import Failure, Outcome, Told

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "delivery_unknown": ErrorMessage(
            404,
            _("This institution was told nothing of that number."),
            _("Reload the page and choose again."),
        ),
    }
)
KIND_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Told.LOGOUT: _("A session ended"),
        Told.EVENT: _("An event of a certificate"),
        Told.REQUEST: _("A request ended"),
    }
)
OUTCOME_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Outcome.WAITING: _("Waits"),
        Outcome.DELIVERED: _("Delivered"),
        Outcome.REFUSED: _("Refused by the institution"),
        Outcome.EXPIRED: _("Given up after a day"),
        Outcome.DROPPED: _("Not needed any more"),
    }
)
FAILURE_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Failure.ADDRESS: _("The address is not one that may be told"),
        Failure.NAME: _("Nobody knows the name of the host"),
        Failure.CONNECTION: _("Nobody listens there"),
        Failure.CERTIFICATE: _("The TLS certificate there is not good"),
        Failure.TIME: _("The answer took too long"),
        Failure.ANSWER: _("There was no answer that can be read"),
        Failure.FAULT: _("A fault of the centre; its log says more"),
    }
)
