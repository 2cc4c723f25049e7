"""Key files of other programs open byte for byte; what is broken is told."""

import hashlib
import time
import unicodedata
from base64 import b64decode
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from mobile_bridge.npki.errors import (
    KeyFormError,
    MismatchError,
    PasswordEncodingError,
    PlainKeyError,
    TooLargeFileError,
    TooMuchWorkError,
    UnknownKeyError,
    WrongPasswordError,
)
from mobile_bridge.npki.identity import read_random_number
from mobile_bridge.npki.key_file import (
    ROUNDS,
    KeyForm,
    change_password,
    check_key_pair,
    decrypt_key,
    encrypt_key,
    read_encrypted_key,
    read_form,
)
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.pki.ber import MAX_BYTES
from mobile_bridge.pki.der import DerError
from mobile_bridge.pki.der_writer import octet_string, oid, sequence
from tests.makers import NOON
from tests.support.bridge import vectors

CASES = vectors("npki_key_files.json")["cases"]
PFX_CASES = vectors("npki_pfx.json")["cases"]
WRITTEN = [KeyForm.A, KeyForm.B, KeyForm.D, KeyForm.P]
PASSWORD = "qwer1234!@"


def named(case):
    return f"{case['by']}: {case['what']}"


def file_of(program, description):
    (case,) = (c for c in CASES if (c["by"], c["what"]) == (program, description))
    return b64decode(case["file"])


@pytest.fixture(scope="module")
def plain():
    """Return the PrivateKeyInfo of an RSA key with R."""
    return decrypt_key(file_of("PyPinkSign", "rsa-pinksign"), PASSWORD)


