"""PKCS#12 files (RFC 7292): keys and certificates in one, under a password.

Pure. Keys come out byte for byte, as PrivateKeyInfo and as they lie encrypted in the
file: libraries write a key anew, and R, an attribute inside, is lost on the way. What
was written in BER is made DER. JavaScript twin: frontend/npki/pfx.js.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

from mobile_bridge.npki.encryption.kdf_limits import (
    check_algorithms,
    check_rounds,
    get_algorithm,
)
from mobile_bridge.npki.encryption.password import (
    Secret,
    candidate_secrets,
    is_undecoded,
    written_secret,
)
from mobile_bridge.npki.encryption.pbe import (
    PRFS,
    KeyForm,
    Random,
    decrypt,
    encrypt,
    key_length,
    pbkdf2,
    read_scheme,
)
from mobile_bridge.npki.encryption.pkcs12_kdf import Purpose, derive
from mobile_bridge.npki.errors import (
    KeyFormError,
    KeyMissingError,
    PasswordNotAsciiError,
    PfxDamagedError,
    PfxError,
    TooLargeFileError,
    UnknownKeyError,
    WrongPasswordError,
)
from mobile_bridge.npki.key_file import ROUNDS, encrypt_key, is_private_key_info
from mobile_bridge.pki.ber import MAX_BYTES, to_der
from mobile_bridge.pki.der import (
    EXPLICIT_0,
    OCTET_STRING,
    SEQUENCE,
    SET,
    DerError,
    Element,
    read,
)
from mobile_bridge.pki.der_writer import (
    bmp_string,
    integer,
    null,
    octet_string,
    oid,
    sequence,
    set_of,
    tagged,
    tlv,
)

Encoding = Literal["modern", "older"]

MAX_FRIENDLY_NAME: Final = 256
_VERSION: Final = b"\x03"
_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
# Signed or enveloped data: under a public key instead of a password (RFC 7292 3.1).
_UNDER_A_KEY: Final = frozenset(("1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"))
_KEY_BAG: Final = "1.2.840.113549.1.12.10.1.1"
_SHROUDED_KEY_BAG: Final = "1.2.840.113549.1.12.10.1.2"
_CERTIFICATE_BAG: Final = "1.2.840.113549.1.12.10.1.3"
_SAFE_CONTENTS_BAG: Final = "1.2.840.113549.1.12.10.1.6"
_READ_BAGS: Final = frozenset((_KEY_BAG, _SHROUDED_KEY_BAG, _CERTIFICATE_BAG))
_X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"
_TRUSTED_KEY_USAGE: Final = "2.16.840.1.113894.746875.1.1"  # of Java's key stores
_PBMAC1: Final = "1.2.840.113549.1.5.14"  # RFC 9579
_MIN_MAC_KEY: Final = 20
_SHA1: Final = "1.3.14.3.2.26"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_DIGESTS: Final = {
    _SHA1: "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    _SHA256: "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
}
_IMPLICIT_OCTETS: Final = 0x80
_MAX_NESTED_SAFES: Final = 4
# What is written: form, rounds of the MAC, its digest and the octets of a salt. The MAC
# is the cheapest way to try passwords, so the usual 2,048 rounds will not do.
_ENCODINGS: Final = {
    "modern": (KeyForm.D, 100_000, _SHA256, 16),
    "older": (KeyForm.P, ROUNDS[KeyForm.P], _SHA1, 8),
}


@dataclass(frozen=True, slots=True)
class PfxKey:
    """A private key; `encrypted_key` is None where it lay in the clear."""

    private_key_info: bytes = field(repr=False)
    encrypted_key: bytes | None = field(repr=False)
    friendly_name: str | None = None
    local_key_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class PfxCertificate:
    """A certificate in DER."""

    der: bytes
    friendly_name: str | None = None
    local_key_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class PfxContents:
    """What a PKCS#12 file holds, in its order."""

    keys: tuple[PfxKey, ...]
    certificates: tuple[PfxCertificate, ...]
    has_other_entries: bool = False  # secrets, revocation lists, trusted certificates


def read_pfx(octets: bytes, password: str) -> PfxContents:
    """Return keys and certificates of a PKCS#12 file.

    Raises:
        WrongPasswordError: no reading of the password opens it.
        PfxDamagedError: it opens the keys, but the file was changed since.
        PfxError: it is no such file, or damaged.
        UnknownKeyError: a part is protected in a way that is not known here.
        TooMuchWorkError: it asks for more work than an honest file.
        TooLargeFileError: it is larger than such a file.
    """
    pfx = _parse(octets)
    try:
        return _open(pfx, candidate_secrets(password))
    except (DerError, KeyFormError):
        raise PfxError from None


