"""What others write in BER is read; what would keep a computer busy is not begun."""

import time
from contextlib import suppress
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hypothesis import given
from hypothesis import strategies as st

from mobile_bridge.core.bundle import FileRole, describe_certificate, unpack
from mobile_bridge.npki.encryption.kdf_limits import check_key, get_algorithm
from mobile_bridge.npki.errors import (
    KeyFormError,
    PfxError,
    TooMuchWorkError,
    UnknownKeyError,
    WrongPasswordError,
)
from mobile_bridge.npki.pfx import encrypted_keys
from mobile_bridge.npki.sets.key_files import locate, open_keys
from mobile_bridge.pki.ber import to_der
from mobile_bridge.pki.der import SEQUENCE, DerError, check_limits, written
from tests.support.bridge import VECTORS, vectors
from tests.support.page_modules import PFX, PFX_PASSWORD
from tests.support.terminals import holder, page_files
from tools.make_vectors import to_json as as_file
from tools.vectors.ber import ber, pbkdf2_key

__all__ = ["holder", "page_files"]

CASES = vectors("ber.json")
FILES = sorted(PFX.glob("*.p12"))
DATA = bytes.fromhex("06092a864886f70d010701")
SHROUDED_KEY = bytes.fromhex("060b2a864886f70d010c0a0102")
SHA_256 = bytes.fromhex("300d06096086480165030402010500")


def test_the_file_is_what_the_program_writes():
    assert (VECTORS / "ber.json").read_text("utf-8") == as_file(ber())


@pytest.mark.parametrize("case", CASES["converted"], ids=lambda case: case["what"])
def test_ber_becomes_der(case):
    assert to_der(bytes.fromhex(case["ber"])).hex() == case["der"]
    assert to_der(bytes.fromhex(case["der"])).hex() == case["der"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["what"])
def test_what_is_no_ber_is_refused(case):
    with pytest.raises(DerError):
        to_der(bytes.fromhex(case["ber"]))


def test_what_is_too_deep_or_too_large_is_refused():
    depth, size = CASES["most_depth"], CASES["most_bytes"]

    assert to_der(b"0\x80" * depth + bytes(2 * depth))
    for octets in (
        b"0\x80" * (depth + 1) + bytes(2 * depth + 2),
        b"0\x80" * 40_000,
        bytes(size + 1),
    ):
        with pytest.raises(DerError):
            to_der(octets)


@dataclass(frozen=True)
class Node:
    tag: int
    content: bytes
    parts: tuple["Node", ...]

    def der(self):
        inside = b"".join(part.der() for part in self.parts)
        return written(self.tag, inside if self.tag & 0x20 else self.content)

    def ber(self, draw):
        """Return one of the many ways in which BER writes this."""
        inside = b"".join(part.ber(draw) for part in self.parts)
        tag, content = self.tag, inside if self.tag & 0x20 else self.content
        if tag == 4 and draw(st.booleans()):
            at = draw(st.integers(0, len(content)))
            pieces = (content[:at], content[at:])
            tag, content = 0x24, b"".join(written(4, piece) for piece in pieces)
        if tag & 0x20 and draw(st.booleans()):
            return bytes((tag, 0x80)) + content + b"\0\0"
        octets = len(content).to_bytes(draw(st.integers(2, 4)))
        return bytes((tag, 0x80 | len(octets))) + octets + content


NODES = st.recursive(
    st.builds(
        Node,
        st.sampled_from([2, 4, 5, 0x0C, 0x80]),
        st.binary(max_size=300),
        st.just(()),
    ),
    lambda inside: st.builds(
        Node,
        st.sampled_from([0x30, 0x31, 0xA0]),
        st.just(b""),
        st.lists(inside, max_size=4).map(tuple),
    ),
    max_leaves=12,
)


@given(NODES, st.data())
def test_whichever_way_it_was_written_it_is_the_same(node, data):
    assert to_der(node.ber(data.draw)) == node.der()


