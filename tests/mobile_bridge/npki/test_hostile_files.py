"""Each broken or hostile file gets its code, soon, and none is taken for a good one."""

import time
from base64 import b64decode

import pytest

from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.key_file import decrypt_key
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import DerError
from tests.support.bridge import VECTORS, vectors
from tools.make_vectors import to_json
from tools.vectors.npki_hostile import npki_hostile

CASES = vectors("npki_hostile.json")["cases"]
MAX_SECONDS = 2  # of the processor: other tests run beside this one


def code_of(kind, octets, password):
    """Return what reading is refused with; None is success."""
    try:
        if kind == "certificate":
            read_certificate(octets)
        else:
            {"key": decrypt_key, "pfx": read_pfx}[kind](octets, password)
    except NpkiError as error:
        return error.code
    except DerError:
        return "certificate_form"  # as a folder lists it
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['kind']}: {c['what']}")
def test_a_hostile_file_has_its_code_soon(case):
    begun = time.process_time()

    code = code_of(case["kind"], b64decode(case["content"]), case["password"])

    assert code == case["code"]
    assert time.process_time() - begun < MAX_SECONDS


def test_the_file_is_what_the_program_writes():
    written = (VECTORS / "npki_hostile.json").read_text("utf-8")

    assert written == to_json(npki_hostile(), is_visible=False)


def test_the_corpus_is_as_large_as_promised():
    assert len(CASES) >= 80
    assert len({(case["kind"], case["what"]) for case in CASES}) == len(CASES)