def encrypted_keys(octets: bytes) -> list[bytes]:
    """Return every EncryptedPrivateKeyInfo that lies open in a PKCS#12 file, in DER.

    Raises:
        PfxError: it is no such file, or damaged.
        KeyMissingError: it has no such key.
        UnknownKeyError, TooMuchWorkError, TooLargeFileError: as `read_pfx`.
    """
    keys = _parse(octets).encrypted_keys
    if not keys:
        raise KeyMissingError
    return keys


def has_plain_key(octets: bytes) -> bool:
    """Say whether a private key lies in a PKCS#12 file without any encryption.

    Raises:
        PfxError: it is no such file, or damaged.
        UnknownKeyError, TooMuchWorkError, TooLargeFileError: as `read_pfx`.
    """
    return any(bag.kind == _KEY_BAG for bag in _parse(octets).open_bags)


def write_pfx(
    private_key_info: bytes,
    certificate: bytes,
    chain: Sequence[bytes],
    password: str,
    *,
    random: Random,
    friendly_name: str = "",
    encoding: Encoding = "modern",
) -> bytes:
    """Return a PKCS#12 file with one key, its certificate and the issuers.

    Modern is PBES2 with AES-256 and a MAC with HMAC-SHA256; older is triple DES and
    HMAC-SHA1, for devices that read nothing else.

    Raises:
        PasswordNotAsciiError: readers would disagree on the password.
        KeyFormError: this is no PrivateKeyInfo.
    """
    if not re.fullmatch(r"[ -~]+", password):
        raise PasswordNotAsciiError
    form, mac_rounds, digest, salt_bytes = _ENCODINGS[encoding]
    secret, labels = written_secret(password), _labels(certificate, friendly_name)
    bags = [_certificate_bag(certificate, labels), *map(_certificate_bag, chain)]
    certificates = encrypt(
        sequence(*bags), secret, form, random=random, rounds=ROUNDS[form]
    )
    key = encrypt_key(private_key_info, password, form, random=random)
    safe = sequence(
        _encrypted_info(*certificates),
        _data_info(sequence(_bag(_SHROUDED_KEY_BAG, key, labels))),
    )
    salt = random(salt_bytes)
    mac = _pkcs12_mac(_DIGESTS[digest], salt, mac_rounds)(secret, safe)
    digest_info = sequence(sequence(oid(digest), null()), octet_string(mac))
    mac_data = sequence(digest_info, octet_string(salt), integer(mac_rounds))
    return sequence(integer(3), _data_info(safe), mac_data)


# A MAC over octets, by a reading of the password.
Mac = Callable[[Secret, bytes], bytes]


@dataclass(frozen=True, slots=True)
class _Bag:
    kind: str
    value: Element
    attributes: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class _EncryptedSafe:
    algorithm: Element
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class _Pfx:
    """A file whose form is right, nothing of it opened; safes in their order."""

    content: bytes
    safes: tuple[tuple[_Bag, ...] | _EncryptedSafe, ...]
    mac_data: Element | None
    mac: Mac | None = None

    @property
    def open_bags(self) -> list[_Bag]:
        """The bags that can be seen without a password."""
        return [
            bag
            for safe in self.safes
            if not isinstance(safe, _EncryptedSafe)
            for bag in safe
        ]

    @property
    def encrypted_keys(self) -> list[bytes]:
        return [bag.value.whole for bag in self.open_bags if _is_shrouded(bag)]

    @property
    def encryptions(self) -> list[Element]:
        """The algorithms that can be seen before anything is opened."""
        safes = [safe for safe in self.safes if isinstance(safe, _EncryptedSafe)]
        keys = map(get_algorithm, self.encrypted_keys)
        return [*(safe.algorithm for safe in safes), *keys]

    def algorithms(self) -> Iterator[Element]:
        """Give each algorithm that asks for work before anything is opened."""
        yield from self.encryptions
        if self.mac_data:
            yield self.mac_data.children()[0].children()[0]


