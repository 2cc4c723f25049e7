"""The handshake's functions against the vectors both languages read."""

import secrets
from random import Random

import pytest

from mobile_bridge.core import protocol as p
from mobile_bridge.errors import ProtocolError
from tests.support.bridge import octets, vectors

RUNS = vectors("brg1.json")["runs"]


@pytest.fixture(params=RUNS, ids=[f"{r['mode']}-{r['dir']}" for r in RUNS])
def run(request: pytest.FixtureRequest) -> dict[str, str]:
    return request.param


def psk_of(run: dict[str, str]) -> bytes:
    return octets(run, "psk")


def keys_of(run: dict[str, str]) -> p.Keys:
    m1, m2, nonce, secret = (octets(run, name) for name in ("m1", "m2", "nG", "kS"))
    return p.derive_keys(m1, m2, nonce, secret=secret, psk=psk_of(run))


def test_seed_gives_sid_and_psk(run):
    if run["mode"] == "T":
        assert (run["seed"], psk_of(run)) == ("", bytes(32))
        return

    assert p.session_id(octets(run, "seed")).hex() == run["sid"]
    assert p.pre_shared_key(octets(run, "seed")).hex() == run["psk"]


def test_m1_is_built_and_read_back_the_same(run):
    pair = p.key_pair(octets(run, "skG"))
    nonce, mode, direction = octets(run, "nG"), p.Mode(run["mode"]), run["dir"]

    m1 = p.make_m1(
        octets(run, "sid"),
        pair.public,
        nonce,
        mode=mode,
        direction=p.Direction(direction),
    )

    assert m1.hex() == run["m1"]
    opening = p.read_m1(m1)
    assert (opening.mode, opening.direction) == (mode, direction)
    assert (opening.sid.hex(), opening.public_key.hex()) == (run["sid"], run["pkG"])
    assert p.fingerprint(m1).hex() == run["fp"]


def test_hpke_opens_m2_with_the_vector_key(run):
    pair = p.key_pair(octets(run, "skG"))

    secret = p.open_m2(octets(run, "m1"), octets(run, "m2"), pair, psk_of(run))

    assert secret.hex() == run["kS"]


def test_keys_macs_and_code_are_the_vector_ones(run):
    keys = keys_of(run)

    assert keys.transcript.hex() == run["th"]
    assert keys.prk.hex() == run["prk"]
    assert keys.confirm_initiator.hex() == run["cG"]
    assert keys.confirm_responder.hex() == run["cS"]
    assert keys.initiator_to_responder.hex() == run["aGS"]
    assert keys.responder_to_initiator.hex() == run["aSG"]
    assert keys.code.hex() == run["sas"]
    assert p.initiator_mac(keys).hex() == run["macG"]
    assert p.responder_mac(keys).hex() == run["macS"]
    assert p.check_code(keys) == run["code"]


def test_the_opening_of_the_vector_is_accepted_and_any_other_refused(run):
    p.check_opening(octets(run, "m1"), octets(run, "nG"))

    with pytest.raises(ProtocolError):
        p.check_opening(octets(run, "m1"), bytes(32))


def test_lp_is_unambiguous():
    assert p.length_prefix("ab", b"c") != p.length_prefix("a", b"bc")
    assert p.split_fields(p.length_prefix("ab", b"", b"c")) == [b"ab", b"", b"c"]


@pytest.mark.parametrize("cut", range(1, 13))
def test_a_truncated_lp_is_refused(cut):
    joined = p.length_prefix("abc", b"de")

    if cut == 6:  # exactly one whole field is left, which is a shorter list
        assert p.split_fields(joined[:-cut]) == [b"abc"]
    else:
        with pytest.raises(ProtocolError):
            p.split_fields(joined[:-cut])


def test_an_attack_passes_the_code_as_often_as_its_digits_say():
    """A relay in the middle of a typed pairing has one guess in 10^digits.

    It holds two handshakes, one with each side, and hopes that both show the same
    code. With two digits, 1,000 attacks should pass 10 times.
    """
    run = RUNS[0]
    m1, m2, psk = octets(run, "m1"), octets(run, "m2"), p.NO_PSK
    chance = Random(1)

    def code() -> int:
        nonce, secret = chance.randbytes(32), chance.randbytes(32)
        keys = p.derive_keys(m1, m2, nonce, secret=secret, psk=psk)
        return int(p.check_code(keys)) % 100

    passed = sum(code() == code() for _ in range(1_000))

    assert 2 <= passed <= 20  # 0.2 to 2 %


def test_codes_spread_over_all_digits():
    run = RUNS[0]
    m1, m2 = octets(run, "m1"), octets(run, "m2")
    codes = [
        p.check_code(
            p.derive_keys(m1, m2, secrets.token_bytes(32), secret=m1[:32], psk=m1[:32])
        )
        for _ in range(1_000)
    ]

    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 980
    for place in range(6):
        assert {code[place] for code in codes} == set("0123456789")
