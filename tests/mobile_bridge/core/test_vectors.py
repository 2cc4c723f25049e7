"""The files both languages read: as they are written, and as a device meets them."""

import json
from itertools import pairwise

import pytest

from mobile_bridge.core.bundle import Offer, check_arrived, offer_for, pack, unpack
from mobile_bridge.core.pairing_number import check_number, grouped
from mobile_bridge.core.step_guard import Step
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.errors import BundleError, ProtocolError
from tests.support.bridge import VECTORS, octets, vectors
from tests.support.transcript_runner import TranscriptRunner, run_until
from tools.make_vectors import files, to_json
from tools.vectors.recorded_random import RecordedRandom

NUMBERS = vectors("brg1_numbers.json")
BUNDLE = vectors("brg1_bundle.json")
TRANSCRIPTS = vectors("brg1_transcripts.json")
HANDSHAKE, TRANSFER = ("m1", "m2", "m3", "m4"), ("m5", "m6", "m7", "m8")
MODES = [
    f"{content['mode']}-{content['dir']}" for content in TRANSCRIPTS["transcripts"]
]


def test_the_files_are_what_the_program_writes_from_their_chance():
    contents = files(RecordedRandom.load())

    for name, content in contents.items():
        assert (VECTORS / name).read_text("utf-8") == to_json(content), name
    assert {path.name for path in VECTORS.glob("brg1*.json")} == set(contents)


def test_every_draw_gives_vectors_that_hold():
    drawn = files(RecordedRandom.draw())

    shapes = {name: _shape(json.loads(to_json(drawn[name]))) for name in drawn}
    assert shapes == {name: _shape(vectors(name)) for name in drawn}


def _shape(content: dict[str, object]) -> dict[str, int]:
    return {
        key: len(part) for key, part in content.items() if isinstance(part, list | dict)
    }


@pytest.mark.parametrize("case", NUMBERS["good"], ids=lambda case: case["number"])
def test_a_number_is_right_and_shown_in_groups(case):
    assert check_number(case["number"]) == case["number"]
    assert grouped(case["number"]) == case["shown"]


@pytest.mark.parametrize("case", NUMBERS["typed"], ids=lambda case: case["number"])
def test_a_number_is_read_however_it_is_typed(case):
    assert {check_number(text) for text in case["texts"]} == {case["number"]}


@pytest.mark.parametrize("case", NUMBERS["slips"], ids=lambda case: case["number"])
def test_no_slip_of_a_finger_makes_another_number(case):
    number = case["number"]
    neighbours = sum(one != two for one, two in pairwise(number))

    assert len(set(case["typed"])) == 12 * 9 + neighbours
    assert {check_number(text) for text in case["typed"]} == {None}


@pytest.mark.parametrize("case", NUMBERS["refused"], ids=lambda case: case["what"])
def test_what_is_no_number_is_refused(case):
    assert check_number(case["text"]) is None


@pytest.mark.parametrize("case", BUNDLE["good"], ids=lambda case: case["what"])
def test_a_bundle_within_the_limits_is_taken(case):
    payload = octets(case, "payload")

    assert pack(unpack(payload)) == payload


@pytest.mark.parametrize("case", BUNDLE["unreadable"], ids=lambda case: case["what"])
def test_a_bundle_whose_certificate_cannot_be_read_is_not_kept(case):
    payload = octets(case, "payload")
    told = Offer(**BUNDLE["offer"])

    assert unpack(payload)
    with pytest.raises(BundleError):
        offer_for(payload, move=False)
    with pytest.raises(BundleError):
        check_arrived(told, payload)


@pytest.mark.parametrize("transcript", TRANSCRIPTS["transcripts"], ids=MODES)
def test_both_devices_say_every_word_of_the_transcript(transcript):
    runners = {device: TranscriptRunner(transcript, device) for device in "GS"}
    answers: dict[str, object] = {}

    for message in transcript["messages"]:
        name, speaker = message["name"], message["from"]
        data = runners[speaker].make_message(name) or answers.get(speaker)
        assert data == octets(message, "data"), name
        hearer = "S" if speaker == "G" else "G"
        answers[hearer] = runners[hearer].handle(name, octets(message, "data"))

    ends = [runner.end for runner in runners.values()]
    assert {type(end) for end in ends} == {Sender, Receiver}
    assert {end.step for end in ends if end} == {Step.DONE}
    assert {end.code for end in ends if isinstance(end, Receiver)} == {
        transcript["code"]
    }


@pytest.mark.parametrize("transcript", TRANSCRIPTS["transcripts"], ids=MODES)
def test_a_no_is_a_no_in_every_transcript(transcript):
    device = transcript["messages"][4]["from"]
    runner = run_until(transcript, device, "m5")

    assert runner.handle("m6", octets(transcript, "m6_decline")) is False

    with pytest.raises(ProtocolError):
        runner.make_message("m7")


@pytest.mark.parametrize(
    "case",
    TRANSCRIPTS["refused"],
    ids=lambda case: f"{MODES[case['transcript']]}: {case['what']}",
)
def test_every_attack_ends_in_the_one_error_and_in_nothing_more(case):
    transcript = TRANSCRIPTS["transcripts"][case["transcript"]]
    own = {m["name"]: octets(m, "data") for m in transcript["messages"]}
    runner = run_until(transcript, case["device"], case["after"])
    data = own[case["own"]] if "own" in case else octets(case, "data")

    with pytest.raises(ProtocolError) as caught:
        runner.handle(case["take"], data)

    assert (caught.value.code, caught.value.args) == ("protocol_failed", ())
    assert caught.value.__suppress_context__
    for name in HANDSHAKE if case["take"] in HANDSHAKE else TRANSFER:
        # What met a fault is burnt: it takes not even the true messages any more.
        if runner.accepts(name):
            with pytest.raises(ProtocolError):
                runner.handle(name, own[name])