def _parse(octets: bytes) -> _Pfx:
    """Read the outside: its form, the work it asks for, and whether it can be opened.

    What no password opens is told before one is tried.
    """
    if len(octets) > MAX_BYTES:
        raise TooLargeFileError
    try:
        pfx = _read_outside(octets)
        check_algorithms(*pfx.algorithms())
        for algorithm in pfx.encryptions:
            read_scheme(algorithm)
        return replace(pfx, mac=_mac(pfx.mac_data) if pfx.mac_data else None)
    except (DerError, KeyFormError):
        raise PfxError from None


def _read_outside(octets: bytes) -> _Pfx:
    # PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }
    parts = read(to_der(octets)).children()
    if not 2 <= len(parts) <= 3 or parts[0].integer() != _VERSION:
        raise DerError
    kind, value = _pair(parts[1])
    _expect(kind, _DATA)
    content = _one(value).expect(OCTET_STRING).content
    safes = tuple(_safe(info) for info in read(to_der(content)).children())
    mac_data = _mac_data(parts[2]) if len(parts) == 3 else None
    return _Pfx(content, safes, mac_data)


def _safe(info: Element) -> tuple[_Bag, ...] | _EncryptedSafe:
    """Read one ContentInfo of the AuthenticatedSafe."""
    kind, value = _pair(info)
    if kind == _DATA:
        return tuple(_bags(_one(value).expect(OCTET_STRING).content))
    _expect(kind, _ENCRYPTED_DATA)
    # EncryptedData ::= SEQUENCE { version, encryptedContentInfo, … } (RFC 5652 8)
    data = _one(value).expect(SEQUENCE).children()
    content = data[1].expect(SEQUENCE).children() if len(data) > 1 else []
    if len(content) != 3:
        raise DerError
    return _EncryptedSafe(content[1].expect(SEQUENCE), _implicit_octets(content[2]))


def _expect(kind: str, expected: str) -> None:
    if kind in _UNDER_A_KEY:
        raise UnknownKeyError
    if kind != expected:
        raise DerError


def _implicit_octets(string: Element) -> bytes:
    """Return an OCTET STRING under [0], which BER may have in pieces."""
    if string.tag == _IMPLICIT_OCTETS:
        return string.content
    pieces = string.expect(EXPLICIT_0).children()
    return b"".join(piece.expect(OCTET_STRING).content for piece in pieces)


def _bags(contents: bytes, depth: int = _MAX_NESTED_SAFES) -> Iterator[_Bag]:
    """Give the bags of SafeContents, and those of safes inside them."""
    yield from _bags_in(read(to_der(contents)), depth)


def _bags_in(contents: Element, depth: int) -> Iterator[_Bag]:
    if depth == 0:
        raise DerError
    for element in contents.expect(SEQUENCE).children():
        parts = element.expect(SEQUENCE).children()
        if not 2 <= len(parts) <= 3:
            raise DerError
        kind, value = parts[0].oid(), _one(parts[1].expect(EXPLICIT_0))
        if kind == _SAFE_CONTENTS_BAG:
            yield from _bags_in(value, depth - 1)
            continue
        if kind in _READ_BAGS:
            value.expect(SEQUENCE)
        attributes = parts[2].expect(SET).children() if len(parts) == 3 else []
        yield _Bag(kind, value, tuple(attributes))


def _mac_data(element: Element) -> Element:
    """Accept MacData ::= SEQUENCE { mac DigestInfo, macSalt, iterations DEFAULT 1 }."""
    parts = element.expect(SEQUENCE).children()
    if not 2 <= len(parts) <= 3:
        raise DerError
    digest_info = parts[0].expect(SEQUENCE).children()
    if len(digest_info) != 2:
        raise DerError
    digest_info[0].expect(SEQUENCE)
    digest_info[1].expect(OCTET_STRING)
    parts[1].expect(OCTET_STRING)
    for rounds in parts[2:]:
        check_rounds(rounds)
    return element


def _open(pfx: _Pfx, secrets: list[Secret]) -> PfxContents:
    """Open all with the first reading of the password that fits MAC and parts."""
    fitting = _with_right_mac(pfx, secrets)
    if not fitting:
        if _opens_a_part(pfx, [secret for secret in secrets if not _is_padded(secret)]):
            raise PfxDamagedError
        raise WrongPasswordError
    wrong = WrongPasswordError()
    for secret in fitting:
        try:
            return _contents(pfx, secret)
        except WrongPasswordError as error:
            wrong = error
    raise wrong


