"""Which public keys may stand in a certificate.

Weak keys are found by the checks of `badkeys` that work offline. Whether a key was
seen in another certificate is a question for the database and is not asked here.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from badkeys import rsakeys
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webapp.pki.errors import (
    KeyExponentError,
    KeyKindError,
    UnsupportedKeyError,
    WeakKeyError,
)

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyKind(StrEnum):
    """The kinds of key we certify; the browser uses the same names."""

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    P_256 = "p-256"
    P_384 = "p-384"


MODULI: Final[Mapping[int, KeyKind]] = MappingProxyType(
    {2048: KeyKind.RSA_2048, 3072: KeyKind.RSA_3072, 4096: KeyKind.RSA_4096}
)
CURVES: Final[Mapping[str, KeyKind]] = MappingProxyType(
    {"secp256r1": KeyKind.P_256, "secp384r1": KeyKind.P_384}
)

# Cheapest first, about 0.8 ms in all for RSA-2048. Left out: checks that the fixed
# size and exponent make idle (rsainvalid, rsawarnings, smalld), the ones badkeys
# itself calls prone to false alarms, and the blocklist, whose data is not packaged.
WEAKNESSES: Final[Mapping[str, Callable[[int, int], object]]] = MappingProxyType(
    {
        "rsapoly": rsakeys.rsapoly,  # patterned modulus, factored as a polynomial
        "rsabias": rsakeys.rsabias,  # far more ones or zeros than chance gives
        "roca": rsakeys.roca,  # CVE-2017-15361
        "smallfactors": rsakeys.smallfactors,  # a prime factor up to 65537
        "fermat": rsakeys.fermat,  # close primes, found within 100 rounds
        "sharedprimes": rsakeys.sharedprimes,  # a prime known from other keys
    }
)


def kind_of(public_key: object) -> KeyKind:
    """Say of which kind a public key is.

    Raises:
        UnsupportedKeyError: for every key that is not of one of our kinds.
    """
    kind: KeyKind | None = None
    if isinstance(public_key, rsa.RSAPublicKey):
        kind = MODULI.get(public_key.key_size)
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        kind = CURVES.get(public_key.curve.name)
    if kind is None:
        raise UnsupportedKeyError
    return kind


def check_key(public_key: PublicKey, *, key_kind: KeyKind) -> None:
    """Accept a key of the wanted kind that no known method breaks.

    Raises:
        UnsupportedKeyError: when the key is of none of our kinds.
        KeyKindError: when it is of another kind than `wanted`.
        KeyExponentError: when an RSA exponent is not 65537.
        WeakKeyError: when a check fires; it names the check.
    """
    if kind_of(public_key) is not key_kind:
        raise KeyKindError
    if isinstance(public_key, rsa.RSAPublicKey):
        _check_rsa(public_key.public_numbers())


def _check_rsa(numbers: rsa.RSAPublicNumbers) -> None:
    if numbers.e != 65537:
        raise KeyExponentError
    for weakness, is_weak in WEAKNESSES.items():
        if is_weak(numbers.n, numbers.e):
            raise WeakKeyError(weakness)
