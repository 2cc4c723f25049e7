"""Authority keys lie encrypted, and only the passphrase opens them."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.makers import key_of
from tests.support.external_verifiers import openssl
from webapp.pki.ca_key import encrypt_key, load_key, new_key
from webapp.pki.errors import KeyFileError, UnsupportedKeyError, WrongPassphraseError
from webapp.pki.key_policy import KeyKind

PASSPHRASE = b"correct horse battery staple"


def encrypted(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    """Encrypt a key of a kind we do not use, as encrypt_key would."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSPHRASE),
    )


@pytest.mark.parametrize("kind", KeyKind)
def test_key_comes_back_under_its_passphrase(kind: KeyKind) -> None:
    key = key_of(kind)

    loaded = load_key(encrypt_key(key, PASSPHRASE), PASSPHRASE)

    assert loaded.private_numbers() == key.private_numbers()


@pytest.mark.parametrize("passphrase", [b"wrong", b"", PASSPHRASE + b" "])
def test_wrong_passphrase_is_refused(passphrase: bytes) -> None:
    pem = encrypt_key(key_of(KeyKind.P_256), PASSPHRASE)

    with pytest.raises(WrongPassphraseError):
        load_key(pem, passphrase)


def test_damaged_file_is_refused() -> None:
    pem = encrypt_key(key_of(KeyKind.P_256), PASSPHRASE)

    with pytest.raises(WrongPassphraseError):
        load_key(pem[:100] + pem[140:], PASSPHRASE)


def test_key_without_encryption_is_refused() -> None:
    pem = key_of(KeyKind.P_256).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    with pytest.raises(KeyFileError):
        load_key(pem, PASSPHRASE)


def test_what_is_no_key_file_is_refused() -> None:
    with pytest.raises(KeyFileError):
        load_key(b"hello", PASSPHRASE)


def test_key_of_another_algorithm_is_refused() -> None:
    with pytest.raises(KeyFileError):
        load_key(encrypted(ed25519.Ed25519PrivateKey.generate()), PASSPHRASE)


def test_key_too_small_is_refused() -> None:
    with pytest.raises(UnsupportedKeyError):
        load_key(encrypted(rsa.generate_private_key(65537, 1024)), PASSPHRASE)


def test_empty_passphrase_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        encrypt_key(new_key(KeyKind.P_256), b"")


def test_file_shows_no_plain_key_and_openssl_opens_it() -> None:
    key = key_of(KeyKind.P_256)
    pem = encrypt_key(key, PASSPHRASE)

    output = openssl(
        "pkey", "-passin", f"pass:{PASSPHRASE.decode()}", "-text", give=pem
    )

    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert "ASN1 OID: prime256v1" in output
