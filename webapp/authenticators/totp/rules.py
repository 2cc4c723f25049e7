"""One-time codes of an authenticator app (RFC 6238). Pure.

The usual form, which every such app takes: SHA-1, six digits, 30 seconds. One step of
the clock to either side is accepted; no step twice.
"""

import re
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest

import pyotp

from mobile_bridge.core.pairing_number import without_separators

TIME_STEP = 30
SECRET_BYTES = 20  # RFC 4226 4, R6
MAX_ERRORS = 5
WINDOW = (0, -1, 1)


def generate_secret(random: Callable[[int], bytes]) -> str:
    """Return a secret as the text that apps take; `random` gives fresh bytes."""
    return b32encode(random(SECRET_BYTES)).decode("ascii")


def counter_at(now: datetime) -> int:
    """Return the number of the half minute that `now` is in."""
    return int(now.timestamp()) // TIME_STEP


def parse_code(typed: str) -> str | None:
    """Return six digits as somebody typed them, in groups or wide; else None."""
    code = without_separators(typed)
    return code if re.fullmatch("[0-9]{6}", code) else None


def matching_counter(secret: str, code: str, now: datetime) -> int | None:
    """Return which step `code` belongs to; None where it is of none around `now`."""
    totp = pyotp.TOTP(secret)
    match = None
    for offset in WINDOW:
        counter = counter_at(now) + offset
        # Each is compared, so that the time tells nothing about which it was.
        if compare_digest(totp.generate_otp(counter), code):
            match = counter
    return match


def provisioning_uri(secret: str, login_id: str, issuer: str) -> str:
    """Return the otpauth address that an app scans; it shows who the issuer is."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_id, issuer_name=issuer)


def in_groups(secret: str) -> str:
    """Return a secret as people type it: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
