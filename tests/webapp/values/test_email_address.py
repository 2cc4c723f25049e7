"""Which addresses a letter can be written to, and how it is written to them."""

import pytest

from webapp.ra.messages import INPUT_ERRORS
from webapp.values.email_address import (
    MailAddressError,
    delivery_address,
    mail_problem,
    read_mail_address,
)

TAKEN = [
    ("hana@example.com", "hana@example.com", "hana@example.com"),
    ("HaNa@Example.COM", "HaNa@example.com", "HaNa@example.com"),
    ("ha\u200bna@example.com", "hana@example.com", "hana@example.com"),
    ("\ufeffhana@example.com\u00a0", "hana@example.com", "hana@example.com"),
    ("\u202ahana@example.com\u202c", "hana@example.com", "hana@example.com"),
    ("hana＠example．com", "hana@example.com", "hana@example.com"),
    ("hana@한국.kr", "hana@한국.kr", "hana@xn--3e0b707e.kr"),
    ("h+tag.x@mail.example.co.kr",) * 3,
]
REFUSED = [
    ("하나@example.com", "email_not_ascii"),
    ("jos\u00e9@example.com", "email_not_ascii"),
    ("hana@example..com", "email_domain_unfit"),
    ("hana@.com", "email_domain_unfit"),
    ("hana@example.com.", "email_domain_unfit"),
    ("hana@com", "email_domain_unfit"),
    ("hana@-x.kr", "email_domain_unfit"),
    ("hana@exa_mple.com", "email_domain_unfit"),
    ("hana@[192.0.2.1]", "email_domain_unfit"),
    ("hana@\u3164.kr", "email_domain_unfit"),
    (f"hana@{'a' * 64}.kr", "email_domain_unfit"),
    (f"{'h' * 65}@example.com", "email_too_long"),
    (f"hana@{'.'.join(['a' * 60] * 5)}.kr", "email_too_long"),
    ("a..b@example.com", "email_unreadable"),
    (".a@example.com", "email_unreadable"),
    ('"a b"@example.com', "email_unreadable"),
    ("Hana <hana@example.com>", "email_unreadable"),
    ("a@b@example.com", "email_unreadable"),
    ("hana", "email_unreadable"),
    ("@example.com", "email_unreadable"),
    ("hana@", "email_unreadable"),
    ("hana@example.com\r\nBcc: all@example.com", "email_unreadable"),
    ("hana@example.com\nx", "email_domain_unfit"),
]


@pytest.mark.parametrize(("typed", "kept", "sent"), TAKEN)
def test_what_can_be_written_to_is_taken_without_marks_that_nobody_sees(
    typed, kept, sent
):
    assert read_mail_address(typed) == kept
    assert delivery_address(kept) == sent
    assert sent.isascii()


@pytest.mark.parametrize(("typed", "code"), REFUSED)
def test_what_cannot_be_written_to_is_refused_with_its_cause(typed, code):
    with pytest.raises(MailAddressError) as refused:
        read_mail_address(typed)

    assert refused.value.code == mail_problem(typed) == code
    assert code in INPUT_ERRORS


def test_no_address_is_no_problem():
    assert mail_problem(None) is None
    assert mail_problem("") is None