def _with_right_mac(pfx: _Pfx, secrets: list[Secret]) -> list[Secret]:
    if pfx.mac_data is None or pfx.mac is None:
        return secrets
    expected = pfx.mac_data.children()[0].children()[1].content
    return [
        secret
        for secret in secrets
        if hmac.compare_digest(pfx.mac(secret, pfx.content), expected)
    ]


def _is_padded(secret: Secret) -> bool:
    """Say whether HMAC, and so PBKDF2, takes it for a shorter password (RFC 2104 2).

    It fills its key with zeros: what opens is no sign that the password is right.
    """
    return secret.octets.endswith(b"\0")


def _opens_a_part(pfx: _Pfx, secrets: Iterable[Secret]) -> bool:
    """Say whether the password is right all the same: then the file is damaged."""
    safes = [safe for safe in pfx.safes if isinstance(safe, _EncryptedSafe)]
    return any(_opens_key(read(key), secrets) for key in pfx.encrypted_keys) or any(
        _opens_safe(safe, secrets) for safe in safes
    )


def _opens_key(encrypted: Element, secrets: Iterable[Secret]) -> bool:
    try:
        _decrypt_key(encrypted, secrets)
    except (WrongPasswordError, KeyFormError, UnknownKeyError):
        return False
    return True


def _opens_safe(safe: _EncryptedSafe, secrets: Iterable[Secret]) -> bool:
    try:
        _decrypt_safe(safe, secrets)
    except (WrongPasswordError, KeyFormError, UnknownKeyError):
        return False
    return True


def _mac(mac_data: Element) -> Mac:
    parts = mac_data.children()
    algorithm = parts[0].children()[0].children()
    name = algorithm[0].oid() if algorithm else ""
    if name == _PBMAC1:
        return _pbmac1(algorithm[1:])
    if name not in _DIGESTS:
        raise UnknownKeyError
    rounds = check_rounds(parts[2]) if len(parts) == 3 else 1
    return _pkcs12_mac(_DIGESTS[name], parts[1].content, rounds)


def _pkcs12_mac(digest: str, salt: bytes, rounds: int) -> Mac:
    """Return HMAC under a key of PKCS#12's own derivation (RFC 7292 B)."""
    size = hashlib.new(digest).digest_size

    @cache
    def mac_key(characters: bytes) -> bytes:
        return derive(
            *(characters, salt, rounds),
            size=size,
            purpose=Purpose.MAC,
            hash=digest,
        )

    def mac(secret: Secret, content: bytes) -> bytes:
        return hmac.digest(mac_key(secret.characters), content, digest)

    return mac


def _pbmac1(parameters: list[Element]) -> Mac:
    """Return the MAC of RFC 9579: PBKDF2, and an HMAC."""
    fields = parameters[0].expect(SEQUENCE).children() if parameters else []
    if len(fields) != 2:
        raise DerError
    scheme = fields[1].expect(SEQUENCE).children()
    digest = PRFS.get(scheme[0].oid()) if scheme else None
    if digest is None:
        raise UnknownKeyError
    # RFC 9579 5: keyLength is there, and no shorter than the digest of SHA-1.
    if key_length(fields[0]) < _MIN_MAC_KEY:
        raise DerError
    derivation = pbkdf2(fields[0], None)
    return lambda secret, content: hmac.digest(
        derivation(secret.octets), content, digest
    )


def _contents(pfx: _Pfx, secret: Secret) -> PfxContents:
    safes = [
        tuple(_decrypt_bags(safe, secret)) if isinstance(safe, _EncryptedSafe) else safe
        for safe in pfx.safes
    ]
    bags = [bag for safe in safes for bag in safe]
    shrouded = [get_algorithm(b.value.whole) for b in bags if _is_shrouded(b)]
    # What was hidden in an encrypted safe counts too.
    check_algorithms(*pfx.algorithms(), *shrouded[len(pfx.encrypted_keys) :])
    keys = tuple(key for bag in bags for key in _keys(bag, secret))
    certificates = tuple(one for bag in bags for one in _certificates(bag))
    return PfxContents(keys, certificates, any(map(_is_other_entry, bags)))


def _is_other_entry(bag: _Bag) -> bool:
    """Say whether a bag is more than a key or a certificate of a chain."""
    return bag.kind not in _READ_BAGS or _TRUSTED_KEY_USAGE in dict(_attributes(bag))


