"""What people read for the refusals of institutions, and the words of their fields."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage
from webapp.relying.institutions.rules import Purpose

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "institution_unknown": ErrorMessage(
            404,
            _("There is no such institution here."),
            _("Reload the page and choose again."),
        ),
        "institution_refused": ErrorMessage(
            401,
            _("The institution is unknown, was ended, or its secret is wrong."),
            _("A new secret is made at the counter."),
        ),
        "institution_ended": ErrorMessage(
            409,
            _("This institution was ended before."),
            _("Reload the page and look at what is there now."),
        ),
        "institution_waiting": ErrorMessage(
            409,
            _("Something of this institution waits for a second administrator."),
            _("Let it be decided first, on the page of the institution."),
        ),
        "institution_decided": ErrorMessage(
            409,
            _("Nothing waits here any more."),
            _("Reload the page and look at what is there now."),
        ),
        "institution_has_keys": ErrorMessage(
            409,
            _("This institution signs with its own keys and has no secret."),
            _("Change its keys on its page."),
        ),
        "institution_text": ErrorMessage(
            422,
            _("The name or the reason is missing or too long."),
            _("Write a name of at most 60 signs and a reason of at most 200."),
        ),
        "institution_address": ErrorMessage(
            422,
            _("An address cannot be used."),
            _(
                "Write whole addresses, one on a line, that begin with https:// and "
                "have no # and no *."
            ),
        ),
        "institution_sector": ErrorMessage(
            422,
            _("The addresses belong to several hosts."),
            _("Name one of these hosts as the sector."),
        ),
        "institution_purposes": ErrorMessage(
            422,
            _("It is not chosen what the institution may ask for."),
            _("Choose at least one purpose."),
        ),
        "institution_joining": ErrorMessage(
            422,
            _("People cannot register there like this."),
            _(
                "Write an address for events, a text of at most 200 signs, and choose "
                "what it learns; or leave the text empty."
            ),
        ),
        "institution_keys": ErrorMessage(
            422,
            _("These are no public keys that can be used."),
            _(
                "Paste a JWK Set with one to five public keys, RSA from 2048 bits or "
                "EC P-256, each with its own kid."
            ),
        ),
    }
)

PURPOSE_LABELS: Final[Mapping[Purpose, Any]] = MappingProxyType(
    {
        Purpose.SIGN_IN: _("Sign in"),
        Purpose.SIGN_DOCUMENTS: _("Sign documents"),
        Purpose.CONSENT: _("Consent to a text"),
        Purpose.PROVE: _("Prove a fact"),
        Purpose.SIGN_HASHES: _("Sign hashes alone (content is not shown to people)"),
    }
)

# The fields of a registration, as the log and the pages name them.
FIELD_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "name": _("Name"),
        "reason": _("What for"),
        "page": _("Page"),
        "purposes": _("What it may ask for"),
        "redirect_uris": _("Addresses after signing in"),
        "post_logout_redirect_uris": _("Addresses after signing out"),
        "backchannel_logout_uri": _("Address for ended sessions"),
        "events_uri": _("Address for events"),
        "joining_text": _("Why people register there"),
        "joining_claims": _("What it learns of who registers"),
        "jwks": _("Public keys"),
    }
)
