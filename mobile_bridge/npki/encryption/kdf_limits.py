"""How much work a file may ask for before a password can be tried.

Pure. The figures come from the file: a library that took them as they are would compute
for hours, hold gigabytes, or panic. So they are looked at before any work begins.
JavaScript twin: frontend/npki/encryption/kdf/kdf_limits.js.
"""

from collections.abc import Iterator
from typing import Final

from mobile_bridge.npki.errors import TooMuchWorkError
from mobile_bridge.pki.der import INTEGER, OID, SEQUENCE, DerError, Element, read

MAX_ROUNDS: Final = 10_000_000  # of one key; OWASP asks for 600,000
MAX_ROUNDS_OF_A_FILE: Final = 2 * MAX_ROUNDS
MAX_SCRYPT_N: Final = 2**20
MAX_SCRYPT_WORK: Final = 2**23  # N r p: a gibibyte once
MAX_KEY_BYTES: Final = 64
_PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")  # RFC 8018 A.2
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")  # RFC 7914 7
# RFC 8018 A.3 and A.4, RFC 7292 C, and SEED's by KISA: salt and rounds.
_SALTED: Final = (
    bytes.fromhex("2a864886f70d010501"),
    bytes.fromhex("2a864886f70d010503"),
    bytes.fromhex("2a864886f70d010504"),
    bytes.fromhex("2a864886f70d010506"),
    bytes.fromhex("2a864886f70d01050a"),
    bytes.fromhex("2a864886f70d01050b"),
    bytes.fromhex("2a831a8c9a44010f"),
)
_PKCS12: Final = bytes.fromhex("2a864886f70d010c01")


def check_algorithms(*algorithms: Element) -> None:
    """Accept the algorithms of one file, if all of them together ask for little enough.

    Raises:
        TooMuchWorkError: they ask for too much.
        DerError: the parameters are not such.
    """
    total = sum(work for one in algorithms for work in _works(one))
    if total > MAX_ROUNDS_OF_A_FILE:
        raise TooMuchWorkError


def check_key(encrypted: bytes) -> None:
    """Accept an EncryptedPrivateKeyInfo that asks for little enough.

    Raises:
        TooMuchWorkError: it asks for too much.
        DerError: it is no such key.
    """
    check_algorithms(get_algorithm(encrypted))


def check_rounds(rounds: Element) -> int:
    """Return a number of rounds that is not too large.

    Raises:
        TooMuchWorkError: it is.
        DerError: it is no number above zero.
    """
    return _number(rounds, MAX_ROUNDS)


def get_algorithm(encrypted: bytes) -> Element:
    """Return how an EncryptedPrivateKeyInfo is encrypted.

    Raises:
        DerError: it is no such key.
    """
    parts = read(encrypted).children()
    if len(parts) != 2:
        raise DerError
    return parts[0].expect(SEQUENCE)


def _works(algorithm: Element) -> Iterator[int]:
    """Give the work of each key derivation in an AlgorithmIdentifier."""
    parts = algorithm.expect(SEQUENCE).children()
    if not parts:
        raise DerError
    name, inside = parts[0].expect(OID).content, parts[1:]
    if not inside or inside[0].tag != SEQUENCE:
        return
    values = inside[0].children()
    if name == _PBKDF2:
        yield _number(_second(values), MAX_ROUNDS)
        _check_key_bytes(values[2:])
    elif name == _SCRYPT:
        yield _scrypt(values)
    elif name in _SALTED or name.startswith(_PKCS12):
        yield _number(_second(values), MAX_ROUNDS)
    else:
        for value in values:
            if value.tag == SEQUENCE:
                yield from _works(value)


def _scrypt(values: list[Element]) -> int:
    if len(values) < 4:
        raise DerError
    n = _number(values[1], MAX_SCRYPT_N)
    r, p = (_number(value, MAX_SCRYPT_WORK) for value in values[2:4])
    if n * r * p > MAX_SCRYPT_WORK:
        raise TooMuchWorkError
    _check_key_bytes(values[4:])
    return n * r * p


def _check_key_bytes(options: list[Element]) -> None:
    for option in options:
        if option.tag == INTEGER:
            _number(option, MAX_KEY_BYTES)


def _second(values: list[Element]) -> Element:
    if len(values) < 2:
        raise DerError
    return values[1]


def _number(element: Element, maximum: int) -> int:
    number = int.from_bytes(element.integer(), signed=True)
    if number > maximum:
        raise TooMuchWorkError
    if number < 1:
        raise DerError
    return number
