"""A private key encrypted under a password: signPri.key and its kin.

Pure. EncryptedPrivateKeyInfo (RFC 5958 3) in DER, BER or PEM. What is decrypted stays
as it is, byte for byte: R, an attribute inside, is lost when a library writes a key
anew. JavaScript twin: frontend/npki/key_file.js.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import (
    PrivateKeyTypes,
    PublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from mobile_bridge.core.bundle import MAX_FILE_BYTES
from mobile_bridge.npki.encryption.kdf_limits import get_algorithm
from mobile_bridge.npki.encryption.password import candidate_secrets, written_secret
from mobile_bridge.npki.encryption.pbe import (
    KeyForm,
    Random,
    decrypt,
    encrypt,
    read_scheme,
)
from mobile_bridge.npki.errors import (
    KeyFormError,
    MismatchError,
    OpensslKeyError,
    PlainKeyError,
    TooLargeFileError,
    UnknownKeyError,
)
from mobile_bridge.npki.files.pem import PemKind, is_pem, read_pem
from mobile_bridge.pki.ber import to_der
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import (
    EXPLICIT_0,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    Element,
    read,
)
from mobile_bridge.pki.der_writer import integer, null, octet_string, sequence

__all__ = [
    "ROUNDS",
    "KeyForm",
    "change_password",
    "check_key_pair",
    "decrypt_key",
    "encrypt_key",
    "is_private_key_info",
    "read_encrypted_key",
    "read_form",
    "to_private_key_info",
]

# Form A as the field has it; others as OWASP advises for their hash.
ROUNDS: Final = {
    KeyForm.A: 2_048,
    KeyForm.B: 1_300_000,
    KeyForm.D: 600_000,
    KeyForm.P: 50_000,
}
MAX_RSA_BITS: Final = 8192
_MAX_CHECKED_RSA_BITS: Final = 4096  # the library takes seconds for more
# RFC 4055 1.2, 3.1, 4.1: one kind of key, whatever it is for; RFC 5480 2.1.1.
_RSA: Final = frozenset(f"1.2.840.113549.1.1.{arc}" for arc in (1, 7, 10))
_EC: Final = "1.2.840.10045.2.1"
_EDWARDS: Final = frozenset(f"1.3.101.{arc}" for arc in range(110, 114))  # RFC 8410 3
_MAX_VERSION: Final = 1  # RFC 5958 2: 0, or 1 with the public key
_RSA_PARTS: Final = 9  # RFC 8017 A.1.2
_RSA_ENCRYPTION: Final = bytes.fromhex("06092a864886f70d010101")
_EC_PUBLIC_KEY: Final = bytes.fromhex("06072a8648ce3d0201")
_PEM_KEYS: Final = (PemKind.ENCRYPTED_KEY, PemKind.PLAIN_KEY, PemKind.OTHER_KEY)


def read_form(octets: bytes) -> KeyForm:
    """Return how a key file is encrypted.

    Raises:
        PlainKeyError: it is not encrypted.
        KeyFormError: it is no key file, or damaged.
        UnknownKeyError: it is encrypted in a way that is not known here.
        TooMuchWorkError: it asks for more work than an honest file.
        TooLargeFileError: it is larger than a key file.
    """
    return read_scheme(_algorithm(read_encrypted_key(octets))).form


def read_encrypted_key(octets: bytes) -> bytes:
    """Return a key file as EncryptedPrivateKeyInfo in DER; it may come in BER or PEM.

    Raises:
        PlainKeyError: it is not encrypted.
        KeyFormError: it is no key file, or damaged.
        OpensslKeyError: it is PEM that OpenSSL encrypted in its own way.
        TooLargeFileError: it is larger than a key file.
    """
    if len(octets) > MAX_FILE_BYTES:
        raise TooLargeFileError
    try:
        der = to_der(_from_pem(octets))
        if is_private_key_info(der):
            raise PlainKeyError
        get_algorithm(der).children()[0].oid()
        _ciphertext(der)
    except (DerError, IndexError):
        raise KeyFormError from None
    return der


def decrypt_key(octets: bytes, password: str) -> bytes:
    """Return the PrivateKeyInfo of a key file, byte for byte.

    Raises:
        WrongPasswordError: no reading of the password opens it.
        PlainKeyError, KeyFormError, UnknownKeyError, TooMuchWorkError,
        TooLargeFileError: as `read_form`.
    """
    der = read_encrypted_key(octets)
    secrets = candidate_secrets(password)
    return decrypt(
        _algorithm(der), _ciphertext(der), secrets, accepts=is_private_key_info
    )


def encrypt_key(
    private_key_info: bytes,
    password: str,
    form: KeyForm,
    *,
    random: Random,
    rounds: int | None = None,
) -> bytes:
    """Return a key file in form A, B, D (AES-256) or P (triple DES); C is only read.

    Raises:
        KeyFormError: this is no PrivateKeyInfo.
        PasswordEncodingError: the password came in bytes that are not UTF-8.
        TooMuchWorkError: with so many rounds nobody could open it.
        ValueError: form C.
    """
    if not is_private_key_info(private_key_info):
        raise KeyFormError
    algorithm, ciphertext = encrypt(
        *(private_key_info, written_secret(password), form),
        random=random,
        rounds=ROUNDS.get(form, 0) if rounds is None else rounds,
    )
    return sequence(algorithm, octet_string(ciphertext))


def change_password(
    octets: bytes,
    password: str,
    new_password: str,
    *,
    random: Random,
    form: KeyForm | None = None,
    rounds: int | None = None,
) -> bytes:
    """Return a key file with the same bytes under another password.

    It keeps its form, except that C becomes A, which every reader of C reads too.

    Raises:
        WrongPasswordError: the old password does not open it.
        NpkiError: as `decrypt_key` and `encrypt_key`.
    """
    was = read_form(octets)
    form = form or (KeyForm.A if was is KeyForm.C else was)
    plain = decrypt_key(octets, password)
    return encrypt_key(plain, new_password, form, random=random, rounds=rounds)


def check_key_pair(private_key_info: bytes, certificate: bytes) -> None:
    """Accept a key that is the certificate's.

    Raises:
        MismatchError: it is another one's.
        UnknownKeyError: one of them is of a kind that cannot be compared here.
        DerError: the certificate cannot be read.
    """
    try:
        own = _public_of_key(private_key_info)
        if own != _public_of_certificate(certificate):
            raise MismatchError
    except UnknownKeyError:
        # What cannot be compared differs all the same, if it is of different kinds.
        if _are_of_different_kinds(private_key_info, certificate):
            raise MismatchError from None
        raise


def is_private_key_info(octets: bytes) -> bool:
    """Say whether these bytes have the form of a PrivateKeyInfo (RFC 5958 2)."""
    try:
        version, algorithm, key, *_ = read(to_der(octets)).children()
        algorithm.expect(SEQUENCE).children()[0].oid()
        key.expect(OCTET_STRING)
        return int.from_bytes(version.integer(), signed=True) in (0, _MAX_VERSION)
    except (DerError, ValueError, IndexError):
        return False


def _are_of_different_kinds(private_key_info: bytes, certificate: bytes) -> bool:
    """Say whether key and certificate name algorithms that have no key in common."""
    try:
        spki = read(read_certificate(certificate).spki)
        kinds = {_kind(read(to_der(private_key_info)).children()[1])}
        kinds.add(_kind(spki.children()[0]))
    except (DerError, IndexError):
        return False
    return len(kinds) == 2 and None not in kinds


def _kind(algorithm: Element) -> str | None:
    """Return the kind of a key, by its curve if it has one; None if nobody knows it."""
    name, *parameters = algorithm.expect(SEQUENCE).children()
    if name.oid() in _RSA:
        return "rsa"
    if name.oid() != _EC:
        return name.oid() if name.oid() in _EDWARDS else None
    # RFC 5480 2.1.1: a named curve; others write the whole curve down.
    is_named = parameters and parameters[0].tag == OID
    return parameters[0].oid() if is_named else None


def to_private_key_info(key: bytes) -> bytes:
    """Return a key in the clear as PrivateKeyInfo; one that is such, as it is.

    Else it is what OpenSSL wrote before PKCS#8: RSAPrivateKey (RFC 8017 A.1.2) or
    ECPrivateKey with its curve (RFC 5915 3).

    Raises:
        UnknownKeyError: it is none of these.
    """
    if is_private_key_info(key):
        return key
    try:
        parts = read(key).children()
        algorithm = _algorithm_of(parts)
    except (DerError, IndexError):
        raise UnknownKeyError from None
    return sequence(integer(0), algorithm, octet_string(key))


def _algorithm_of(parts: Sequence[Element]) -> bytes:
    """Return the AlgorithmIdentifier of RSAPrivateKey or ECPrivateKey."""
    tags = [part.tag for part in parts]
    if len(tags) >= _RSA_PARTS and set(tags[:_RSA_PARTS]) == {INTEGER}:
        return sequence(_RSA_ENCRYPTION, null())
    curve = next((part for part in parts if part.tag == EXPLICIT_0), None)
    if tags[:2] != [INTEGER, OCTET_STRING] or curve is None:
        raise UnknownKeyError
    return sequence(_EC_PUBLIC_KEY, curve.children()[0].whole)


def _from_pem(octets: bytes) -> bytes:
    if not is_pem(octets):
        return octets
    for block in read_pem(octets):
        if block.kind not in _PEM_KEYS:
            continue
        if block.is_locked:
            raise OpensslKeyError
        if block.kind is not PemKind.ENCRYPTED_KEY:
            raise PlainKeyError
        return block.der
    raise KeyFormError


def _algorithm(der: bytes) -> Element:
    return get_algorithm(der)


def _ciphertext(der: bytes) -> bytes:
    return read(der).children()[1].expect(OCTET_STRING).content


def _public_of_key(private_key_info: bytes) -> bytes:
    try:
        return _spki(_load(to_der(private_key_info)).public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm, DerError):
        raise UnknownKeyError from None
    except BaseException as panic:
        # A part of the library that gives up is no Exception; it is no bug of ours.
        if type(panic).__name__ != "PanicException":
            raise
        raise UnknownKeyError from None


def _load(der: bytes) -> PrivateKeyTypes:
    key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        return key
    if key.key_size > MAX_RSA_BITS:
        raise UnknownKeyError
    if key.key_size <= _MAX_CHECKED_RSA_BITS:
        return load_der_private_key(der, None)
    numbers = key.private_numbers()
    if numbers.p * numbers.q != numbers.public_numbers.n:
        raise UnknownKeyError
    return key


def _public_of_certificate(certificate: bytes) -> bytes:
    spki = read_certificate(certificate).spki
    try:
        return _spki(load_der_public_key(spki))
    except (ValueError, UnsupportedAlgorithm):
        raise UnknownKeyError from None


def _spki(key: PublicKeyTypes) -> bytes:
    """Return a public key in the one form that keys are compared in."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
