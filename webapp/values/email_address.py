"""Which addresses a letter can be written to: one rule for page, file, sender and post.

Pure. Whether anybody reads there is not asked: only the mail server finds out.
"""

import unicodedata
from typing import Final

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from webapp.values.text_input import normalize_text

MAX_LENGTH: Final = 254  # RFC 5321 4.5.3.1.3, without the brackets
MAX_LOCAL: Final = 64  # before the @, RFC 5321 4.5.3.1.1


class MailAddressError(ValueError):
    """No letter can be written to this address; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"not a mail address: {code}")
        self.code = code


def read_mail_address(text: str) -> str:
    """Return an address as it is registered, without marks that nobody sees.

    Raises:
        MailAddressError: "email_unreadable"; "email_not_ascii", since no mail server
            is asked for SMTPUTF8 (RFC 6531); "email_domain_unfit"; "email_too_long".
    """
    return _validated(text).normalized


def delivery_address(address: str) -> str:
    """Return a registered address as mail servers take it, in ASCII (RFC 5891).

    Raises:
        MailAddressError: as above; older rows hold what was not looked at.
    """
    ascii_address = _validated(address).ascii_email
    if ascii_address is None or len(ascii_address) > MAX_LENGTH:
        raise MailAddressError("email_too_long")
    return ascii_address


def mail_problem(address: str | None) -> str | None:
    """Return the code of why no letter can be written to an address; None: it can."""
    try:
        delivery_address(address or "")
    except MailAddressError as error:
        return error.code if address else None
    return None


def _validated(text: str) -> ValidatedEmail:
    address = _visible(text)
    try:
        return _validate(address)
    except EmailNotValidError:
        raise MailAddressError(_why(address)) from None


def _validate(address: str) -> ValidatedEmail:
    return validate_email(
        address, check_deliverability=False, allow_smtputf8=False, strict=True
    )


def _visible(text: str) -> str:
    # NFKC also turns the full-width signs of a Korean or Japanese keyboard.
    plain = unicodedata.normalize("NFKC", normalize_text(text))
    bare = plain.removeprefix("<").removesuffix(">").strip()
    return bare[len("mailto:") :] if bare.lower().startswith("mailto:") else bare


def _why(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    if not local or not domain:
        return "email_unreadable"
    if not local.isascii():
        return "email_not_ascii"
    if len(address) > MAX_LENGTH or len(local) > MAX_LOCAL:
        return "email_too_long"
    try:
        _validate(f"{local}@example.com")
    except EmailNotValidError:
        return "email_unreadable"
    return "email_domain_unfit"