def _is_shrouded(bag: _Bag) -> bool:
    return bag.kind == _SHROUDED_KEY_BAG


def _decrypt_bags(safe: _EncryptedSafe, secret: Secret) -> Iterator[_Bag]:
    return _bags(_decrypt_safe(safe, [secret]))


def _decrypt_safe(safe: _EncryptedSafe, secrets: Iterable[Secret]) -> bytes:
    return decrypt(safe.algorithm, safe.ciphertext, secrets, accepts=_is_sequence)


def _is_sequence(octets: bytes) -> bool:
    try:
        read(to_der(octets)).children()
    except DerError:
        return False
    return True


def _keys(bag: _Bag, secret: Secret) -> Iterator[PfxKey]:
    if bag.kind == _SHROUDED_KEY_BAG:
        plain = _decrypt_key(bag.value, [secret])
        yield PfxKey(plain, bag.value.whole, *_names(bag))
    elif bag.kind == _KEY_BAG:
        if not is_private_key_info(bag.value.whole):
            raise DerError
        yield PfxKey(bag.value.whole, None, *_names(bag))


def _decrypt_key(encrypted: Element, secrets: Iterable[Secret]) -> bytes:
    parts = encrypted.children()
    if len(parts) != 2:
        raise DerError
    ciphertext = parts[1].expect(OCTET_STRING).content
    return decrypt(parts[0], ciphertext, secrets, accepts=is_private_key_info)


def _certificates(bag: _Bag) -> Iterator[PfxCertificate]:
    if bag.kind != _CERTIFICATE_BAG:
        return
    kind, value = _pair(bag.value)
    if kind == _X509_CERTIFICATE:
        der = to_der(_one(value).expect(OCTET_STRING).content)
        yield PfxCertificate(der, *_names(bag))


def _names(bag: _Bag) -> tuple[str | None, bytes | None]:
    """Return friendlyName and localKeyId; one that is damaged harms nothing."""
    values = dict(_attributes(bag))
    name, key_id = values.get(_FRIENDLY_NAME), values.get(_LOCAL_KEY_ID)
    try:
        text = (name.text() or "").rstrip("\0") or None if name else None
    except DerError:
        text = None
    if text and is_undecoded(text):
        text = None  # half of a surrogate pair
    is_octets = key_id is not None and key_id.tag == OCTET_STRING
    return text, key_id.content if key_id and is_octets else None


def _attributes(bag: _Bag) -> Iterator[tuple[str, Element]]:
    for attribute in bag.attributes:
        try:
            name, values = attribute.expect(SEQUENCE).children()
            yield name.oid(), values.expect(SET).children()[0]
        except (DerError, ValueError, IndexError):
            continue


def _labels(certificate: bytes, friendly_name: str) -> bytes:
    """Return the attributes that tie a key and its certificate together."""
    key_id = set_of(octet_string(hashlib.sha256(certificate).digest()))
    labels = [sequence(oid(_LOCAL_KEY_ID), key_id)]
    if friendly_name:
        name = set_of(bmp_string(friendly_name[:MAX_FRIENDLY_NAME]))
        labels.append(sequence(oid(_FRIENDLY_NAME), name))
    return set_of(*labels)


def _bag(kind: str, value: bytes, *labels: bytes) -> bytes:
    return sequence(oid(kind), tagged(0, value), *labels)


def _certificate_bag(certificate: bytes, *labels: bytes) -> bytes:
    value = sequence(oid(_X509_CERTIFICATE), tagged(0, octet_string(certificate)))
    return _bag(_CERTIFICATE_BAG, value, *labels)


def _data_info(content: bytes) -> bytes:
    return sequence(oid(_DATA), tagged(0, octet_string(content)))


def _encrypted_info(algorithm: bytes, ciphertext: bytes) -> bytes:
    inside = sequence(oid(_DATA), algorithm, tlv(_IMPLICIT_OCTETS, ciphertext))
    return sequence(oid(_ENCRYPTED_DATA), tagged(0, sequence(integer(0), inside)))


def _pair(element: Element) -> tuple[str, Element]:
    """Return the identifier and the [0] value of a ContentInfo or a bag."""
    parts = element.expect(SEQUENCE).children()
    if len(parts) < 2:
        raise DerError
    return parts[0].oid(), parts[1].expect(EXPLICIT_0)


def _one(value: Element) -> Element:
    inside = value.children()
    if len(inside) != 1:
        raise DerError
    return inside[0]
