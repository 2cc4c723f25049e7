"""The QR code's text."""

import pytest

from mobile_bridge.core.link import Link, read_link, write_link
from mobile_bridge.core.protocol import Direction
from mobile_bridge.errors import LinkError
from tests.support.bridge import vectors

MADE = vectors("brg1_links.json")


@pytest.mark.parametrize("case", MADE["good"], ids=lambda case: case["dir"])
def test_a_link_is_written_and_read_as_the_vector_says(case):
    seed, seen = bytes.fromhex(case["seed"]), bytes.fromhex(case["fp"])
    link = Link(Direction(case["dir"]), seed, seen)

    assert write_link(case["origin"], link) == case["text"]
    assert read_link(case["text"], case["origin"]) == link


@pytest.mark.parametrize("case", MADE["refused"], ids=lambda case: case["what"])
def test_any_other_text_is_refused(case):
    with pytest.raises(LinkError):
        read_link(case["text"], MADE["origin"])


def test_everything_secret_stands_after_the_hash():
    case = MADE["good"][0]

    before = case["text"].partition("#")[0]

    assert before == f"{MADE['origin']}/p"
