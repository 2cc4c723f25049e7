"""What tells a person of a change at the counter: a letter, and a spoken notice. Pure.

Both are in every language: nobody knows which of them somebody reads.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from mobile_bridge.languages import N_, Translator, translators
from webapp.accounts.change_kinds import ChangeKind
from webapp.notifications.expiry_email import (
    TRIAL,
    build_message,
    host_of,
    in_every_language,
)
from webapp.values.brand import Brand
from webapp.web.i18n import format_datetime_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEmail:
    """What a letter about a change says."""

    change_id: int
    kind: str  # ChangeKind
    made_at: datetime
    name: str
    address: str
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


def compose_change_email(
    email: ChangeEmail, *, sender: str, now: datetime
) -> EmailMessage:
    """Return the letter as it is posted; the same one has the same Message-ID.

    Raises:
        ValueError: the address is none that a letter can go to.
    """
    host = host_of(sender, email.public_url)
    return build_message(
        subject=in_every_language(lambda to: to.gettext(SUBJECT), " / "),
        text=in_every_language(lambda to: _text(email, to)) + "\n",
        sender=sender,
        to=email.address,
        message_id=f"<change-{email.change_id}@{host}>",
        now=now,
    )


def spoken_notice(
    kind: str, made_at: datetime, brand: Brand | None = None
) -> dict[str, str]:
    """Return what a voice says about a change, by language."""
    return {
        translator.language: translator.gettext(
            SPOKEN,
            what=translator.gettext(ChangeKind(kind).notice),
            when=format_datetime_in(made_at, translator.language),
            centre=_centre(brand or Brand(), translator),
        )
        for translator in translators()
    }


def _text(email: ChangeEmail, translator: Translator) -> str:
    text = translator.gettext(
        TEXT,
        name=email.name,
        what=translator.gettext(ChangeKind(email.kind).notice),
        when=format_datetime_in(email.made_at, translator.language),
        site=email.public_url,
        centre=_centre(email.brand, translator),
    )
    parts = (
        translator.gettext(TRIAL) if email.demo else "",
        text,
        email.brand.signature(translator.language),
    )
    return "\n\n".join(filter(None, parts))


def _centre(brand: Brand, translator: Translator) -> str:
    if brand.is_named:
        return brand.name_in(translator.language)
    return translator.gettext("your certificate centre")


SUBJECT: Final = N_("The counter changed something of yours")
TEXT: Final = N_("""\
Hello %(name)s,

at the counter of %(centre)s, on %(when)s, Korean time: %(what)s.

If you asked for it, there is nothing to do.

If you did not, somebody may be trying to get a certificate in your name. Tell the
counter now. Type %(site)s into your browser and sign in to see what was changed.

We never ask for a password or for codes of a security card by mail.""")
SPOKEN: Final = N_(
    "This is %(centre)s. At the counter, on %(when)s: %(what)s. If you "
    "did not ask for this, tell the counter now. This call asks you for nothing."
)
