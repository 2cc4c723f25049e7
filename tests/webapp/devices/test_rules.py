"""The life of an invitation, the key of a device, and what it signs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webapp.devices.errors import (
    DeviceKeyError,
    InvitationDeclinedError,
    InvitationOverError,
    InvitationTakenError,
)
from webapp.devices.rules import (
    MAX_NAME,
    TRANSITIONS,
    DeviceProof,
    Event,
    State,
    compared_number,
    device_name,
    next_state,
    read_public_key,
    state_at,
)

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "vectors/device_proof.json"


def public_bytes(key):
    return key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def proof_of(fields):
    return DeviceProof(
        purpose=fields["purpose"],
        origin=fields["origin"],
        device_id=fields["deviceId"],
        challenge=bytes.fromhex(fields["challenge"]),
        body=fields["body"].encode(),
    )


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text("utf-8")))
def test_message_is_that_of_the_page(vector):
    assert proof_of(vector).message.hex() == vector["message"]


def test_no_two_proofs_share_their_message():
    base = json.loads(VECTORS.read_text("utf-8"))[0]
    changes = [
        {},
        {"purpose": "leave"},
        {"origin": "https://other.example"},
        {"deviceId": "1" * 32},
        {"challenge": "00"},
        {"body": "[]"},
    ]

    messages = {proof_of({**base, **change}).message for change in changes}

    assert len(messages) == len(changes)


def test_first_device_that_comes_is_the_one_that_is_asked_about():
    assert next_state(State.OPEN, Event.CLAIM) is State.CLAIMED
    with pytest.raises(InvitationTakenError):
        next_state(State.CLAIMED, Event.CLAIM)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", [State.PAIRED, State.DECLINED, State.EXPIRED])
def test_every_end_of_an_invitation_is_final(state, event):
    assert (state, event) not in TRANSITIONS
    kinds = (InvitationTakenError, InvitationDeclinedError, InvitationOverError)
    with pytest.raises(kinds):
        next_state(state, event)


def test_nobody_agrees_before_a_device_came():
    with pytest.raises(InvitationOverError):
        next_state(State.OPEN, Event.AGREE)


@pytest.mark.parametrize(
    ("stored", "seconds", "state"),
    [
        (State.OPEN, 1, State.OPEN),
        (State.OPEN, 0, State.EXPIRED),
        (State.CLAIMED, -1, State.EXPIRED),
        (State.PAIRED, -1, State.PAIRED),
        (State.DECLINED, -1, State.DECLINED),
    ],
)
def test_clock_ends_what_is_open(stored, seconds, state):
    assert state_at(stored, NOW + timedelta(seconds=seconds), NOW) is state


def test_key_of_a_device_is_one_over_p_256():
    key = ec.generate_private_key(ec.SECP256R1())

    assert read_public_key(public_bytes(key)).curve.name == "secp256r1"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30\x00",
        bytes(10_000),
        public_bytes(ec.generate_private_key(ec.SECP384R1())),
        public_bytes(rsa.generate_private_key(65537, 2048)),
        public_bytes(ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["empty", "no-key", "long", "p-384", "rsa", "ed25519"],
)
def test_any_other_key_is_refused(octets):
    with pytest.raises(DeviceKeyError):
        read_public_key(octets)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("내 휴대폰", "내 휴대폰"),
        ("  a\u202eb\n c ", "ab c"),
        ("", "Chrome, Android"),
        ("\u200b", "Chrome, Android"),
        ("x" * 100, "x" * MAX_NAME),
    ],
    ids=["typed", "hidden-signs", "empty", "invisible", "long"],
)
def test_name_shows_as_what_it_is(text, name):
    assert device_name(text, "Chrome, Android") == name


def test_number_is_the_device_s_own_and_nobody_computes_it_without_the_key():
    number = compared_number(b"key", "0" * 32, b"one")

    assert len(number) == 4
    assert number == compared_number(b"key", "0" * 32, b"one")
    others = {
        compared_number(b"key", "0" * 32, b"other"),
        compared_number(b"other", "0" * 32, b"one"),
        compared_number(b"key", "1" * 32, b"one"),
    }
    assert number not in others
