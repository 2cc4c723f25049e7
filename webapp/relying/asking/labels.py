"""What purposes and facts are called on pages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.relying.asking.contents import Fact
from webapp.relying.institutions.rules import Purpose

PURPOSE_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Purpose.SIGN_IN: _("to sign in"),
        Purpose.SIGN_DOCUMENTS: _("to sign documents"),
        Purpose.CONSENT: _("to consent to a text"),
        Purpose.PROVE: _("to tell facts about you"),
        Purpose.SIGN_HASHES: _("to sign for another program"),
    }
)
# What follows the name of whoever asks.
PURPOSE_PHRASES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Purpose.SIGN_IN: _("asks you to sign in there"),
        Purpose.SIGN_DOCUMENTS: _("asks you to sign"),
        Purpose.CONSENT: _("asks you to agree"),
        Purpose.PROVE: _("asks this centre about you"),
        Purpose.SIGN_HASHES: _("asks you for signatures"),
    }
)
FACT_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        Fact.NAME: _("Your name"),
        Fact.BIRTH_DATE: _("Your date of birth"),
        Fact.ADULT: _("Whether you are 19 or older"),
    }
)
