"""What the log's entries say, in words: every field of `detail` has a label here."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from mobile_bridge.pki.short_number import short_number
from webapp.audit.actors import ActorKind, find_actor
from webapp.audit.events import AuditEvent, event_label
from webapp.audit.labels import LabelledCode
from webapp.audit.models import AuditEntry
from webapp.authenticators.factors import factor_events
from webapp.certificates.labels import PLACES
from webapp.ra.approvals.act_labels import REASON_LABELS, act_text
from webapp.ra.audit_log.entries import Names
from webapp.ra.messages import CHANGES, REASONS, ROLES
from webapp.relying.asking.labels import PURPOSE_LABELS
from webapp.relying.institutions.messages import FIELD_LABELS

Words = Mapping[str, str]
# In the order in which they are shown.
FIELDS: Final[Words] = MappingProxyType(
    {
        "act": _("What for"),
        "asked_by": _("Asked by"),
        "operator": _("Operator"),
        "role": _("Role"),
        "customer": _("Customer"),
        "type": _("Type"),
        "change": _("Change"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "channel": _("How they were told"),
        "reason": _("Reason"),
        "note": _("Note"),
        "key": _("API key"),
        "institution": _("Institution"),
        "fields": _("What was changed"),
        "claims": _("What it may learn"),
        "rule": _("Rule"),
        "superseded_by": _("Followed by number"),
        "serial": _("Certificate number"),
        "place": _("Where to"),
        "errors": _("Wrong tries"),
        "tries": _("Wrong tries"),
        "won": _("Amount"),
        "days": _("Days before the last day"),
        "rows": _("Entries"),
        "purpose": _("What for"),
        "request": _("Request"),
        "signatures": _("Number of signatures"),
        "device": _("Device"),
        "network": _("Network"),
    }
)
RULES: Final[Words] = MappingProxyType(
    {
        "suspended_too_long": _("suspended for more than six months"),
        "restored": _("taken from a revocation list after a restore"),
    }
)
CHANNELS: Final[Words] = MappingProxyType(
    {"email": _("by e-mail"), "phone": _("by phone call")}
)


def event_text(stored: str) -> str:
    """Return what happened; what is not known here by its own name."""
    return event_label(stored, factor_events())


def events() -> list[LabelledCode]:
    """Return what may have happened, in the order of the words."""
    listed = (*AuditEvent, *factor_events())
    return sorted(listed, key=lambda event: str(event.label))


def actor_text(stored: str, names: Names) -> str:
    """Return by whom, with the name where there is one."""
    actor = find_actor(stored)
    if actor is None:
        return stored
    if actor.kind is ActorKind.OPERATOR:
        return _operator(str(actor.number), names)
    if actor.kind is ActorKind.CUSTOMER:
        return _customer(str(actor.number), names)
    return str(actor.kind.label)


def detail_texts(
    entry: AuditEntry, names: Names, name_of_type: Callable[[str], str]
) -> list[tuple[str, str]]:
    """Return label and value of each field of an entry, as people read them."""
    told: dict[str, Any] = json.loads(entry.detail)
    order = [
        *(name for name in FIELDS if name in told),
        *sorted(set(told) - set(FIELDS)),
    ]
    return [
        (str(FIELDS.get(name, name)), _value(name, told[name], names, name_of_type))
        for name in order
        if told[name] != ""
    ]


def _value(
    name: str, told: object, names: Names, name_of_type: Callable[[str], str]
) -> str:
    if name == "act":
        with suppress(KeyError):
            return str(act_text(str(told)).title)
    words = _WORDS.get(name)
    if words is not None:
        return str(words.get(str(told), told))
    if name == "fields":
        return ", ".join(
            str(FIELD_LABELS.get(field, field)) for field in str(told).split()
        )
    if isinstance(told, bool):
        return str(gettext("changed") if told else gettext("not changed"))
    if name in ("operator", "asked_by"):
        return _operator(str(told), names)
    if name == "customer":
        return _customer(str(told), names) if told else gettext("none")
    if name == "type":
        return name_of_type(str(told))
    if name == "won":
        return str(gettext("%(won)s won", won=f"{told:,}"))
    if name in ("serial", "superseded_by"):
        return short_number(str(told))
    return str(told)


_WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "reason": {**REASON_LABELS, **REASONS},
        "rule": RULES,
        "purpose": PURPOSE_LABELS,
        "change": CHANGES,
        "role": ROLES,
        "channel": CHANNELS,
        "place": PLACES,
    }
)


def _operator(number: str, names: Names) -> str:
    name = names.operators.get(int(number)) if number.isdecimal() else None
    return name or str(gettext("operator %(number)s", number=number))


def _customer(number: str, names: Names) -> str:
    customer = names.customers.get(int(number)) if number.isdecimal() else None
    return (
        customer[0] if customer else str(gettext("customer %(number)s", number=number))
    )
