"""The letter says what it is about in both languages, and holds nothing secret."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default

import pytest

from mobile_bridge.formats.korean_time import KST
from webapp.notifications.expiry_email import ExpiryEmail, compose_expiry_email

NOW = datetime(2027, 10, 23, 0, 10, tzinfo=KST)
LETTER = ExpiryEmail(
    certificate_id="ab" * 16,
    days=30,
    name="김하나",
    address="hana@example.com",
    type_name={"ko": "개인 범용", "en": "Personal, general purpose"},
    number="3F7A-91C2",
    not_after=datetime(2027, 11, 22, 23, 59, 59, tzinfo=KST),
    suspended=False,
    public_url="https://ca.example",
)
SENDER = "certferry <letters@ca.example>"


def read(letter: ExpiryEmail):
    """Return a letter as a mail program reads it."""
    sent = compose_expiry_email(letter, sender=SENDER, now=NOW).as_bytes()
    return message_from_bytes(sent, policy=default)


def test_it_names_the_day_and_leads_to_the_renewal_in_both_languages():
    message = read(LETTER)
    text = message.get_content()

    assert "2027년 11월 22일(월)" in message["Subject"]
    assert "Mon 22 November 2027" in message["Subject"]
    assert text.count(f"https://ca.example/certificates/{LETTER.certificate_id}/renew")
    assert "김하나 님" in text
    assert "Personal, general purpose" in text
    assert text.count("3F7A-91C2") == 2
    assert text.index("안녕하세요") < text.index("Hello")
    assert message["To"] == "hana@example.com"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_same_letter_has_the_same_id_and_another_one_another():
    again, other = read(LETTER), read(replace(LETTER, days=7))

    assert again["Message-ID"] == read(LETTER)["Message-ID"]
    assert again["Message-ID"] != other["Message-ID"]
    assert again["Message-ID"].endswith("@ca.example>")


def test_of_a_suspended_certificate_it_says_what_comes_first():
    usual, held = read(LETTER), read(replace(LETTER, suspended=True))

    assert "Resume it before you renew it" in held.get_content()
    assert "suspended" not in usual.get_content()


@pytest.mark.parametrize(
    "address",
    [
        "hana",
        "a@b@c",
        "Hana <hana@example.com>",
        "a@example.com, b@example.com",
        "hana@example.com\r\nBcc: all@example.com",
        "한나@example.com",
        "",
    ],
)
def test_what_is_no_plain_address_gets_no_letter(address):
    with pytest.raises(ValueError, match="mail address"):
        compose_expiry_email(replace(LETTER, address=address), sender=SENDER, now=NOW)
