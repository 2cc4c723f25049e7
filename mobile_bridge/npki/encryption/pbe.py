"""Encryption under a password, as an AlgorithmIdentifier says it.

Pure. PBES2 with PBKDF2 or scrypt (RFC 8018 6.2, RFC 7914 7), SEED as KISA wrote it
down, and the older schemes (RFC 8018 A.3, RFC 7292 C). What is encrypted is not looked
at: a key and a bag of certificates are alike here.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mobile_bridge.npki.encryption import ciphers
from mobile_bridge.npki.encryption.ciphers import CbcCipher, LazyIv
from mobile_bridge.npki.encryption.kdf_limits import MAX_ROUNDS, check_algorithms
from mobile_bridge.npki.encryption.password import Secret
from mobile_bridge.npki.encryption.pkcs12_kdf import Purpose, derive
from mobile_bridge.npki.errors import (
    KeyFormError,
    TooMuchWorkError,
    UnknownKeyError,
    WrongPasswordError,
)
from mobile_bridge.pki.der import (
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Element,
    read,
)
from mobile_bridge.pki.der_writer import integer, null, octet_string, oid, sequence

SEED_SHA1: Final = "1.2.410.200004.1.15"  # seedCBCWithSHA1
SEED_CBC: Final = "1.2.410.200004.1.4"
PBES2: Final = "1.2.840.113549.1.5.13"
PBKDF2: Final = "1.2.840.113549.1.5.12"
SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"
AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
HMAC_SHA256: Final = "1.2.840.113549.2.9"
PKCS12_TRIPLE_DES: Final = "1.2.840.113549.1.12.1.3"
# RFC 8018 B.1.2; an absent one is HMAC-SHA1 (A.2).
PRFS: Final = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    HMAC_SHA256: "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
    "1.2.840.113549.2.12": "sha512_224",
    "1.2.840.113549.2.13": "sha512_256",
}
# RFC 8018 B.2, RFC 3565, RFC 4010, RFC 5794.
CIPHERS: Final = {
    "2.16.840.1.101.3.4.1.2": ciphers.AES_128,
    "2.16.840.1.101.3.4.1.22": ciphers.AES_192,
    AES_256_CBC: ciphers.AES_256,
    "1.2.410.200046.1.1.2": ciphers.ARIA_128,
    "1.2.410.200046.1.1.7": ciphers.ARIA_192,
    "1.2.410.200046.1.1.12": ciphers.ARIA_256,
    "1.2.840.113549.3.7": ciphers.TRIPLE_DES,
    "1.3.14.3.2.7": ciphers.DES,
    SEED_CBC: ciphers.SEED,
}
RC2_CBC: Final = "1.2.840.113549.3.2"
_RC2_VERSIONS: Final = {160: 40, 120: 64, 58: 128}  # version to bits (RFC 8018 B.2.3)
_RC2_KEY_BYTES: Final = range(5, 65)
_RC2_BYTES: Final = 16  # where PBKDF2 does not say
# RFC 7292 C; RC4 of the same family is a stream cipher that nobody writes.
PKCS12_CIPHERS: Final = {
    PKCS12_TRIPLE_DES: ciphers.TRIPLE_DES,
    "1.2.840.113549.1.12.1.4": ciphers.TRIPLE_DES_TWO_KEYS,
    "1.2.840.113549.1.12.1.5": ciphers.RC2_128,
    "1.2.840.113549.1.12.1.6": ciphers.RC2_40,
}
# RFC 8018 A.3; those with MD2 nobody has.
PKCS5_CIPHERS: Final = {
    "1.2.840.113549.1.5.3": ("md5", ciphers.DES),
    "1.2.840.113549.1.5.6": ("md5", ciphers.RC2_64),
    "1.2.840.113549.1.5.10": ("sha1", ciphers.DES),
    "1.2.840.113549.1.5.11": ("sha1", ciphers.RC2_64),
}
_FIXED_IV: Final = b"0123456789012345"

Random = Callable[[int], bytes]


class KeyForm(StrEnum):
    """How a key file is encrypted."""

    A = "A"  # seedCBCWithSHA1, the commonest
    B = "B"  # PBES2 with SEED
    C = "C"  # seedCBC without an IV of its own
    D = "D"  # PBES2 with AES, ARIA or triple DES
    P = "P"  # an older scheme: of PKCS#12, or PBES1 with DES or RC2


# Key and IV from a reading of the password. Readings share their octets or their
# characters, so what was derived is kept as long as the scheme.
Derivation = Callable[[Secret], tuple[bytes, LazyIv]]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A cipher, and the ways in which its key may have been derived."""

    form: KeyForm
    cipher: CbcCipher
    derivations: tuple[Derivation, ...]

    def plaintexts(
        self, ciphertext: bytes, secrets: Iterable[Secret]
    ) -> Iterator[bytes]:
        """Give what is under the padding for each reading that leaves one."""
        for secret in secrets:
            for derivation in self.derivations:
                key, iv = derivation(secret)
                plain = self.cipher.decrypt(ciphertext, key, iv)
                if plain is not None:
                    yield plain


