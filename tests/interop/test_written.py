"""What the page writes opens in programs that we did not write."""

import shutil
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import pkcs12
from pyasn1.codec.der.decoder import decode
from pyasn1_alt_modules import rfc5958, rfc7292, rfc8018

from tests.support.external_verifiers import pinksign

from .conftest import PASSWORD, run

SECRET = PASSWORD.encode()
R_IDENTIFIER = "1.2.410.200004.10.1.1.3"


def spki_of(key) -> bytes:
    """Return the public key in DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def decrypted(encrypted: bytes) -> bytes:
    """Decrypt an EncryptedPrivateKeyInfo by the letter of RFC 8018."""
    info, rest = decode(encrypted, asn1Spec=rfc5958.EncryptedPrivateKeyInfo())
    assert rest == b""
    pbes2, _ = decode(
        info["encryptionAlgorithm"]["parameters"], asn1Spec=rfc8018.PBES2_params()
    )
    kdf, _ = decode(
        pbes2["keyDerivationFunc"]["parameters"], asn1Spec=rfc8018.PBKDF2_params()
    )
    iv, _ = decode(pbes2["encryptionScheme"]["parameters"])
    assert str(kdf["prf"]["algorithm"]) == str(rfc8018.id_hmacWithSHA256)
    derivation = PBKDF2HMAC(
        algorithm=hashes.SHA256(),
        length=32,
        salt=bytes(kdf["salt"]["specified"]),
        iterations=int(kdf["iterationCount"]),
    )
    key = derivation.derive(SECRET)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(iv))).decryptor()
    padded = decryptor.update(bytes(info["encryptedData"])) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def test_openssl_and_pyca_find_the_request_signed_by_its_own_key(made: Path) -> None:
    request = x509.load_der_x509_csr((made / "request.der").read_bytes())

    run("openssl", "req", "-inform", "DER", "-in", made / "request.der", "-verify")
    assert request.is_signature_valid
    assert spki_of(request.public_key()) == (made / "spki.der").read_bytes()
    assert list(request.subject) == []
    assert list(request.extensions) == []


def test_openssl_and_pyca_open_the_key_file(made: Path) -> None:
    key = serialization.load_der_private_key(
        (made / "signPri.key").read_bytes(), password=SECRET
    )
    public = run(
        *("openssl", "pkey", "-inform", "DER", "-in", made / "signPri.key"),
        *("-passin", f"pass:{PASSWORD}", "-pubout", "-outform", "DER"),
    )

    assert spki_of(key.public_key()) == (made / "spki.der").read_bytes()
    assert public == (made / "spki.der").read_bytes()


def test_the_key_file_holds_the_key_with_its_r_byte_for_byte(made: Path) -> None:
    plain = decrypted((made / "signPri.key").read_bytes())

    assert plain == (made / "plain.der").read_bytes()
    assert plain.endswith(b"\x03\x15\x00" + (made / "r.bin").read_bytes())


def test_openssl_sees_r_as_an_attribute_of_the_key(made: Path) -> None:
    printed = run("openssl", "asn1parse", "-inform", "DER", "-in", made / "plain.der")

    assert f":{R_IDENTIFIER}\n" in printed.decode()


def test_pypinksign_finds_r_and_signs_with_the_key(made_rsa: Path) -> None:
    plain = (made_rsa / "plain.der").read_bytes().hex()
    locked = pinksign("encrypt_key", plain=plain, password=PASSWORD)
    opened = pinksign(
        "open_key",
        certificate=(made_rsa / "signCert.der").read_bytes().hex(),
        key_file=locked["key_file"],
        password=PASSWORD,
    )

    assert opened == {"r": (made_rsa / "r.bin").read_bytes().hex(), "signs": True}
    assert len(bytes.fromhex(locked["key_file"])) == 1300


def test_openssl_and_pyca_open_the_p12_with_key_certificate_and_chain(
    made: Path,
) -> None:
    opened = pkcs12.load_pkcs12((made / "set.p12").read_bytes(), SECRET)
    printed = run(
        *("openssl", "pkcs12", "-in", made / "set.p12", "-nodes"),
        *("-passin", f"pass:{PASSWORD}"),
    )

    der = serialization.Encoding.DER
    assert opened.key is not None
    assert spki_of(opened.key.public_key()) == (made / "spki.der").read_bytes()
    assert opened.cert is not None
    assert opened.cert.friendly_name == "김하나".encode()
    leaf = opened.cert.certificate.public_bytes(der)
    assert leaf == (made / "signCert.der").read_bytes()
    chain = [one.certificate.public_bytes(der) for one in opened.additional_certs]
    assert chain == [(made / "ca.der").read_bytes()]
    assert printed.count(b"BEGIN CERTIFICATE") == 2
    assert printed.count(b"BEGIN PRIVATE KEY") == 1


def test_the_p12_holds_the_key_with_its_r_byte_for_byte(made: Path) -> None:
    pfx, _ = decode((made / "set.p12").read_bytes(), asn1Spec=rfc7292.PFX())
    inside, _ = decode(pfx["authSafe"]["content"])
    safe, _ = decode(bytes(inside), asn1Spec=rfc7292.AuthenticatedSafe())
    bags, _ = decode(safe[1]["content"])
    keys, _ = decode(bytes(bags), asn1Spec=rfc7292.SafeContents())

    assert str(keys[0]["bagId"]) == str(rfc7292.id_pkcs8ShroudedKeyBag)
    shrouded = bytes(keys[0]["bagValue"])
    assert decrypted(shrouded) == (made / "plain.der").read_bytes()


def test_pypinksign_opens_the_p12(made_rsa: Path) -> None:
    opened = pinksign("open_p12", path=str(made_rsa / "set.p12"), password=PASSWORD)

    assert opened == {"common_name": "김하나(KIM HANA)0000001234", "signs": True}


def test_java_reads_the_p12_where_java_is(made: Path) -> None:
    run(
        *("openssl", "pkcs12", "-in", made / "set.p12", "-noout"),
        *("-passin", f"pass:{PASSWORD}"),
    )

    if keytool := shutil.which("keytool"):
        printed = run(
            *(keytool, "-list", "-v", "-storetype", "PKCS12"),
            *("-keystore", made / "set.p12", "-storepass", PASSWORD),
        ).decode()
        assert "PrivateKeyEntry" in printed
        assert "Certificate chain length: 2" in printed
