"""Time stamps are what RFC 3161 says, and other programs agree."""

import hashlib
import json
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.makers import NOON, key_of, make_authority, make_root_authority
from tests.support.external_verifiers import openssl
from webapp.pki.ca_key import hash_for
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.timestamp import (
    MAX_REQUEST,
    POLICY,
    FailureInfo,
    TimestampAuthority,
    TimestampRequest,
    TimestampRequestError,
    granted,
    issue_token,
    read_request,
    rejected,
)

TEXT = b"what was there at noon"
DIGEST = hashlib.sha256(TEXT).digest()


@cache
def make_stamper(kind: KeyKind) -> TimestampAuthority:
    key, issuing = key_of(kind, 7), make_authority()
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stamps")]))
        .issuer_name(issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(issuing.key, hash_for(issuing.key))
    )
    chain = (issuing.certificate, make_root_authority().certificate)
    return TimestampAuthority(certificate, key, chain)


def make_query(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "version": "v1",
        "message_imprint": make_imprint("sha256", DIGEST),
        "nonce": 2**63,
        "cert_req": True,
    }
    return tsp.TimeStampReq(fields | changes).dump()


def make_imprint(name: str, digest: bytes) -> dict[str, object]:
    return {"hash_algorithm": {"algorithm": name}, "hashed_message": digest}


def stamp(request: TimestampRequest, kind: KeyKind = KeyKind.P_256) -> cms.SignedData:
    token = issue_token(make_stamper(kind), request, serial=5, moment=NOON)
    return cms.ContentInfo.load(token)["content"]


def imprint_of(request: TimestampRequest) -> tuple[str, bytes]:
    imprint = tsp.MessageImprint.load(request.imprint)
    name = imprint["hash_algorithm"]["algorithm"].native
    return name, imprint["hashed_message"].native


def test_request_is_read() -> None:
    request = read_request(make_query(req_policy=POLICY))

    assert imprint_of(request) == ("sha256", DIGEST)
    assert request.nonce == 2**63
    assert request.wants_certificates


def test_hash_without_parameters_is_read_and_comes_back_as_it_was() -> None:
    algorithm = "300b0609608648016503040201"  # RFC 5754 2: absent, or NULL
    query = bytes.fromhex(f"30360201013031{algorithm}0420") + DIGEST
    query = query[:1] + bytes([len(query) - 2]) + query[2:]
    query = query.replace(b"\x30\x31\x30\x0b", b"\x30\x2f\x30\x0b")

    request = read_request(query)

    assert imprint_of(request) == ("sha256", DIGEST)
    assert request.imprint == query[5:]
    assert request.imprint in granted(
        issue_token(make_stamper(KeyKind.P_256), request, serial=1, moment=NOON)
    )


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_openssls_requests_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "text").write_bytes(TEXT)
    query = tmp_path / "query"
    options = ("-data", str(tmp_path / "text"), f"-{name}", "-out", str(query))
    openssl("ts", "-query", *options)

    request = read_request(query.read_bytes())

    assert imprint_of(request) == (name, hashlib.new(name, TEXT).digest())
    assert request.nonce is not None
    assert not request.wants_certificates


EXTENSION = {"extn_id": "1.2.3.4", "critical": False, "extn_value": b"\x05\x00"}
REFUSED = {
    "md5": (make_query(message_imprint=make_imprint("md5", b"1" * 16)), "BAD_ALG"),
    "sha1": (make_query(message_imprint=make_imprint("sha1", b"1" * 20)), "BAD_ALG"),
    "digest too short": (
        make_query(message_imprint=make_imprint("sha256", b"1" * 31)),
        "BAD_DATA_FORMAT",
    ),
    "other policy": (make_query(req_policy="1.2.3.4"), "UNACCEPTED_POLICY"),
    "extension": (make_query(extensions=[EXTENSION]), "UNACCEPTED_EXTENSION"),
    "critical extension": (
        make_query(extensions=[EXTENSION | {"critical": True}]),
        "UNACCEPTED_EXTENSION",
    ),
    "long nonce": (make_query(nonce=2**512), "BAD_REQUEST"),
    "too large": (make_query() + bytes(MAX_REQUEST), "BAD_REQUEST"),
    "nothing": (b"", "BAD_DATA_FORMAT"),
    "something behind": (make_query() + b"\x05\x00", "BAD_DATA_FORMAT"),
    "cut off": (make_query()[:-3], "BAD_DATA_FORMAT"),
    "nonce of 4,000 octets": (make_query(nonce=2**32000 - 1), "BAD_REQUEST"),
    # Types that asn1crypto knows and gives no value of.
    "instance of": (
        bytes.fromhex(
            "30480201013031300d060260ff48016503040201050004202d711642b726b04401627ca9fba"
            "c32f5c8530fb1803cc4db02258717921a4881020d1000000000000000000000000001"
            "01ff"
        ),
        "BAD_DATA_FORMAT",
    ),
    "real": (
        bytes.fromhex(
            "30480201013031300d0609608648016503040201050004202d711642b726b04401627ca9fb"
            "ac32f5c8530fa0903cc4db02258717921a4881050d10000000000000000000000000c901ff"
        ),
        "BAD_DATA_FORMAT",
    ),
    "version 2": (make_query().replace(b"\x02\x01\x01", b"\x02\x01\x02", 1), None),
}