def decrypt(
    algorithm: Element,
    ciphertext: bytes,
    secrets: Iterable[Secret],
    *,
    accepts: Callable[[bytes], bool],
) -> bytes:
    """Return the first plaintext that has the form it must have.

    Raises:
        UnknownKeyError: the scheme is not known here.
        KeyFormError: the parameters or the ciphertext are damaged.
        TooMuchWorkError: it asks for too much work.
        WrongPasswordError: no reading of the password leaves such a plaintext.
    """
    scheme = read_scheme(algorithm)
    if not ciphertext or len(ciphertext) % scheme.cipher.block_bytes:
        raise KeyFormError
    for plain in scheme.plaintexts(ciphertext, secrets):
        if accepts(plain):
            return plain
    raise WrongPasswordError


def read_scheme(algorithm: Element) -> Scheme:
    """Return the scheme of an AlgorithmIdentifier, its work within the limits.

    Raises:
        UnknownKeyError: it is not known here.
        KeyFormError: it is no AlgorithmIdentifier, or its parameters are damaged.
        TooMuchWorkError: it asks for too much work.
    """
    try:
        check_algorithms(algorithm)
        name, parameters = _identifier(algorithm)
        if name == PBES2:
            return _pbes2(parameters)
        if name in PKCS12_CIPHERS:
            return _pkcs12(PKCS12_CIPHERS[name], parameters)
        if name in PKCS5_CIPHERS:
            return _pbes1(*PKCS5_CIPHERS[name], parameters)
        if name in (SEED_SHA1, SEED_CBC):
            return _seed(name, parameters)
    except DerError:
        raise KeyFormError from None
    raise UnknownKeyError


def pbkdf2(kdf: Element, key_bytes: int | None) -> Callable[[bytes], bytes]:
    """Return the derivation of PBKDF2 parameters (RFC 8018 A.2).

    Raises:
        UnknownKeyError: another KDF, PRF or key length than is known here.
        DerError: they are damaged.
    """
    name, parameters = _identifier(kdf)
    if name != PBKDF2:
        raise UnknownKeyError
    salt, count, *options = _fields(parameters, 2, 4)
    if salt.tag != OCTET_STRING:
        raise UnknownKeyError  # otherSource, which nobody has defined
    prf = [option for option in options if option.tag == SEQUENCE]
    size = [option for option in options if option.tag == INTEGER]
    if options != size[:1] + prf[:1]:
        raise DerError
    hash_name = PRFS.get(_identifier(prf[0])[0]) if prf else "sha1"
    length = _count(size[0]) if size else None
    if hash_name is None or (length and key_bytes and length != key_bytes):
        raise UnknownKeyError
    derived = length or key_bytes or hashlib.new(hash_name).digest_size
    rounds = _rounds(count)

    @cache
    def derivation(octets: bytes) -> bytes:
        return hashlib.pbkdf2_hmac(hash_name, octets, salt.content, rounds, derived)

    return derivation


def key_length(kdf: Element) -> int:
    """Return the key length in the parameters of PBKDF2; 0 where there is none."""
    name, parameters = _identifier(kdf)
    if name != PBKDF2:
        raise UnknownKeyError
    sizes = [f for f in _fields(parameters, 2, 4)[2:] if f.tag == INTEGER]
    return _count(sizes[0]) if sizes else 0


