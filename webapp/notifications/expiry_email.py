"""The letter about a certificate that ends soon, in every language. Pure.

It holds nothing that opens anything: the link leads to a page that asks to sign in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import urlsplit

from mobile_bridge.languages import N_, Translator, localized, translators
from webapp.values.brand import Brand
from webapp.values.email_address import delivery_address
from webapp.web.i18n import format_date_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryEmail:
    """What a letter says; `type_name` by language."""

    certificate_id: str
    days: int
    name: str
    address: str
    type_name: Mapping[str, str]
    number: str  # the short one, which the counter sees too
    not_after: datetime
    suspended: bool
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


def compose_expiry_email(
    email: ExpiryEmail, *, sender: str, now: datetime
) -> EmailMessage:
    """Return the letter as it is posted; the same one has the same Message-ID.

    Raises:
        ValueError: the address is none that a letter can go to.
    """
    return build_message(
        subject=in_every_language(lambda to: _subject(email, to), " / "),
        text=in_every_language(lambda to: _text(email, to)) + "\n",
        sender=sender,
        to=email.address,
        message_id=message_id(email, sender),
        now=now,
    )


def build_message(
    *, subject: str, text: str, sender: str, to: str, message_id: str, now: datetime
) -> EmailMessage:
    """Return a letter that no person wrote, as it is posted.

    Raises:
        ValueError: the address is none that a letter can go to.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = delivery_address(to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    message.set_content(text)
    return message


def message_id(email: ExpiryEmail, sender: str) -> str:
    """Return what tells a mailbox that it has this letter already."""
    host = host_of(sender, email.public_url)
    return f"<notice-{email.certificate_id}-{email.days}@{host}>"


def host_of(sender: str, public_url: str) -> str:
    """Return the host that this centre's letters are named by."""
    return parseaddr(sender)[1].rpartition("@")[2] or urlsplit(public_url).netloc


def in_every_language(
    write_in: Callable[[Translator], str], between: str = f"\n\n{'-' * 40}\n\n"
) -> str:
    """Return a text in all languages: nobody knows which of them somebody reads."""
    return between.join(map(write_in, translators()))


def _subject(email: ExpiryEmail, translator: Translator) -> str:
    day = format_date_in(email.not_after, translator.language)
    return translator.gettext("Your certificate ends on %(day)s", day=day)


def _text(email: ExpiryEmail, translator: Translator) -> str:
    language = translator.language
    text = translator.gettext(
        TEXT,
        name=email.name,
        type=localized(email.type_name, language),
        number=email.number,
        day=format_date_in(email.not_after, language),
        link=f"{email.public_url}/certificates/{email.certificate_id}/renew",
        site=email.public_url,
    )
    parts = (
        translator.gettext(TRIAL) if email.demo else "",
        text,
        translator.gettext(SUSPENDED) if email.suspended else "",
        email.brand.signature(language),
    )
    return "\n\n".join(filter(None, parts))


TEXT: Final = N_("""\
Hello %(name)s,

your certificate "%(type)s", number %(number)s, can be used until %(day)s 23:59,
Korean time.
Renew it before that and it goes on. You need the certificate you have now, and its
password.

Renew it: %(link)s

If you do nothing, the certificate ends on that day, and you then need a new one.

We never ask for a password or for codes of a security card by mail. If you would rather
not follow a link, type %(site)s into your browser.""")
SUSPENDED: Final = N_(
    "This certificate is suspended at the moment. Resume it before you renew it."
)
TRIAL: Final = N_("This e-mail comes from a centre for trying out.")
