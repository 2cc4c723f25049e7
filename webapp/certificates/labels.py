"""What people read about what happened after issuing, by code."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from webapp.accounts.change_kinds import ChangeKind

# Of a copy: what happened, and in what kind of place.
COPY_LABELS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("made", "browser"): _("Made in a browser and kept there"),
        ("made", "phone"): _("Made on a phone and kept there"),
        ("made", "hard-disk"): _("Made and kept on a hard disk"),
        ("made", "removable-disk"): _("Made and kept on a removable disk"),
        ("made", "file"): _("Made and kept as a file"),
        ("saved", "file"): _("Saved as a file"),
        ("saved", "hard-disk"): _("Saved on a hard disk"),
        ("saved", "removable-disk"): _("Saved on a removable disk"),
        ("sent", "phone"): _("Sent to a phone or tablet"),
        ("sent", "computer"): _("Sent to another computer"),
        ("removed", "browser"): _("Deleted in a browser"),
        ("removed", "phone"): _("Deleted on a phone"),
    }
)
# A place that has a copy now, whatever happened before.
COPY_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "browser": _("In a browser"),
        "phone": _("On a phone or tablet"),
        "computer": _("On another computer"),
        "hard-disk": _("On a hard disk"),
        "removable-disk": _("On a removable disk"),
        "file": _("In a file"),
    }
)
# Told only after it was read back where it lies.
READ_BACK: Final = frozenset(
    {
        *(("made", "browser"), ("made", "phone")),
        *(("made", "hard-disk"), ("made", "removable-disk")),
        *(("sent", "phone"), ("sent", "computer")),
    }
)
CHARGE_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "open": _("not paid yet"),
        "settled": _("paid"),
        "waived": _("waived, nothing to pay"),
    }
)

# Where a copy went, of "saved", "sent" and "removed".
PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "browser": _("a browser"),
        "phone": _("a phone or tablet"),
        "computer": _("another computer"),
        "hard-disk": _("a hard disk"),
        "removable-disk": _("a removable disk"),
        "file": _("a file"),
    }
)
# What the counter changed about the person who reads it.
CHANGE_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {kind.value: _(kind.notice) for kind in ChangeKind if kind.notice}
)


def told_in_words(told: Mapping[str, str]) -> list[str]:
    """Return what an entry of a person's history says beside what happened."""
    words: dict[str, Callable[[str], str]] = {
        "change": lambda kind: str(CHANGE_LABELS.get(kind, kind)),
        "place": lambda place: str(PLACES.get(place, place)),
        "tries": lambda tries: gettext("%(tries)s wrong tries", tries=tries),
        "network": lambda network: gettext("network %(network)s", network=network),
    }
    return [words.get(name, str)(text) for name, text in told.items()]
