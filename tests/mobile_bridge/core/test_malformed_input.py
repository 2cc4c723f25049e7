"""A paired device that is hostile: what it offers and what it sends."""

import json
import time
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_bridge.core.bundle import (
    MAX_OFFER_BYTES,
    File,
    FileRole,
    Offer,
    check_arrived,
    offer_for,
    read_offer,
    unpack,
    write_offer,
)
from mobile_bridge.core.channel import PAYLOAD_BLOCK
from mobile_bridge.device.file_names import plan
from mobile_bridge.device.file_store import save
from mobile_bridge.errors import BundleError, ProtocolError
from tests.support.bridge import (
    agreed,
    agreed_with_keys,
    octets,
    sample_payload,
    sealers,
    vectors,
)

BUNDLE = vectors("brg1_bundle.json")
OFFER = BUNDLE["offer"]
HOSTILE = [
    *("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f"),
    *("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\U000e0001"),
    *("\0\a\b\t\n\v\f\r\x1b\x7f\x85\x9b\u2028\u2029\ud800\udfff"),
]
FAST = 1.0  # seconds; an attack on time would need many more


@pytest.mark.parametrize("field", ["name", "issuer"])
@pytest.mark.parametrize("sign", HOSTILE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_sign_that_deceives_the_eye_is_refused_wherever_it_stands(field, sign):
    for text in (sign, f"a{sign}", f"{sign}a", f"김{sign}하나"):
        content = json.dumps({**OFFER, field: text})

        with pytest.raises(BundleError):
            read_offer(content.encode())


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_name_that_is_shown_has_no_hidden_sign(name):
    content = json.dumps({**OFFER, "name": name}).encode()
    try:
        shown = read_offer(content).name
    except BundleError:
        return

    assert shown == name
    assert shown.strip()
    assert not set(HOSTILE) & set(shown)


@given(st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_offer_raises_anything_else(content):
    with pytest.raises(BundleError):
        read_offer(content)


@pytest.mark.parametrize("name", OFFER)
@given(value=st.none() | st.floats() | st.text(max_size=5) | st.lists(st.integers()))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_field_of_an_offer_takes_another_kind_of_value(name, value):
    content = json.dumps({**OFFER, name: value}).encode()
    try:
        offer = read_offer(content)
    except BundleError:
        return

    assert type(getattr(offer, name)) is type(OFFER[name])


@pytest.mark.parametrize(
    "content",
    [
        b"[" * MAX_OFFER_BYTES,
        b'{"a":' * 400,
        b'{"size":' + b"9" * 2000 + b"}",
        b'{"size":1e' + b"9" * 2000 + b"}",
        b'"' + b"\\ud800" * 330 + b'"',
        b"{" + b" " * 10**7 + b"}",
    ],
    ids=["lists", "objects", "digits", "exponent", "surrogates", "ten megabytes"],
)
def test_a_monstrous_offer_is_refused_at_once(content):
    began = time.perf_counter()
    with pytest.raises(BundleError):
        read_offer(content)

    assert time.perf_counter() - began < FAST


def test_what_the_person_sees_is_what_is_compared_also_when_a_field_comes_twice():
    payload = sample_payload()
    offer = write_offer(offer_for(payload, move=False)).decode()
    first = read_offer(offer.replace("{", '{"name":"박두리",', 1).encode())
    last = read_offer(offer.replace("}", ',"name":"박두리"}', 1).encode())

    assert (first.name, last.name) == ("김하나", "박두리")
    assert check_arrived(first, payload)
    with pytest.raises(BundleError):
        check_arrived(last, payload)


@pytest.mark.parametrize(
    "case", [*BUNDLE["refused"], *BUNDLE["unreadable"]], ids=lambda case: case["what"]
)
def test_a_hostile_bundle_is_never_kept_however_it_was_announced(case):
    _, receiver, keys = agreed_with_keys()
    sealer, _ = sealers(keys)
    payload = octets(case, "payload")
    announced = {**OFFER, "size": max(1, min(len(payload), 40 * 1024))}
    receiver.take_m5(sealer.seal(write_offer(Offer(**announced))))
    receiver.answer(accept=True)

    began = time.perf_counter()
    with pytest.raises(BundleError):
        receiver.take_m7(sealer.seal(payload, PAYLOAD_BLOCK))

    assert time.perf_counter() - began < FAST
    with pytest.raises(ProtocolError):
        receiver.receipt()


@given(st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_damaged_bundle_raises_nothing_else(data):
    payload = bytearray(sample_payload())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))

    for damaged in (bytes(payload), bytes(payload[:cut])):
        try:
            unpack(damaged)
            offer_for(damaged, move=False)
        except BundleError:
            pass


TRICKS = (
    "../../etc/passwd", "/etc/passwd", "..", ".", "~", "C:\\x", "a/b", "a\\b", "con",
    "nul.txt", "a:b", "a*b?", "$HOME", "`x`", "-rf", " ", "a.", "a\n", "\u202egpj",
    "\u2215x", "\uff0e\uff0e\uff0f", "김" * 60, "\u3164", "e\u0301" * 30, "\U0001f600",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("name", TRICKS, ids=ascii)
def test_no_name_in_a_certificate_leads_out_of_the_folder(name, tmp_path):
    files, to = holder_named(name), tmp_path / "to"
    to.mkdir()

    kept = save(files, to)

    [folder] = list(to.iterdir())
    assert kept.folder == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "signCert.der",
        "signPri.key",
    ]
    assert list(tmp_path.iterdir()) == [to]
    assert not folder.name.startswith((".", "~", "-"))
    assert not set('/\\:*?"<>|$`\u202e\u2215\uff0f') & set(folder.name)
    assert len(folder.name.encode()) < 140


@given(name=st.text(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_name_at_all_makes_another_thing_than_one_part_of_a_path(name):
    try:
        files = holder_named(name)
    except ValueError:  # there is no certificate with such a name
        return

    folder = plan(files).folder

    assert PurePosixPath(folder).name == PureWindowsPath(folder).name == folder
    assert folder.endswith("0a1b2c3d4e5f")


def holder_named(name: str) -> list[File]:
    """Return the files of a holder whose certificate says this common name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)]
    )
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 0x0A1B2C3D4E5F)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return [
        File(FileRole.SIGNING_CERTIFICATE, der),
        File(FileRole.SIGNING_KEY, b"0\x04\x30\x00\x04\x00"),
    ]


def test_a_person_is_not_asked_twice_and_a_no_stays_a_no():
    sender, receiver = agreed()
    sender.type_code(receiver.code)
    m5 = sender.offer(sample_payload(), move=True)
    receiver.take_m5(m5)
    receiver.answer(accept=False)

    for again in (lambda: receiver.take_m5(m5), lambda: receiver.take_m7(m5)):
        with pytest.raises(ProtocolError):
            again()