def encrypt(
    plain: bytes,
    secret: Secret,
    form: KeyForm,
    *,
    random: Random,
    rounds: int,
) -> tuple[bytes, bytes]:
    """Return AlgorithmIdentifier and ciphertext.

    Raises:
        TooMuchWorkError: nobody could open it under these limits.
        ValueError: this form is only read.
    """
    if form not in _WRITERS:
        raise ValueError(form)
    if not 1 <= rounds <= MAX_ROUNDS:
        raise TooMuchWorkError
    algorithm = _WRITERS[form](random, rounds)
    scheme = read_scheme(read(algorithm))
    key, iv = scheme.derivations[0](secret)
    return algorithm, scheme.cipher.encrypt(plain, key, iv())


def _write_seed_sha1(random: Random, rounds: int) -> bytes:
    return sequence(oid(SEED_SHA1), _write_salt_and_rounds(random(8), rounds))


def _write_triple_des(random: Random, rounds: int) -> bytes:
    return sequence(oid(PKCS12_TRIPLE_DES), _write_salt_and_rounds(random(8), rounds))


def _write_pbes2_seed(random: Random, rounds: int) -> bytes:
    # Programs of the field read no PRF, and take HMAC-SHA1 (RFC 8018 A.2: the default).
    salt, iv = random(8), random(ciphers.SEED.block_bytes)
    kdf = sequence(oid(PBKDF2), _write_salt_and_rounds(salt, rounds))
    return sequence(
        oid(PBES2), sequence(kdf, sequence(oid(SEED_CBC), octet_string(iv)))
    )


def _write_pbes2_aes(random: Random, rounds: int) -> bytes:
    # RFC 8018 A.2: keyLength is left out; AES-256 says it.
    salt, iv = random(16), random(ciphers.AES_256.block_bytes)
    prf = sequence(oid(HMAC_SHA256), null())
    kdf = sequence(oid(PBKDF2), sequence(octet_string(salt), integer(rounds), prf))
    return sequence(
        oid(PBES2), sequence(kdf, sequence(oid(AES_256_CBC), octet_string(iv)))
    )


def _write_salt_and_rounds(salt: bytes, rounds: int) -> bytes:
    return sequence(octet_string(salt), integer(rounds))


_WRITERS: Final = {
    KeyForm.A: _write_seed_sha1,
    KeyForm.B: _write_pbes2_seed,
    KeyForm.D: _write_pbes2_aes,
    KeyForm.P: _write_triple_des,
}


def _pbes1(hash_name: str, cipher: CbcCipher, parameters: Element | None) -> Scheme:
    salt, rounds = _salt_and_rounds(parameters)

    def derivation(secret: Secret) -> tuple[bytes, LazyIv]:
        derived = pbkdf1(secret.octets, salt, rounds, hash_name)
        return derived[:8], lambda: derived[8:16]

    return Scheme(KeyForm.P, cipher, (derivation,))


def _pbes2(parameters: Element | None) -> Scheme:
    kdf, encryption = _fields(parameters, 2, 2)
    name, options = _identifier(encryption)
    if name == RC2_CBC:
        cipher, iv = _rc2(options, kdf)
    elif name in CIPHERS and options is not None:
        cipher, iv = CIPHERS[name], options.expect(OCTET_STRING).content
    else:
        raise UnknownKeyError
    if len(iv) != cipher.block_bytes:
        raise DerError
    derivation = (
        _scrypt(kdf, cipher.key_bytes)
        if _identifier(kdf)[0] == SCRYPT
        else pbkdf2(kdf, cipher.key_bytes)
    )
    form = KeyForm.B if name == SEED_CBC else KeyForm.D
    return Scheme(
        form, cipher, (lambda secret: (derivation(secret.octets), lambda: iv),)
    )


def _rc2(options: Element | None, kdf: Element) -> tuple[CbcCipher, bytes]:
    """Return RC2 and its IV (RFC 8018 B.2.3); PBKDF2 says how long the key is."""
    *version, iv = _fields(options, 1, 2)
    number = _count(version[0]) if version else 0
    bits = _RC2_VERSIONS.get(number)
    key_bytes = key_length(kdf) or _RC2_BYTES
    if bits is None or key_bytes not in _RC2_KEY_BYTES:
        raise UnknownKeyError
    return ciphers.rc2(key_bytes, bits), iv.expect(OCTET_STRING).content