@pytest.mark.parametrize(("query", "failure"), REFUSED.values(), ids=REFUSED)
def test_refusal_names_its_bit(query: bytes, failure: str | None) -> None:
    with pytest.raises(TimestampRequestError) as refusal:
        read_request(query)

    assert failure is None or refusal.value.failure is FailureInfo[failure]


def test_each_cut_of_a_request_is_refused() -> None:
    query = make_query(req_policy=POLICY)

    for end in range(len(query)):
        with pytest.raises(TimestampRequestError):
            read_request(query[:end])


def test_changed_octet_is_read_or_refused_and_nothing_else() -> None:
    query = make_query(req_policy=POLICY, extensions=[EXTENSION])

    for at in range(len(query)):
        for octet in (0x00, 0x30, 0x7F, 0x80, 0xFF):
            changed = query[:at] + bytes([octet]) + query[at + 1 :]
            with suppress(TimestampRequestError):
                read_request(changed)


def test_token_says_what_was_asked_and_when() -> None:
    request = read_request(make_query())

    signed = stamp(request)

    info = signed["encap_content_info"]["content"].parsed
    assert info["serial_number"].native == 5
    assert info["gen_time"].native == NOON
    assert info["nonce"].native == request.nonce
    assert info["message_imprint"].dump() == request.imprint
    assert info["accuracy"]["seconds"].native == 1
    assert info["ordering"].native is False
    assert info["policy"].dotted == POLICY


def test_token_names_its_certificate_by_sha256() -> None:
    signed = stamp(read_request(make_query()))

    attributes = signed["signer_infos"][0]["signed_attrs"]
    (named,) = [
        attribute["values"][0]["certs"]
        for attribute in attributes
        if attribute["type"].native == "signing_certificate_v2"
    ]
    der = make_stamper(KeyKind.P_256).certificate.public_bytes(Encoding.DER)
    assert [one["cert_hash"].native for one in named] == [hashlib.sha256(der).digest()]


def test_certificates_come_only_where_asked() -> None:
    with_them = stamp(read_request(make_query()))
    without = stamp(read_request(make_query(cert_req=False)))

    assert len(with_them["certificates"]) == 3
    assert without["certificates"].native is None


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.P_384, KeyKind.RSA_2048])
def test_openssl_verifies_a_stamp(tmp_path: Path, kind: KeyKind) -> None:
    stamper = make_stamper(kind)
    query = make_query()
    token = issue_token(stamper, read_request(query), serial=9, moment=NOON)
    (tmp_path / "query").write_bytes(query)
    (tmp_path / "reply").write_bytes(granted(token))
    root = stamper.chain[-1].public_bytes(Encoding.PEM)
    (tmp_path / "root").write_bytes(root)

    verdict = openssl(
        *("ts", "-verify", "-queryfile", str(tmp_path / "query")),
        *("-in", str(tmp_path / "reply"), "-CAfile", str(tmp_path / "root")),
        *("-attime", str(int(NOON.timestamp()))),
    )

    assert "Verification: OK" in verdict


@pytest.mark.parametrize("failure", FailureInfo)
def test_openssl_reads_a_refusal(tmp_path: Path, failure: FailureInfo) -> None:
    (tmp_path / "reply").write_bytes(rejected(failure, "It was refused."))

    text = openssl("ts", "-reply", "-in", str(tmp_path / "reply"), "-text")

    assert "Status: Rejected" in text
    assert "It was refused." in text
    assert "Failure info: unspecified" not in text


def test_page_and_centre_read_the_same_request() -> None:
    path = Path(__file__).parents[3] / "vectors" / "timestamp.json"
    vector = json.loads(path.read_text())

    request = read_request(bytes.fromhex(vector["request"]))

    nonce = int(vector["nonce"], 16)
    digest = bytes.fromhex(vector["digest"])
    assert imprint_of(request) == ("sha256", digest)
    assert request.nonce == nonce
    assert request.wants_certificates
