"""The letter about a certificate that ends soon: Korean first, English below. Pure.

It holds nothing that opens anything: the link leads to a page that asks to sign in.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import urlsplit

from webapp.brand import Brand
from webapp.i18n import day_in
from webapp.mail_address import delivery_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says; `type_name` by language."""

    certificate_id: str
    days: int
    name: str
    address: str
    type_name: dict[str, str]
    number: str  # the short one, which the counter sees too
    not_after: datetime
    suspended: bool
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


def write(letter: Letter, *, sender: str, now: datetime) -> EmailMessage:
    """Return the letter as it is posted; the same one has the same Message-ID.

    Raises:
        ValueError: the address is none that a letter can go to.
    """
    return compose(
        subject=SUBJECT.format(
            ko=day_in(letter.not_after, "ko"), en=day_in(letter.not_after, "en")
        ),
        text=_text(letter),
        sender=sender,
        to=letter.address,
        message_id=message_id(letter, sender),
        now=now,
    )


def compose(
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


def message_id(letter: Letter, sender: str) -> str:
    """Return what tells a mailbox that it has this letter already."""
    host = host_of(sender, letter.public_url)
    return f"<notice-{letter.certificate_id}-{letter.days}@{host}>"


def host_of(sender: str, public_url: str) -> str:
    """Return the host that this centre's letters are named by."""
    return parseaddr(sender)[1].rpartition("@")[2] or urlsplit(public_url).netloc


def _text(letter: Letter) -> str:
    parts = (_in(letter, "ko"), "-" * 40, _in(letter, "en"))
    return "\n\n".join(parts) + "\n"


def _in(letter: Letter, language: str) -> str:
    held = HELD[language] if letter.suspended else ""
    trial = TRIAL[language] if letter.demo else ""
    said = TEXT[language].format(
        name=letter.name,
        type=letter.type_name[language],
        number=letter.number,
        day=day_in(letter.not_after, language),
        link=f"{letter.public_url}/certificates/{letter.certificate_id}/renew",
        site=letter.public_url,
    )
    parts = (trial, said, held, letter.brand.signature(language))
    return "\n\n".join(part for part in parts if part)


SUBJECT: Final = "인증서가 {ko}에 끝나요 / Your certificate ends on {en}"
TEXT: Final = {
    "ko": """\
{name} 님, 안녕하세요.

{type} 인증서(번호 {number})를 {day} 23:59까지 쓸 수 있어요.
그 전에 기간을 연장(갱신)하면 계속 쓸 수 있어요. 지금 인증서와 그 비밀번호가 필요해요.

기간 연장하기: {link}

아무것도 하지 않으면 그날 인증서가 끝나고, 그 뒤에는 새로 발급받아야 해요.

저희는 메일로 비밀번호나 보안카드 번호를 묻지 않아요. 링크를 누르기 꺼려지면 주소창에
{site} 을 직접 입력하세요.""",
    "en": """\
Hello {name},

your certificate "{type}", number {number}, can be used until {day} 23:59,
Korean time.
Renew it before that and it goes on. You need the certificate you have now, and its
password.

Renew it: {link}

If you do nothing, the certificate ends on that day, and you then need a new one.

We never ask for a password or for codes of a security card by mail. If you would rather
not follow a link, type {site} into your browser.""",
}
HELD: Final = {
    "ko": (
        "이 인증서는 지금 잠시 멈춤(효력정지) 상태예요. 연장하려면 먼저 다시 사용으로 "
        "바꾸세요."
    ),
    "en": (
        "This certificate is suspended at the moment. Resume it before you renew it."
    ),
}
TRIAL: Final = {
    "ko": "시험용 센터에서 보내는 메일이에요.",
    "en": "This letter comes from a centre for trying out.",
}