def _scrypt(kdf: Element, key_bytes: int) -> Callable[[bytes], bytes]:
    """Return the derivation of scrypt parameters (RFC 7914 7)."""
    salt, *numbers = _fields(_identifier(kdf)[1], 4, 5)
    salt.expect(OCTET_STRING)
    n, r, p, *length = map(_count, numbers)
    if n < 2 or n & (n - 1):
        raise DerError
    if length and length[0] != key_bytes:
        raise UnknownKeyError

    @cache
    def derivation(octets: bytes) -> bytes:
        return Scrypt(salt=salt.content, length=key_bytes, n=n, r=r, p=p).derive(octets)

    return derivation


def _pkcs12(cipher: CbcCipher, parameters: Element | None) -> Scheme:
    salt, rounds = _salt_and_rounds(parameters)

    @cache
    def derived(characters: bytes, purpose: Purpose, size: int) -> bytes:
        return derive(
            *(characters, salt, rounds),
            size=size,
            purpose=purpose,
            hash="sha1",
        )

    def derivation(secret: Secret) -> tuple[bytes, LazyIv]:
        characters = secret.characters
        key = derived(characters, Purpose.KEY, cipher.key_bytes)
        return key, lambda: derived(characters, Purpose.IV, cipher.block_bytes)

    return Scheme(KeyForm.P, cipher, (derivation,))


def _seed(name: str, parameters: Element | None) -> Scheme:
    if parameters is not None and parameters.tag == OCTET_STRING:
        raise UnknownKeyError  # an IV alone does not say how the key is derived
    salt, rounds = _salt_and_rounds(parameters)

    def with_own_iv(secret: Secret) -> tuple[bytes, LazyIv]:
        derived = pbkdf1(secret.octets, salt, rounds)
        iv = hashlib.sha1(derived[16:]).digest()[:16]  # noqa: S324
        return derived[:16], lambda: iv

    def with_fixed_iv(secret: Secret) -> tuple[bytes, LazyIv]:
        return pbkdf1(secret.octets, salt, rounds)[:16], lambda: _FIXED_IV

    def with_pbkdf2(secret: Secret) -> tuple[bytes, LazyIv]:
        key = hashlib.pbkdf2_hmac("sha1", secret.octets, salt, rounds, 16)
        return key, lambda: _FIXED_IV

    if name == SEED_SHA1:
        return Scheme(KeyForm.A, ciphers.SEED, (with_own_iv,))
    return Scheme(KeyForm.C, ciphers.SEED, (with_fixed_iv, with_pbkdf2))


def pbkdf1(octets: bytes, salt: bytes, rounds: int, hash_name: str = "sha1") -> bytes:
    """Return all octets that PBKDF1 derives (RFC 8018 5.1)."""
    derived = octets + salt
    digest = getattr(hashlib, hash_name)
    for _ in range(rounds):
        derived = digest(derived).digest()
    return derived


def _salt_and_rounds(parameters: Element | None) -> tuple[bytes, int]:
    salt, count = _fields(parameters, 2, 2)
    return salt.expect(OCTET_STRING).content, _rounds(count)


def _identifier(algorithm: Element) -> tuple[str, Element | None]:
    """Return name and parameters of an AlgorithmIdentifier."""
    parts = algorithm.expect(SEQUENCE).children()
    if not 1 <= len(parts) <= 2:
        raise DerError
    return parts[0].oid(), parts[1] if len(parts) == 2 else None


def _fields(parameters: Element | None, minimum: int, maximum: int) -> list[Element]:
    if parameters is None:
        raise DerError
    fields = parameters.expect(SEQUENCE).children()
    if not minimum <= len(fields) <= maximum:
        raise DerError
    return fields


def _rounds(count: Element) -> int:
    """Return a count that kdf_limits.py has let through."""
    rounds = _count(count)
    if rounds > MAX_ROUNDS:
        raise TooMuchWorkError
    return rounds


def _count(element: Element) -> int:
    number = int.from_bytes(element.integer(), signed=True)
    if number < 1:
        raise DerError
    return number
