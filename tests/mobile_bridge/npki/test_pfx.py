"""PKCS#12 files of other programs give their keys byte for byte."""

import hashlib
from base64 import b64decode
from itertools import count

import pytest

from mobile_bridge.npki.errors import (
    KeyFormError,
    KeyMissingError,
    MismatchError,
    PasswordNotAsciiError,
    PfxDamagedError,
    PfxError,
    TooLargeFileError,
    UnknownKeyError,
    WrongPasswordError,
)
from mobile_bridge.npki.identity import read_random_number
from mobile_bridge.npki.key_file import check_key_pair, decrypt_key
from mobile_bridge.npki.pfx import encrypted_keys, read_pfx, write_pfx
from mobile_bridge.pki.ber import MAX_BYTES
from mobile_bridge.pki.der_writer import integer, octet_string, oid, sequence, tagged
from tests.support.bridge import vectors

CASES = vectors("npki_pfx.json")["cases"]
PASSWORD = "qwer1234!@"
PROTECTED = [case for case in CASES if case["password"]]


def named(case):
    return f"{case['by']}: {case['what']}"


def one_case(description):
    (case,) = (case for case in CASES if case["what"] == description)
    return case


def opened(case):
    return read_pfx(b64decode(case["file"]), case["password"])


def is_pair(key, der):
    try:
        check_key_pair(key, der)
    except MismatchError:
        return False
    return True


def octets():
    """Return a source of octets that repeats itself in each test."""
    numbers = count(1)
    return lambda size: bytes(next(numbers) % 256 for _ in range(size))


@pytest.fixture(scope="module")
def korean():
    """Return key with R and certificate as a Korean program exports them."""
    contents = opened(one_case("the p12 of Korean programs, with R"))
    return contents.keys[0].private_key_info, contents.certificates[0].der


@pytest.mark.parametrize("case", CASES, ids=named)
def test_keys_and_certificates_come_out_byte_for_byte(case):
    contents = opened(case)

    keys = [key.private_key_info for key in contents.keys]
    if case["keys"] is not None:
        expected = [key["private_key_info_sha256"] for key in case["keys"]]
        assert [hashlib.sha256(key).hexdigest() for key in keys] == expected
        numbers = [read_random_number(key) for key in keys]
        assert [n.hex() if n else None for n in numbers] == [
            key["random_number"] for key in case["keys"]
        ]
    if case["certificates_sha256"] is not None:
        ders = [certificate.der for certificate in contents.certificates]
        digests = sorted(hashlib.sha256(der).hexdigest() for der in ders)
        assert digests == case["certificates_sha256"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_key_belongs_to_one_certificate_that_comes_with_it(case):
    contents = opened(case)

    for key in contents.keys:
        ders = [certificate.der for certificate in contents.certificates]
        assert sum(is_pair(key.private_key_info, der) for der in ders) == 1


@pytest.mark.parametrize("case", CASES, ids=named)
def test_an_encrypted_key_lies_there_as_it_came(case):
    file = b64decode(case["file"])

    for key in opened(case).keys:
        if key.encrypted_key is not None:
            assert decrypt_key(key.encrypted_key, case["password"]) == (
                key.private_key_info
            )
            assert key.encrypted_key in encrypted_keys(file)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["friendly_name"] and c["keys"] != []], ids=named
)
def test_a_friendly_name_in_korean_is_read(case):
    contents = opened(case)

    assert contents.keys[0].friendly_name == case["friendly_name"]


@pytest.mark.parametrize("case", PROTECTED, ids=named)
def test_another_password_is_told_as_such(case):
    wrong = "틀린비밀번호" if case["password"] == PASSWORD else PASSWORD

    for password in ("", wrong):
        with pytest.raises(WrongPasswordError):
            read_pfx(b64decode(case["file"]), password)


def test_the_vectors_are_of_many_programs():
    assert {"openssl", "keytool", "pk12util", "certtool", "node-forge"} < {
        case["by"] for case in CASES
    }


@pytest.mark.parametrize(
    "description",
    [
        "the p12 of Korean programs, with R",
        "PBMAC1 with SHA-256",
        "two keys and their certificates",
        "-keypbe PBE-SHA1-3DES -certpbe NONE -macalg sha1",
    ],
)
def test_a_changed_certificate_is_damage_and_no_wrong_password(description):
    case = one_case(description)
    file = bytearray(b64decode(case["file"]))
    certificate = opened(case).certificates[0].der
    file[file.index(certificate) + len(certificate) - 1] ^= 1

    with pytest.raises(PfxDamagedError):
        read_pfx(bytes(file), case["password"])
    with pytest.raises(WrongPasswordError):
        read_pfx(bytes(file), "guess-1234")


@pytest.mark.parametrize("encoding", ["modern", "older"])
def test_what_is_written_opens_with_the_same_bytes(korean, encoding):
    key, certificate = korean
    issuer = opened(one_case("a key on a curve")).certificates[0].der

    file = write_pfx(
        *(key, certificate, [issuer], PASSWORD),
        random=octets(),
        friendly_name="김하나",
        encoding=encoding,
    )
    contents = read_pfx(file, PASSWORD)

    assert [k.private_key_info for k in contents.keys] == [key]
    assert [c.der for c in contents.certificates] == [certificate, issuer]
    assert contents.keys[0].friendly_name == "김하나"
    assert contents.keys[0].local_key_id == contents.certificates[0].local_key_id
    with pytest.raises(WrongPasswordError):
        read_pfx(file, PASSWORD + "x")


@pytest.mark.parametrize("password", ["", "비밀번호1!", "tab\t1234!@"])
def test_a_password_that_readers_disagree_on_is_not_written(korean, password):
    with pytest.raises(PasswordNotAsciiError):
        write_pfx(*korean, [], password, random=octets())


def test_what_is_no_key_is_not_written(korean):
    with pytest.raises(KeyFormError):
        write_pfx(b"\x30\x00", korean[1], [], PASSWORD, random=octets())


def test_a_file_of_certificates_only_has_no_key():
    case = one_case("certificates only")

    assert opened(case).keys == ()
    with pytest.raises(KeyMissingError):
        encrypted_keys(b64decode(case["file"]))


def test_a_file_cut_anywhere_is_no_such_file_and_no_wrong_password():
    whole = b64decode(one_case("the p12 of Korean programs, with R")["file"])
    for length in range(0, len(whole), 5):
        with pytest.raises(PfxError):
            read_pfx(whole[:length], PASSWORD)


@pytest.mark.parametrize("kind", ["1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"])
def test_a_file_under_a_public_key_is_told_to_be_unknown(kind):
    content = sequence(oid(kind), tagged(0, octet_string(b"")))

    with pytest.raises(UnknownKeyError):
        read_pfx(sequence(integer(3), content), PASSWORD)


def test_what_is_larger_than_such_a_file_is_not_read():
    with pytest.raises(TooLargeFileError):
        read_pfx(bytes(MAX_BYTES + 1), PASSWORD)
