"""What tells a person of a change at the counter: a letter, and a spoken notice. Pure.

Korean first, English after it: nobody knows which of them somebody reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from webapp.brand import Brand
from webapp.i18n import moment_in
from webapp.notices.letter import TRIAL, compose, host_of

LANGUAGES: Final = ("ko", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLetter:
    """What a letter about a change says."""

    change_id: int
    kind: str  # ChangeKind
    made_at: datetime
    name: str
    address: str
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


def write_change_letter(
    letter: ChangeLetter, *, sender: str, now: datetime
) -> EmailMessage:
    """Return the letter as it is posted; the same one has the same Message-ID.

    Raises:
        ValueError: the address is none that a letter can go to.
    """
    host = host_of(sender, letter.public_url)
    return compose(
        subject=SUBJECT,
        text="\n\n".join((_text(letter, "ko"), "-" * 40, _text(letter, "en"))) + "\n",
        sender=sender,
        to=letter.address,
        message_id=f"<change-{letter.change_id}@{host}>",
        now=now,
    )


def spoken_notice(
    kind: str, made_at: datetime, brand: Brand | None = None
) -> tuple[str, str]:
    """Return what a voice says about a change: in Korean and in English."""
    korean, english = (
        SPOKEN[language].format(
            what=WHAT[kind][language],
            when=moment_in(made_at, language),
            centre=_centre(brand or Brand(), language),
        )
        for language in LANGUAGES
    )
    return korean, english


def _text(letter: ChangeLetter, language: str) -> str:
    trial = (TRIAL[language],) if letter.demo else ()
    said = TEXT[language].format(
        name=letter.name,
        what=WHAT[letter.kind][language],
        when=moment_in(letter.made_at, language),
        site=letter.public_url,
        centre=_centre(letter.brand, language),
    )
    parts = (*trial, said, letter.brand.signature(language))
    return "\n\n".join(filter(None, parts))


def _centre(brand: Brand, language: str) -> str:
    return brand.name_in(language) if brand.is_named else UNNAMED[language]


UNNAMED: Final = {"ko": "인증센터", "en": "your certificate centre"}
SUBJECT: Final = (
    "창구에서 내 정보가 바뀌었어요 / The counter changed something of yours"
)
WHAT: Final[Mapping[str, Mapping[str, str]]] = {
    "password_reset": {
        "ko": "로그인 비밀번호를 새로 만들었어요",
        "en": "A new first password was made for you",
    },
    "card_issued": {
        "ko": "보안카드를 새로 발급했어요",
        "en": "A new security card was issued in your name",
    },
    "phone_changed": {
        "ko": "등록된 전화번호를 바꿨어요",
        "en": "Your registered phone number was changed",
    },
    "email_changed": {
        "ko": "등록된 이메일 주소를 바꿨어요",
        "en": "Your registered e-mail address was changed",
    },
    "contact_changed": {
        "ko": "등록된 전화번호와 이메일 주소를 바꿨어요",
        "en": "Your registered phone number and e-mail address were changed",
    },
    "app_removed": {
        "ko": "인증 앱을 지웠어요",
        "en": "Your authenticator app was removed",
    },
    "passkeys_removed": {
        "ko": "패스키를 모두 지웠어요",
        "en": "All your passkeys were removed",
    },
    "sign_in_unlocked": {
        "ko": "로그인 잠금을 풀었어요",
        "en": "Your sign-in was unlocked",
    },
    "card_unlocked": {
        "ko": "보안카드 잠금을 풀었어요",
        "en": "Your security card was unlocked",
    },
    "app_unlocked": {
        "ko": "인증 앱 잠금을 풀었어요",
        "en": "Your authenticator app was unlocked",
    },
    "phone_unlocked": {
        "ko": "전화 확인 잠금을 풀었어요",
        "en": "The check by phone was unlocked for you",
    },
    "factor_unlocked": {
        "ko": "본인 확인 방법의 잠금을 풀었어요",
        "en": "A way to show that it is you was unlocked",
    },
    "factor_removed": {
        "ko": "본인 확인 방법을 지웠어요",
        "en": "A way to show that it is you was removed",
    },
    "account_unlocked": {
        "ko": "계좌 확인 잠금을 풀었어요",
        "en": "The check of your account number was unlocked",
    },
}
TEXT: Final = {
    "ko": """\
{name} 님, 안녕하세요.

{centre} 창구에서 {when}에 {what}.

내가 부탁한 일이면 아무것도 하지 않아도 돼요.

부탁한 적이 없으면 누군가 내 이름으로 인증서를 받으려는 것일 수 있어요. 지금 바로 창구에
알리세요. {site} 을 직접 입력해 로그인하면 무엇이 바뀌었는지 볼 수 있어요.

저희는 메일로 비밀번호나 보안카드 번호를 묻지 않아요.""",
    "en": """\
Hello {name},

at the counter of {centre}, on {when}, Korean time: {what}.

If you asked for it, there is nothing to do.

If you did not, somebody may be trying to get a certificate in your name. Tell the
counter now. Type {site} into your browser and sign in to see what was changed.

We never ask for a password or for codes of a security card by mail.""",
}
SPOKEN: Final = {
    "ko": (
        "{centre}에서 알려 드려요. {when}에 창구에서 {what}. 부탁한 적이 없으면 "
        "지금 바로 {centre} 창구에 알려 주세요. 이 전화로는 아무것도 묻지 않아요."
    ),
    "en": (
        "This is {centre}. At the counter, on {when}: {what}. If you "
        "did not ask for this, tell the counter now. This call asks you for nothing."
    ),
}
