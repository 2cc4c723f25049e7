"""OCSP requests are read with limits; what is answered, other programs read."""

import os
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOON, PKI_URL, key_of, make_authority, make_certificate
from webapp.pki.authority import new_serial
from webapp.pki.crl import ReasonCode
from webapp.pki.errors import OcspRequestError
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import (
    Locations,
    ServiceKind,
    make_service_certificate,
)
from webapp.pki.services.ocsp import (
    GOOD,
    HASHES,
    MAX_CERT_IDS,
    MAX_REQUEST_BYTES,
    UNKNOWN,
    CertStatus,
    ErrorStatus,
    IssuerHashes,
    ResponseSigner,
    build_request,
    error_response,
    parse_request,
)

SHA_1, SHA_256 = HASHES
ISSUER = IssuerHashes.of(make_authority().certificate)
PLACES = Locations(
    crl_url=f"{PKI_URL}/pki/issuing.crl",
    issuer_url=f"{PKI_URL}/pki/issuing.crt",
    ocsp_url=f"{PKI_URL}/ocsp",
)


def make_signer() -> ResponseSigner:
    key = key_of(KeyKind.P_256)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = make_service_certificate(
        make_authority(),
        ServiceKind.OCSP_RESPONDER,
        key.public_key(),
        serial=new_serial(os.urandom),
        now=NOON,
        locations=PLACES,
    )
    return ResponseSigner.of(certificate, key)


def answer(status: CertStatus, nonce: bytes | None = None) -> ocsp.OCSPResponse:
    der = make_signer().sign(
        [(ISSUER.cert_id(77), status)],
        this_update=NOON,
        next_update=NOON + timedelta(hours=4),
        nonce=nonce,
    )
    return ocsp.load_der_ocsp_response(der)


def refused(content: bytes) -> bool:
    try:
        parse_request(content)
    except OcspRequestError:
        return True
    return False


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()])
@pytest.mark.parametrize("nonce", [None, b"n", b"n" * 32, b"n" * 128])
def test_a_request_of_another_program_is_read(
    algorithm: hashes.HashAlgorithm, nonce: bytes | None
) -> None:
    certificate = make_certificate()
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate,
        make_authority().certificate,
        algorithm,  # type: ignore[arg-type]
    )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)

    request = parse_request(builder.build().public_bytes(Encoding.DER))

    (cert_id,) = request.cert_ids
    assert ISSUER.match(cert_id)
    assert cert_id.serial == certificate.serial_number
    assert request.nonce == nonce


def test_a_request_of_another_issuer_is_told_apart() -> None:
    other = IssuerHashes.of(make_authority(KeyKind.P_384).certificate)

    assert not ISSUER.match(other.cert_id(5))


def test_several_certificates_are_asked_for_at_once() -> None:
    asked = [ISSUER.cert_id(number, SHA_256) for number in range(1, MAX_CERT_IDS + 1)]

    assert list(parse_request(build_request(asked)).cert_ids) == asked


def test_what_is_too_much_is_refused() -> None:
    many = [ISSUER.cert_id(number) for number in range(MAX_CERT_IDS + 1)]

    assert refused(build_request(many))
    assert refused(build_request([]))
    assert refused(b"\x30" + b"\x00" * MAX_REQUEST_BYTES)
    assert refused(build_request([ISSUER.cert_id(1 << 168)]))


@pytest.mark.parametrize("nonce", [b"", b"n" * 129])
def test_a_nonce_of_a_length_that_rfc_9654_forbids_is_refused(nonce: bytes) -> None:
    assert refused(build_request([ISSUER.cert_id(5)], nonce))


def test_a_critical_extension_that_nobody_knows_is_refused() -> None:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        make_certificate(),
        make_authority().certificate,
        hashes.SHA256(),
    )
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")

    for critical in (True, False):
        request = builder.add_extension(strange, critical=critical).build()
        assert refused(request.public_bytes(Encoding.DER)) == critical


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_read_or_refused(content: bytes) -> None:
    refused(content)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_request_with_a_changed_octet_is_read_or_refused(at: int, octet: int) -> None:
    request = bytearray(build_request([ISSUER.cert_id(1 << 100)], b"nonce"))
    request[at % len(request)] = octet

    refused(bytes(request))


def test_good_is_said_with_its_window_and_the_responder_s_certificate() -> None:
    response = answer(GOOD)

    assert response.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert response.serial_number == 77
    assert response.this_update_utc == response.produced_at_utc == NOON
    assert response.next_update_utc == NOON + timedelta(hours=4)
    (responder,) = response.certificates
    responder.verify_directly_issued_by(make_authority().certificate)
    key = responder.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(
        response.signature, response.tbs_response_bytes, ec.ECDSA(hashes.SHA256())
    )


@pytest.mark.parametrize("reason", ReasonCode)
def test_revoked_is_said_with_reason_and_time(reason: ReasonCode) -> None:
    response = answer(CertStatus(revoked_at=NOON, reason=reason))

    assert response.certificate_status == ocsp.OCSPCertStatus.REVOKED
    assert response.revocation_time_utc == NOON
    code = response.revocation_reason
    name = code.value.lower() if code else "unspecified"
    assert name == reason.value.replace("_", "")


def test_what_was_never_issued_is_unknown() -> None:
    assert answer(UNKNOWN).certificate_status == ocsp.OCSPCertStatus.UNKNOWN


def test_a_nonce_comes_back() -> None:
    nonce = answer(GOOD, b"q" * 32).extensions.get_extension_for_class(x509.OCSPNonce)

    assert nonce.value.nonce == b"q" * 32


@pytest.mark.parametrize("status", ErrorStatus)
def test_an_error_is_said_without_a_signature(status: ErrorStatus) -> None:
    response = ocsp.load_der_ocsp_response(error_response(status))

    assert response.response_status.value == status
