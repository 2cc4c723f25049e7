"""The authority's private keys at rest: PKCS#8 encrypted with a passphrase."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webapp.pki.errors import KeyFileError, WrongPassphraseError
from webapp.pki.key_policy import MODULI, KeyKind, kind_of

AuthorityKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_BITS: Final = {kind: bits for bits, kind in MODULI.items()}
_CURVES: Final = {KeyKind.P_256: ec.SECP256R1(), KeyKind.P_384: ec.SECP384R1()}


def new_key(kind: KeyKind) -> AuthorityKey:
    """Make a private key of `kind` from the system's random source."""
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    return rsa.generate_private_key(65537, _BITS[kind])


def encrypt_key(key: AuthorityKey, passphrase: bytes) -> bytes:
    """Return the key as PEM, encrypted under the passphrase."""
    if not passphrase:
        raise ValueError("an empty passphrase protects nothing")
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def load_key(pem: bytes, passphrase: bytes) -> AuthorityKey:
    """Open a key file.

    Raises:
        WrongPassphraseError: when the passphrase does not open it.
        KeyFileError: when it is no key file, or lies there without encryption.
        UnsupportedKeyError: when it holds a key too small or on another curve.
    """
    # A key that anyone can read must not come into use unnoticed.
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in pem:
        raise KeyFileError
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except UnsupportedAlgorithm as error:
        raise KeyFileError from error
    except (ValueError, TypeError) as error:  # TypeError: it is empty
        raise WrongPassphraseError from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyFileError
    kind_of(key.public_key())
    return key


def hash_for(key: AuthorityKey) -> hashes.SHA256 | hashes.SHA384:
    """Return the hash a key signs with: one as strong as its curve."""
    return hashes.SHA384() if key.key_size == 384 else hashes.SHA256()
