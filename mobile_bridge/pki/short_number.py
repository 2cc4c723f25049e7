"""The short number of a certificate: what people tell it by, at home and on the phone.

The end of the serial number: sequential numbers of other issuers differ there too, and
ours begin alike. 32 random bits tell the certificates of one person apart for certain,
and those of a centre so well that a search shows one, rarely two.

Pure. JavaScript twin: frontend/pki/short_number.js; both read
tests/vectors/short_numbers.json.
"""

from typing import Final

DIGITS: Final = 8
GROUP: Final = 4


def short_digits(serial: str) -> str:
    """Return the digits of the short number as they are stored: eight, small.

    `serial` is hexadecimal, with or without leading zeros.
    """
    return serial[-DIGITS:].zfill(DIGITS).lower()


def short_number(serial: str) -> str:
    """Return the short number as it is shown: ``3F7A-91C2``."""
    digits = short_digits(serial).upper()
    return f"{digits[:GROUP]}-{digits[GROUP:]}"
