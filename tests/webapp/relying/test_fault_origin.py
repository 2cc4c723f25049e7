"""An exception is laid at the door of who raised it, and nothing of a file is told."""

import asyncio

import pytest
from asn1crypto import cms

from webapp.relying.fault_origin import describe_fault
from webapp.relying.verification.validation.requests import read_certificate


def raised_by(act):
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


async def _nothing():
    return None


def _loop_in_a_loop():
    async def outer():
        inner = _nothing()
        try:
            asyncio.run(inner)
        finally:
            inner.close()

    asyncio.run(outer())


def test_what_a_reader_raises_over_bytes_is_of_the_bytes():
    error = raised_by(lambda: cms.ContentInfo.load(b"0\x03secret").native)

    fault = describe_fault(error)

    assert not fault.is_own
    assert fault.place.startswith("asn1crypto.")
    assert "secret" not in str(fault)


@pytest.mark.parametrize(
    "act",
    [
        lambda: read_certificate(5),
        lambda: cms.ContentInfo.load(),
        _loop_in_a_loop,
    ],
    ids=["in our code", "a call that does not fit", "a loop in a loop"],
)
def test_what_is_raised_outside_of_a_reader_is_our_own_fault(act):
    assert describe_fault(raised_by(act)).is_own


def test_what_a_reader_calls_of_ours_is_our_own_fault(monkeypatch):
    def load(*_arguments, **_options):
        raise OSError("no such library")

    monkeypatch.setattr(cms.ContentInfo, "load", load)

    fault = describe_fault(raised_by(lambda: cms.ContentInfo.load(b"")))

    assert fault.is_own
    assert fault.kind == "OSError"
