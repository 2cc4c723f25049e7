"""Sealed records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_bridge.core.channel import Opener, Sealer, pad, unpad
from mobile_bridge.errors import ProtocolError
from tests.support.bridge import octets, vectors

RECORDS = vectors("brg1_records.json")["records"]
SAID = vectors("brg1_records.json")["notes"]
KEY, TRANSCRIPT = b"k" * 32, b"t" * 32


@pytest.mark.parametrize("key", sorted({record["key"] for record in RECORDS}))
def test_records_are_sealed_and_opened_as_the_vectors_say(key):
    records = [record for record in RECORDS if record["key"] == key]
    th = octets(records[0], "th")
    sealer, opener = Sealer(bytes.fromhex(key), th), Opener(bytes.fromhex(key), th)

    for record in records:
        data, block = octets(record, "data"), int(record["block"])
        assert sealer.seal(data, block).hex() == record["record"]
        assert opener.open(octets(record, "record")) == data


@pytest.mark.parametrize("case", SAID, ids=lambda case: case["word"])
def test_notes_are_made_and_read_as_the_vectors_say(case):
    key, th, note = (octets(case, name) for name in ("key", "th", "note"))

    assert Sealer(key, th).note(case["word"]) == note
    assert Opener(key, th).read_note(note) == case["word"]


@pytest.mark.parametrize("note", [b"", b"n" * 16, b"n" * 32])
def test_what_has_no_key_makes_no_note(note):
    assert Opener(KEY, TRANSCRIPT).read_note(note) is None
    other = Sealer(KEY, b"u" * 32).note("password")
    assert Opener(KEY, TRANSCRIPT).read_note(other) is None


def test_swapped_records_do_not_open():
    sealer, opener = Sealer(KEY, TRANSCRIPT), Opener(KEY, TRANSCRIPT)
    _, second = sealer.seal(b"first"), sealer.seal(b"second")

    with pytest.raises(ProtocolError):
        opener.open(second)


def test_a_record_of_another_handshake_does_not_open():
    record = Sealer(KEY, TRANSCRIPT).seal(b"x")

    with pytest.raises(ProtocolError):
        Opener(KEY, b"u" * 32).open(record)


@pytest.mark.parametrize("at", [0, 500, -1])
def test_one_flipped_bit_is_noticed(at):
    record = bytearray(Sealer(KEY, TRANSCRIPT).seal(b"x"))
    record[at] ^= 1

    with pytest.raises(ProtocolError):
        Opener(KEY, TRANSCRIPT).open(bytes(record))


@given(st.binary(max_size=40), st.sampled_from([8, 64, 1024]))
def test_padding_comes_off_again_and_hides_the_size(content, block):
    padded = pad(content, block)

    assert unpad(padded) == content
    assert len(padded) % block == 0


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0\0\0", b"\0\0\0\5abcd", b"\0\0\0\1ab", b"\xff\xff\xff\xff" + bytes(8)],
)
def test_wrong_padding_is_refused(padded):
    with pytest.raises(ProtocolError):
        unpad(padded)