def octets():
    """Return a source of octets that repeats itself in each test."""
    numbers = count(1)
    return lambda size: bytes(next(numbers) % 256 for _ in range(size))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_key_file_opens_byte_for_byte_with_its_r(case):
    file = b64decode(case["file"])

    opened = decrypt_key(file, case["password"])

    assert hashlib.sha256(opened).hexdigest() == case["private_key_info_sha256"]
    number = read_random_number(opened)
    assert (number.hex() if number else None) == case["random_number"]
    assert read_form(file) == case["form"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_another_password_is_told_as_such(case):
    wrong = "틀린비밀번호" if case["password"] == PASSWORD else PASSWORD

    for password in ("", wrong, case["password"] + " "):
        with pytest.raises(WrongPasswordError):
            decrypt_key(b64decode(case["file"]), password)


def test_the_vectors_are_of_many_programs():
    assert {"openssl", "certtool", "node-forge", "PyPinkSign"} < {
        case["by"] for case in CASES
    }
    assert {case["form"] for case in CASES} == set(KeyForm)


@pytest.mark.parametrize("form", WRITTEN)
def test_what_is_written_opens_with_the_same_bytes(plain, form):
    file = encrypt_key(plain, PASSWORD, form, random=octets(), rounds=2)

    assert decrypt_key(file, PASSWORD) == plain
    assert read_form(file) is form
    with pytest.raises(WrongPasswordError):
        decrypt_key(file, PASSWORD + "x")


def test_form_a_of_a_key_with_r_is_as_long_as_in_the_field(plain):
    file = encrypt_key(plain, PASSWORD, KeyForm.A, random=octets())

    assert len(file) in (1300, 1301)
    assert ROUNDS[KeyForm.A] == 2048


def test_form_c_is_only_read(plain):
    with pytest.raises(ValueError, match=KeyForm.C):
        encrypt_key(plain, PASSWORD, KeyForm.C, random=octets())


def test_what_is_no_key_is_not_encrypted():
    with pytest.raises(KeyFormError):
        encrypt_key(b"\x30\x00", PASSWORD, KeyForm.A, random=octets())


def test_rounds_that_nobody_opens_are_not_written(plain):
    for rounds in (0, 10_000_001):
        with pytest.raises(TooMuchWorkError):
            encrypt_key(plain, PASSWORD, KeyForm.A, random=octets(), rounds=rounds)


def test_a_password_that_is_no_text_is_read_as_cp949_and_never_written(plain):
    (case,) = (c for c in CASES if c["what"] == "a password in cp949, 1024 rounds")
    typed = case["password"].encode("cp949").decode("utf-8", "surrogateescape")

    assert decrypt_key(b64decode(case["file"]), typed) == plain_of(case)
    with pytest.raises(PasswordEncodingError):
        encrypt_key(plain, typed, KeyForm.A, random=octets())


def test_a_password_in_parts_of_syllables_is_the_same():
    (case,) = (c for c in CASES if c["what"] == "a password in cp949, 1024 rounds")
    parts = unicodedata.normalize("NFD", case["password"])

    assert decrypt_key(b64decode(case["file"]), parts) == plain_of(case)


def plain_of(case):
    return decrypt_key(b64decode(case["file"]), case["password"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_new_password_opens_the_same_bytes_and_the_old_one_nothing(case):
    file = b64decode(case["file"])

    changed = change_password(
        file, case["password"], "new-1234!@", random=octets(), rounds=2
    )

    assert decrypt_key(changed, "new-1234!@") == plain_of(case)
    with pytest.raises(WrongPasswordError):
        decrypt_key(changed, case["password"])
    kept = KeyForm.A if case["form"] == "C" else case["form"]
    assert read_form(changed) == kept


def test_a_change_needs_the_old_password():
    with pytest.raises(WrongPasswordError):
        change_password(
            file_of("PyPinkSign", "rsa-r"), "guess", PASSWORD, random=octets()
        )


@pytest.mark.parametrize("description", ["as it does by itself", "a key on a curve"])
def test_key_and_certificate_are_told_to_be_a_pair_or_not(plain, description):
    (case,) = (c for c in PFX_CASES if (c["by"], c["what"]) == ("openssl", description))
    contents = read_pfx(b64decode(case["file"]), case["password"])
    der = contents.certificates[0].der

    check_key_pair(contents.keys[0].private_key_info, der)

    with pytest.raises(MismatchError):
        check_key_pair(
            plain if description != "as it does by itself" else other_plain(), der
        )
    with pytest.raises(DerError):
        check_key_pair(plain, b"\x30\x00")
    opaque = decrypt_key(file_of("built", "a key of another kind"), PASSWORD)
    with pytest.raises(UnknownKeyError):
        check_key_pair(opaque, der)


def other_plain():
    return decrypt_key(file_of("openssl", "ed25519 -v2 aes-256-cbc"), PASSWORD)


def test_a_large_rsa_key_is_compared_soon():
    """A library that looks for primes in 8,192 bits takes seconds."""
    numbers = large_rsa_numbers()
    form = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True).private_bytes(*form)
    der = certificate_of(numbers.public_numbers.public_key())
    begun = time.process_time()

    check_key_pair(key, der)
    with pytest.raises(MismatchError):
        check_key_pair(other_plain(), der)
    assert time.process_time() - begun < 1


def large_rsa_numbers():
    p, q, e, d = 2**4095 + 9, 2**4095 + 11, 65537, 2**4000 + 1
    return RSAPrivateNumbers(
        *(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p)),
        RSAPublicNumbers(e, p * q),
    )


def certificate_of(public_key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "holder")])
    builder = x509.CertificateBuilder(name, name, public_key, 1, NOON, NOON)
    return builder.sign(generate_private_key(SECP256R1()), SHA256()).public_bytes(
        Encoding.DER
    )


def test_pem_is_taken_and_what_is_in_the_clear_is_told(plain):
    pem = file_of("openssl", "PEM")

    assert read_form(b"\xef\xbb\xbf\r\n" + pem + b"\r\n") is KeyForm.D
    assert read_encrypted_key(pem)[0] == 0x30
    for clear in (
        plain,
        b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
    ):
        with pytest.raises(PlainKeyError):
            read_form(clear)


def test_a_file_cut_anywhere_is_damaged_and_no_wrong_password():
    whole = file_of("PyPinkSign", "rsa-r")
    for length in range(len(whole)):
        with pytest.raises(KeyFormError):
            decrypt_key(whole[:length], PASSWORD)


def test_what_is_larger_than_a_key_file_is_not_read():
    with pytest.raises(TooLargeFileError):
        decrypt_key(bytes(MAX_BYTES), PASSWORD)


def test_an_algorithm_that_nobody_knows_is_told():
    algorithm = sequence(oid("2.999.1"), sequence(octet_string(bytes(8)), b"\2\1\1"))

    with pytest.raises(UnknownKeyError):
        decrypt_key(sequence(algorithm, octet_string(bytes(16))), PASSWORD)
