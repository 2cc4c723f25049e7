"""Weak and unwanted keys are refused, each for its own reason."""

import random
import sys
import time
from collections.abc import Callable

import gmpy2
import pytest
from badkeys import rsakeys
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.makers import key_of
from webapp.pki.errors import (
    KeyExponentError,
    KeyKindError,
    UnsupportedKeyError,
    WeakKeyError,
)
from webapp.pki.key_policy import WEAKNESSES, KeyKind, check_key, kind_of

CHANCE = random.Random("weak keys")  # the same keys in every run
TOP_TWO_BITS = 3 << 1022


def prime() -> int:
    """Return a prime of 1024 bits, so large that two of them give 2048 bits."""
    return int(gmpy2.next_prime(CHANCE.getrandbits(1024) | TOP_TWO_BITS))


def with_close_primes() -> int:
    """Fermat: the primes differ in their last digits only."""
    p = prime()
    return p * int(gmpy2.next_prime(p + 2**500))


def with_a_small_factor() -> int:
    """One factor is below 65537."""
    small = 40009
    return small * int(
        gmpy2.next_prime((1 << 2047) // small + CHANCE.getrandbits(2000))
    )


def roca_prime() -> int:
    """Return k*M + (65537**a mod M), as the broken smart cards made primes."""
    m = int(gmpy2.primorial(701))
    while True:
        power = pow(65537, CHANCE.getrandbits(200), m)
        p = (CHANCE.getrandbits(1024) | TOP_TWO_BITS) // m * m + power
        if gmpy2.is_prime(p):
            return p


def with_roca_primes() -> int:
    """ROCA: both primes come from the broken library."""
    return roca_prime() * roca_prime()


def without_small_factors(draw: Callable[[], int]) -> int:
    """Draw odd moduli of 2048 bits until one has no small factor."""
    while True:
        n = draw() | 1 << 2047 | 1
        if not rsakeys.smallfactors(n):
            return n


def with_mostly_ones() -> int:
    """Three of four bits are ones."""
    return without_small_factors(
        lambda: CHANCE.getrandbits(2048) | CHANCE.getrandbits(2048)
    )


def with_mostly_zeros() -> int:
    """Three of four bits are zeros, in both halves."""
    return without_small_factors(
        lambda: CHANCE.getrandbits(2048) & CHANCE.getrandbits(2048)
    )


@pytest.mark.parametrize(
    ("weakness", "make"),
    [
        ("fermat", with_close_primes),
        ("smallfactors", with_a_small_factor),
        ("roca", with_roca_primes),
        ("rsabias", with_mostly_ones),
        ("rsapoly", with_mostly_zeros),
    ],
)
def test_breakable_key_is_refused_by_name(
    weakness: str, make: Callable[[], int]
) -> None:
    public_key = rsa.RSAPublicNumbers(65537, make()).public_key()

    with pytest.raises(WeakKeyError) as refusal:
        check_key(public_key, key_kind=KeyKind.RSA_2048)

    assert refusal.value.weakness == weakness
    assert refusal.value.code == "key_weak"


def test_prime_known_from_other_keys_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared_prime, new_prime = prime(), prime()
    module = sys.modules["badkeys.rsakeys.sharedprimes"]
    monkeypatch.setitem(
        module.__dict__["_moduli"], 2048, gmpy2.mpz(shared_prime) * prime()
    )
    public_key = rsa.RSAPublicNumbers(65537, shared_prime * new_prime).public_key()

    with pytest.raises(WeakKeyError) as refusal:
        check_key(public_key, key_kind=KeyKind.RSA_2048)

    assert refusal.value.weakness == "sharedprimes"


@pytest.mark.parametrize("kind", KeyKind)
def test_sound_key_is_accepted(kind: KeyKind) -> None:
    public_key = key_of(kind).public_key()

    check_key(public_key, key_kind=kind)

    assert kind_of(public_key) is kind


@pytest.mark.parametrize("kind", [kind for kind in KeyKind if kind != KeyKind.P_256])
def test_key_of_another_kind_than_wanted_is_refused(kind: KeyKind) -> None:
    with pytest.raises(KeyKindError):
        check_key(key_of(kind).public_key(), key_kind=KeyKind.P_256)


@pytest.mark.parametrize("exponent", [3, 17, 65539, 2**31 + 11])
def test_other_exponents_are_refused(exponent: int) -> None:
    public_key = rsa.RSAPublicNumbers(exponent, prime() * prime()).public_key()

    with pytest.raises(KeyExponentError):
        check_key(public_key, key_kind=KeyKind.RSA_2048)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["RSA-1024", "P-521", "secp256k1", "Ed25519"],
)
def test_other_keys_are_of_no_kind(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    with pytest.raises(UnsupportedKeyError):
        kind_of(key.public_key())


def test_every_check_is_one_that_badkeys_knows() -> None:
    from badkeys import allchecks

    assert {name: allchecks[name]["function"] for name in WEAKNESSES} == WEAKNESSES


def test_check_costs_less_than_two_milliseconds() -> None:
    public_key = key_of(KeyKind.RSA_2048).public_key()
    check_key(public_key, key_kind=KeyKind.RSA_2048)

    started = time.process_time()
    for _ in range(50):
        check_key(public_key, key_kind=KeyKind.RSA_2048)

    assert (time.process_time() - started) / 50 < 0.002
