"""What other programs write is read by the page, or refused by name."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.support.external_verifiers import pinksign
from tests.support.page_modules import PASSWORD, read_with_page, run

# Where OpenSSL 3 keeps RC2 and DES.
LEGACY = ("-provider", "legacy", "-provider", "default")


def openssl_key_file(key_set: Path, file: Path, *encryption: str) -> Path:
    """Let openssl encrypt the set's key."""
    run(
        *("openssl", "pkcs8", "-topk8", "-inform", "DER", "-outform", "DER"),
        *("-in", key_set / "bare.der", "-out", file),
        *("-passout", f"pass:{PASSWORD}", *encryption),
    )
    return file


@pytest.mark.parametrize("cipher", ["aes-256-cbc", "aes-128-cbc"])
@pytest.mark.parametrize(
    "prf", ["hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512"]
)
def test_a_key_that_openssl_encrypted_opens(
    rsa_key_set: Path, tmp_path: Path, cipher: str, prf: str
) -> None:
    encryption = ("-v2", cipher, "-v2prf", prf)
    file = openssl_key_file(rsa_key_set, tmp_path / "key", *encryption)

    opened = bytes.fromhex(read_with_page("key", file, PASSWORD))

    assert opened == (rsa_key_set / "bare.der").read_bytes()
    assert read_with_page("key", file, "other-1234") == "refused: wrong_password"


def test_a_key_that_pyca_encrypted_opens(key_set: Path, tmp_path: Path) -> None:
    key = serialization.load_der_private_key((key_set / "bare.der").read_bytes(), None)
    form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8)
    expected = key.private_bytes(*form, serialization.NoEncryption())
    protection = serialization.BestAvailableEncryption(PASSWORD.encode())
    (tmp_path / "key").write_bytes(key.private_bytes(*form, protection))

    opened = bytes.fromhex(read_with_page("key", tmp_path / "key", PASSWORD))

    assert opened == expected


@pytest.mark.parametrize(
    "encryption",
    [
        ("-v2", "des3"),
        ("-v2", "aes-192-cbc"),
        ("-v2", "aria-128-cbc"),
        ("-v2", "aria-256-cbc", "-v2prf", "hmacWithSHA256"),
        ("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA224"),
        ("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512-256"),
        ("-scrypt",),
        ("-scrypt", "-scrypt_N", "1024", "-scrypt_r", "4", "-scrypt_p", "2"),
        ("-v1", "PBE-SHA1-3DES"),
        ("-v1", "PBE-SHA1-2DES"),
        ("-v1", "PBE-SHA1-RC2-40", *LEGACY),
        ("-v1", "PBE-SHA1-RC2-128", *LEGACY),
        ("-v1", "PBE-MD5-DES", *LEGACY),
        ("-v1", "PBE-SHA1-DES", *LEGACY),
        ("-v1", "PBE-SHA1-RC2-64", *LEGACY),
        ("-v1", "PBE-MD5-RC2-64", *LEGACY),
    ],
    ids="-".join,
)
def test_a_key_under_an_older_or_rarer_cipher_opens(
    rsa_key_set: Path, tmp_path: Path, encryption: tuple[str, ...]
) -> None:
    file = openssl_key_file(rsa_key_set, tmp_path / "key", *encryption)

    opened = bytes.fromhex(read_with_page("key", file, PASSWORD))

    assert opened == (rsa_key_set / "bare.der").read_bytes()
    assert read_with_page("key", file, "other-1234") == "refused: wrong_password"


def test_a_korean_key_file_opens_with_r(rsa_key_set: Path, tmp_path: Path) -> None:
    plain = (rsa_key_set / "plain.der").read_bytes()
    locked = pinksign("encrypt_key", plain=plain.hex(), password=PASSWORD)
    (tmp_path / "key").write_bytes(bytes.fromhex(locked["key_file"]))

    opened = bytes.fromhex(read_with_page("key", tmp_path / "key", PASSWORD))

    assert opened == plain


def openssl_pfx(key_set: Path, folder: Path, *arguments: str) -> Path:
    """Let openssl put the set's key and certificates into a PKCS#12 file."""
    for name, command in (
        ("key", ("pkey", "-in", "bare.der")),
        ("own", ("x509", "-in", "signCert.der")),
        ("ca", ("x509", "-in", "ca.der")),
    ):
        program, flag, source = command
        run(
            *("openssl", program, "-inform", "DER", flag, str(key_set / source)),
            *("-out", folder / name),
        )
    run(
        *("openssl", "pkcs12", "-export", "-out", folder / "pfx"),
        *("-inkey", folder / "key", "-in", folder / "own"),
        *("-certfile", folder / "ca"),
        *("-name", "김하나", *arguments),
    )
    return folder / "pfx"


@pytest.mark.parametrize("password", [PASSWORD, "비밀번호-1234", ""])
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-legacy",),
        ("-legacy", "-descert"),
        ("-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-40"),
        ("-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "NONE"),
        ("-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha1"),
        ("-keypbe", "SEED-CBC", "-certpbe", "SEED-CBC", "-legacy"),
        ("-keypbe", "ARIA-256-CBC", "-certpbe", "ARIA-128-CBC", "-macalg", "sha384"),
        ("-keypbe", "DES-EDE3-CBC", "-certpbe", "NONE", "-macalg", "sha512"),
        ("-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha512-256"),
        ("-nomac",),
        ("-nomaciter", "-macalg", "sha224"),
    ],
    ids=lambda arguments: "".join(arguments) or "default",
)
def test_a_pfx_of_openssl_opens_in_every_encryption(
    rsa_key_set: Path, tmp_path: Path, arguments: tuple[str, ...], password: str
) -> None:
    file = openssl_pfx(
        rsa_key_set, tmp_path, *arguments, "-passout", f"pass:{password}"
    )

    opened = json.loads(read_with_page("pfx", file, password))

    assert opened == {
        "keys": [(rsa_key_set / "bare.der").read_bytes().hex()],
        "certificates": [
            (rsa_key_set / name).read_bytes().hex()
            for name in ("signCert.der", "ca.der")
        ],
        "friendlyName": "김하나",
    }
    assert read_with_page("pfx", file, "other-1234") == "refused: wrong_password"


def test_r_that_pypinksign_wrote_is_read(rsa_key_set: Path, tmp_path: Path) -> None:
    bare = (rsa_key_set / "bare.der").read_bytes().hex()
    r = bytes(range(20)).hex()
    carrying = pinksign("inject_random_number", plain=bare, r=r)
    (tmp_path / "plain").write_bytes(bytes.fromhex(carrying["plain"]))

    assert read_with_page("random-number", tmp_path / "plain") == r


def test_the_page_and_pyca_read_the_same_certificate(key_set: Path) -> None:
    file = key_set / "signCert.der"
    certificate = x509.load_der_x509_certificate(file.read_bytes())

    seen = json.loads(read_with_page("certificate", file))

    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert seen["subject"] == certificate.subject.rfc4514_string()
    assert seen["issuer"] == certificate.issuer.rfc4514_string()
    assert int(seen["serial"], 16) == certificate.serial_number
    after = certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert seen["notAfter"] == after
    assert seen["policy"] == policies.value[0].policy_identifier.dotted_string
    assert bytes.fromhex(seen["spki"]) == (key_set / "spki.der").read_bytes()