@given(st.binary(max_size=60))
def test_any_bytes_become_der_or_are_refused(octets):
    try:
        der = to_der(octets)
    except DerError:
        return
    assert to_der(der) == der
    if der[0] == SEQUENCE:
        check_limits(der)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_of_another_program_is_sent_and_its_key_still_opens(file):
    files = unpack(open_keys(locate(file), PFX_PASSWORD))

    content = {one.role: one.content for one in files}
    assert (
        describe_certificate(content[FileRole.SIGNING_CERTIFICATE])["name"] == "김하나"
    )
    assert describe_certificate(content[FileRole.CA])["name"] == "Hanul test CA"
    check_limits(content[FileRole.SIGNING_KEY])
    assert load_der_private_key(content[FileRole.SIGNING_KEY], PFX_PASSWORD.encode())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_another_password_does_not_open_a_file_of_another_program(file):
    with pytest.raises(WrongPasswordError):
        open_keys(locate(file), "guess-guess-1")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_that_was_cut_is_refused(file):
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        with pytest.raises(PfxError):
            encrypted_keys(whole[:length])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_that_was_changed_gives_keys_in_der_or_a_refusal(file):
    whole = file.read_bytes()
    for at in range(0, len(whole), 5):
        changed = whole[:at] + bytes([whole[at] ^ 0x85]) + whole[at + 1 :]
        with suppress(PfxError, TooMuchWorkError, UnknownKeyError):
            for key in encrypted_keys(changed):
                check_limits(key)


@pytest.mark.parametrize("case", CASES["too_much_work"], ids=lambda case: case["what"])
def test_too_much_work_is_refused_before_it_begins(case, holder):
    key = bytes.fromhex(case["key"])
    (holder / "signPri.key").write_bytes(key)
    begun = time.monotonic()

    with pytest.raises(TooMuchWorkError):
        check_key(key)
    with pytest.raises(TooMuchWorkError):
        open_keys(locate(holder), "guess-guess-1")
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("case", CASES["no_work"], ids=lambda case: case["what"])
def test_rounds_that_are_none_are_no_password_s_fault(case, holder):
    (holder / "signPri.key").write_bytes(bytes.fromhex(case["key"]))

    with pytest.raises(KeyFormError):
        open_keys(locate(holder), "guess-guess-1")


def pfx_of(*keys: bytes, mac: bytes = b"") -> bytes:
    """Return the form of a PKCS#12 file with these keys."""
    bags = [sequence(SHROUDED_KEY, written(0xA0, key)) for key in keys]
    safe = data_info(sequence(*bags))
    return sequence(b"\x02\x01\x03", data_info(sequence(safe)), mac)


def sequence(*parts: bytes) -> bytes:
    return written(0x30, b"".join(parts))


def data_info(content: bytes) -> bytes:
    return sequence(DATA, written(0xA0, written(0x04, content)))


def mac_data(rounds: bytes, algorithm: bytes = SHA_256) -> bytes:
    digest = sequence(algorithm, written(0x04, bytes(32)))
    return sequence(digest, written(0x04, bytes(8)), written(0x02, rounds))


def test_the_rounds_of_a_files_mac_count_too():
    key = pbkdf2_key(1000)
    pbmac1 = get_algorithm(pbkdf2_key(2**31)).whole

    assert encrypted_keys(pfx_of(key, mac=mac_data(b"\x03\xe8"))) == [key]
    with pytest.raises(TooMuchWorkError):
        encrypted_keys(pfx_of(key, mac=mac_data(b"\x7f\xff\xff\xff")))
    with pytest.raises(TooMuchWorkError):
        encrypted_keys(pfx_of(key, mac=mac_data(b"\x01\x00\x00\x00\x00")))
    with pytest.raises(TooMuchWorkError):
        encrypted_keys(pfx_of(key, mac=mac_data(b"\x01", pbmac1)))


def test_many_works_that_are_allowed_are_too_much_together():
    key = pbkdf2_key(9_000_000)

    assert encrypted_keys(pfx_of(key, key)) == [key, key]
    with pytest.raises(TooMuchWorkError):
        encrypted_keys(pfx_of(key, key, key))
