"""A holder's set, opened by its password: the key as it is, and its certificate. Pure.

What is decrypted stays the bytes that it was, so that R inside stays. JavaScript twin:
frontend/npki/sets/opening.js.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mobile_bridge.core.bundle import MAX_CA_FILES
from mobile_bridge.npki.errors import (
    KeyMissingError,
    MismatchError,
    NpkiError,
    UnknownKeyError,
)
from mobile_bridge.npki.files.file_contents import is_encrypted_key
from mobile_bridge.npki.files.folder import Holder, PfxFile
from mobile_bridge.npki.key_file import (
    check_key_pair,
    decrypt_key,
    read_form,
    to_private_key_info,
)
from mobile_bridge.npki.pfx import PfxContents, PfxKey, encrypted_keys, read_pfx
from mobile_bridge.npki.sets.ca_chain import build_chain
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import DerError

PLAIN: Final = "plain"


class CertificateMissingError(NpkiError):
    """There is a key, and no certificate of its own."""

    code = "certificate_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPair:
    """A certificate and its key, a PrivateKeyInfo byte for byte as it was made.

    `encrypted_key` is how the key lay there; None, if it lay in the clear.
    """

    certificate: bytes
    private_key_info: bytes = field(repr=False)
    encrypted_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSet:
    """The pair for signing, that for encryption if there is one, and the CA's chain."""

    signing: OpenedPair
    management: OpenedPair | None = None
    chain: tuple[bytes, ...] = ()


def read_key_form(source: Holder | PfxFile) -> str:
    """Return how the key of a set is encrypted: A, B, C, D, P, or `plain`.

    "" where there is no key, or where it is inside of what is encrypted.

    Raises:
        NpkiError: the key is damaged, or encrypted in a way that cannot be read.
    """
    if isinstance(source, PfxFile):
        try:
            return read_form(encrypted_keys(source.octets)[0])
        except KeyMissingError:
            return ""
    key = source.sign_key or source.km_key
    if key is None:
        return ""
    return PLAIN if not is_encrypted_key(key) else read_form(key)


def is_open(source: Holder | PfxFile) -> bool:
    """Say whether the key of a set lies in the clear, so that no password is needed."""
    key = source.sign_key if isinstance(source, Holder) else None
    return key is not None and not is_encrypted_key(key)


def open_set(source: Holder | PfxFile, password: str) -> OpenedSet:
    """Return a set with its keys decrypted.

    Raises:
        WrongPasswordError: the password does not open it.
        MismatchError: a key is not its certificate's.
        KeyMissingError, CertificateMissingError: half of the set is not there.
        NpkiError: it is damaged, or encrypted in a way that cannot be read.
    """
    if isinstance(source, PfxFile):
        return open_contents(read_pfx(source.octets, password))
    signing = _open_pair(source.sign_key, certificates_of(source), password)
    management = None
    if source.km_cert is not None or source.km_key is not None:
        certificates = [source.km_cert] if source.km_cert is not None else []
        management = _open_pair(source.km_key, certificates, password)
    return _with_chain(signing, management, (*source.ca, *source.candidates))


def open_contents(contents: PfxContents) -> OpenedSet:
    """Return the set in a PKCS#12 file that is open.

    Raises:
        KeyMissingError, CertificateMissingError: half of it is not there.
        MismatchError: no key has its certificate there.
        UnknownKeyError: no key has, and one of them cannot be compared.
    """
    if not contents.keys:
        raise KeyMissingError
    certificates = [certificate.der for certificate in contents.certificates]
    signing, *others = _pairs(contents.keys, certificates)
    name = read_certificate(signing.certificate).subject_der
    # The field's second pair is of the same holder.
    management = next(
        (p for p in others if read_certificate(p.certificate).subject_der == name), None
    )
    return _with_chain(signing, management, certificates)


def open_key(key: bytes | None, password: str) -> bytes:
    """Return the PrivateKeyInfo of a key of a holder, encrypted or in the clear.

    A key of one algorithm, as OpenSSL wrote it before PKCS#8, is put into one.

    Raises:
        KeyMissingError: there is none.
        WrongPasswordError: the password does not open it.
        NpkiError: it is damaged, or encrypted in a way that cannot be read.
    """
    if key is None:
        raise KeyMissingError
    if is_encrypted_key(key):
        return decrypt_key(key, password)
    return to_private_key_info(key)


def certificates_of(holder: Holder) -> Sequence[bytes]:
    """Return the certificates of which one is the signing key's."""
    return holder.candidates if holder.sign_cert is None else (holder.sign_cert,)


def find_own(private_key_info: bytes, certificates: Iterable[bytes]) -> bytes:
    """Return the certificate of a key.

    Raises:
        CertificateMissingError: there is no certificate that can be read.
        MismatchError: it is none of them.
        UnknownKeyError: it is none of those that it can be compared with.
    """
    refusals: list[NpkiError] = []
    for certificate in certificates:
        try:
            check_key_pair(private_key_info, certificate)
        except (MismatchError, UnknownKeyError) as error:
            refusals.append(error)
        except DerError:
            continue
        else:
            return certificate
    raise _weightiest(refusals)


def _weightiest(refusals: Sequence[NpkiError]) -> NpkiError:
    """Return what is true of all: nobody differs where one was not compared."""
    unknown = (error for error in refusals if isinstance(error, UnknownKeyError))
    return next(unknown, refusals[0] if refusals else CertificateMissingError())


def _open_pair(
    key: bytes | None, certificates: Iterable[bytes], password: str
) -> OpenedPair:
    plain = open_key(key, password)
    return OpenedPair(
        certificate=find_own(plain, certificates),
        private_key_info=plain,
        encrypted_key=key if key is not None and is_encrypted_key(key) else None,
    )


def _pairs(keys: Iterable[PfxKey], certificates: Sequence[bytes]) -> list[OpenedPair]:
    """Return the keys that have their certificate there, at least one."""
    pairs: list[OpenedPair] = []
    refusals: list[NpkiError] = []
    for key in keys:
        try:
            own = find_own(key.private_key_info, certificates)
        except NpkiError as error:
            refusals.append(error)
            continue
        pairs.append(
            OpenedPair(
                certificate=own,
                private_key_info=key.private_key_info,
                encrypted_key=key.encrypted_key,
            )
        )
    if not pairs:
        raise _weightiest(refusals)
    return pairs


def _with_chain(
    signing: OpenedPair, management: OpenedPair | None, around: Sequence[bytes]
) -> OpenedSet:
    own = [pair.certificate for pair in (signing, management) if pair is not None]
    chain = build_chain(own, around)[:MAX_CA_FILES]
    return OpenedSet(signing=signing, management=management, chain=tuple(chain))
