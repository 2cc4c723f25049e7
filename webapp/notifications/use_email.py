"""The letter that tells a person what was done in their name. Pure.

It holds no link that acts: whoever reads the mailbox must not be able to suspend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from types import MappingProxyType
from typing import Final

from mobile_bridge.languages import N_, Translator
from webapp.audit.events import AuditEvent
from webapp.notifications.expiry_email import (
    TRIAL,
    build_message,
    host_of,
    in_every_language,
)
from webapp.values.brand import Brand
from webapp.web.i18n import format_datetime_in

# What somebody has to hear of at once, in the words of their own history.
TOLD: Final[Mapping[AuditEvent, str]] = MappingProxyType(
    {
        AuditEvent.ALARM_RAISED: N_("You said that something was not you"),
        AuditEvent.CARD_LOCKED: N_(
            "Your security card was locked after too many wrong codes"
        ),
        AuditEvent.CERTIFICATE_ISSUED: N_("A certificate was issued to you"),
        AuditEvent.CERTIFICATE_REISSUED: N_("A certificate was re-issued"),
        AuditEvent.CERTIFICATE_RENEWED: N_("A certificate was renewed"),
        AuditEvent.CERTIFICATE_RESUMED: N_("A certificate was resumed"),
        AuditEvent.CERTIFICATE_REVOKED: N_("A certificate was revoked for good"),
        AuditEvent.CERTIFICATE_SAVED: N_("The certificate was saved as a file"),
        AuditEvent.CERTIFICATE_SENT: N_("The certificate was sent to another device"),
        AuditEvent.CERTIFICATE_SUSPENDED: N_("A certificate was suspended"),
        AuditEvent.CUSTOMER_NOTICES_OFF: N_(
            "The e-mails about what is done in your name were switched off"
        ),
        AuditEvent.CUSTOMER_PUSHES_OFF: N_(
            "The notices on your devices about what is done in your name were "
            "switched off"
        ),
        AuditEvent.CUSTOMER_PASSWORD_CHOSEN: N_(
            "You chose a new password for signing in"
        ),
        AuditEvent.DEVICE_PAIRED: N_("A device was paired with your account"),
        AuditEvent.DEVICE_REMOVED: N_("A paired device was removed"),
        AuditEvent.DOCUMENT_SIGNED: N_("A PDF was signed with the certificate"),
        AuditEvent.ONE_TIME_ENROLLED: N_("An authenticator app was set up"),
        AuditEvent.ONE_TIME_LOCKED: N_(
            "The authenticator app was locked after wrong codes"
        ),
        AuditEvent.ONE_TIME_REMOVED: N_("The authenticator app was removed"),
        AuditEvent.PASSKEY_ENROLLED: N_("A passkey was set up"),
        AuditEvent.PASSKEY_REMOVED: N_("A passkey was removed"),
        AuditEvent.PHONE_LOCKED: N_("The check by phone was locked"),
        AuditEvent.REQUEST_APPROVED: N_(
            "A request of an institution was approved with the certificate"
        ),
    }
)
MAX_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Use:
    """What was done, when, with the certificate of which short number, if with one."""

    at: datetime
    event: AuditEvent
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEmail:
    """What a letter says: the uses, the earliest first."""

    notice_id: int
    name: str
    address: str
    uses: Sequence[Use]
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


def compose_use_email(email: UseEmail, *, sender: str, now: datetime) -> EmailMessage:
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
        message_id=f"<use-{email.notice_id}@{host}>",
        now=now,
    )


def _text(email: UseEmail, translator: Translator) -> str:
    lines = [_line(use, translator) for use in email.uses[:MAX_LINES]]
    if len(email.uses) > MAX_LINES:
        lines.append(translator.gettext("There is more; your history has all of it."))
    text = translator.gettext(
        TEXT,
        name=email.name,
        uses="\n".join(lines),
        site=email.public_url,
        button=translator.gettext("That was not me"),
    )
    parts = (
        translator.gettext(TRIAL) if email.demo else "",
        text,
        email.brand.signature(translator.language),
    )
    return "\n\n".join(filter(None, parts))


def _line(use: Use, translator: Translator) -> str:
    when = format_datetime_in(use.at, translator.language)
    text = translator.gettext(TOLD[use.event])
    return f"- {when}: {text}" + (f" ({use.number})" if use.number else "")


SUBJECT: Final = N_("Something was done in your name")
TEXT: Final = N_("""\
Hello %(name)s,

this was done in your name (Korean time):

%(uses)s

If that was you, there is nothing to do.

If it was not you, type %(site)s into your browser, sign in, open your history and press
"%(button)s". That suspends all your certificates at once. Then tell the counter.

You choose on the page of your history whether you get this e-mail. We never ask for a
password or for codes of a security card by mail.""")
