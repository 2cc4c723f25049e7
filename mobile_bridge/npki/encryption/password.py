"""The bytes that a password may stand for, the likeliest first.

Pure. Key files take a password as octets: UTF-8 today, CP949 on Korean systems before.
PKCS#12's own key derivation takes it as characters of two octets, and older programs
made those of single octets.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mobile_bridge.npki.errors import PasswordEncodingError

LEGACY_ENCODING: Final = "cp949"  # of Korean systems before UTF-8


@dataclass(frozen=True, slots=True)
class Secret:
    """One reading of a password: for PKCS#5 and scrypt, and for PKCS#12's own KDF."""

    octets: bytes = field(repr=False)
    characters: bytes = field(repr=False)  # RFC 7292 B.1: a BMPString and its end


def candidate_secrets(password: str) -> list[Secret]:
    """Return the readings of a password, each once.

    What arrived in bytes that are not UTF-8 has surrogates for them (PEP 383), and is
    taken as CP949.
    """
    return list(dict.fromkeys(_candidates(password)))


def written_secret(password: str) -> Secret:
    """Return how a password is taken for what is written: UTF-8.

    Raises:
        PasswordEncodingError: it came in bytes that are not UTF-8.
    """
    if is_undecoded(password):
        raise PasswordEncodingError
    return Secret(password.encode(), _characters(password))


def is_undecoded(password: str) -> bool:
    """Say whether some of its bytes were not UTF-8."""
    return any("\ud800" <= sign <= "\udfff" for sign in password)


def _candidates(password: str) -> Iterator[Secret]:
    texts = list(dict.fromkeys(_texts(password)))
    octets = [password.encode(errors="surrogatepass")]
    if is_undecoded(password):
        with suppress(ValueError):
            octets = [password.encode(errors="surrogateescape")]
    octets += [text.encode() for text in texts]
    for text in texts:
        with suppress(ValueError):
            octets.append(text.encode(LEGACY_ENCODING))
    for text in texts:
        for reading in octets:
            yield Secret(reading, _characters(text))
    for reading in octets:
        # OpenSSL before 1.1 made a character of each octet.
        yield Secret(reading, _characters(reading.decode("latin-1")))
    if not password:
        yield Secret(b"", b"")  # an absent password is not an empty one


def _texts(password: str) -> Iterator[str]:
    """Give what may have been typed; a Mac may hand over the parts of a syllable."""
    if not is_undecoded(password):
        yield password
        yield unicodedata.normalize("NFC", password)
        return
    with suppress(ValueError):
        octets = password.encode(errors="surrogateescape")
        yield octets.decode(LEGACY_ENCODING)


def _characters(text: str) -> bytes:
    return text.encode("utf-16-be") + b"\0\0"
