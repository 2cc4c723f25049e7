"""A name is the same in both languages of the code, by one list of cases."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_bridge.core.bundle import (
    File,
    FileRole,
    check_arrived,
    offer_for,
    pack,
    read_offer,
    write_offer,
)
from mobile_bridge.errors import BundleError
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import DerError
from mobile_bridge.pki.names import is_shown_as_it_is, person_in, shown
from tests.support.bridge import VECTORS, sample_files, vectors
from tools.make_vectors import to_json
from tools.vectors.names import names

CASES = vectors("names.json")


def test_the_file_is_what_the_program_writes():
    text = (VECTORS / "names.json").read_text("utf-8")

    assert text == to_json(names(), is_visible=False)


def test_what_is_hidden_is_these_characters_and_no_others():
    hidden = [
        point
        for point in range(sys.maxunicode + 1)
        if shown(f"a{chr(point)}b") == "a\ufffdb" and point != 0xFFFD
    ]

    ranges = [range(first, last + 1) for first, last in CASES["hidden"]]
    assert hidden == [point for one in ranges for point in one]


@pytest.mark.parametrize("case", CASES["shown"], ids=lambda case: ascii(case["text"]))
def test_a_text_is_shown(case):
    assert shown(case["text"]) == case["shown"]
    assert is_shown_as_it_is(case["shown"]) is bool(case["shown"])


@pytest.mark.parametrize("case", CASES["persons"], ids=lambda case: case["common_name"])
def test_a_common_name_has_a_part_that_people_say(case):
    assert person_in(case["common_name"]) == case["person"]


@given(st.text())
def test_whatever_is_shown_can_be_announced_and_never_is_empty(text):
    visible = shown(text)

    assert not visible or is_shown_as_it_is(visible)
    assert not visible or is_shown_as_it_is(person_in(visible))


@pytest.mark.parametrize("case", CASES["certificates"], ids=lambda case: case["what"])
def test_every_certificate_says_whose_it_is_and_travels(case):
    certificate, key, _ = sample_files()
    content = bytes.fromhex(case["certificate"])
    payload = pack([replace(certificate, content=content), key])
    offer = offer_for(payload, move=False)

    offered = {name: getattr(offer, name) for name in ("name", "issuer", "serial")}
    assert offered == {name: case[name] for name in offered}
    assert check_arrived(read_offer(write_offer(offer)), payload)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["what"])
def test_a_name_that_cannot_be_read_is_refused(case):
    content = bytes.fromhex(case["certificate"])

    with pytest.raises(DerError):
        read_certificate(content)
    with pytest.raises(BundleError):
        offer_for(
            pack([File(FileRole.SIGNING_CERTIFICATE, content), sample_files()[1]]),
            move=False,
        )
