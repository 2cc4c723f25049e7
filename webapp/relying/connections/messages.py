"""What people read of institutions that use their certificate."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage
from webapp.relying.uses.models import Way

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "connection_unknown": ErrorMessage(
            404,
            _("Your certificate is not in use there."),
            _("Reload the page and look at what is there now."),
        ),
        "joining_choice": ErrorMessage(
            422,
            _("This choice cannot be registered."),
            _("Choose one to six institutions of the list."),
        ),
        "joining_changed": ErrorMessage(
            409,
            _("An institution changed what it asks for; nothing was registered."),
            _("Choose once more and read what it learns now."),
        ),
    }
)
WAY_LABELS: Final[Mapping[Way, Any]] = MappingProxyType(
    {
        Way.SIGN_IN: _("You sign in there"),
        Way.JOINED: _("You registered there from here"),
        Way.SIGNING: _("You signed something for it"),
    }
)
