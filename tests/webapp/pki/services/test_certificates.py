"""What certificates of the centre's own services say, and when new ones are due."""

import os
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.makers import NOON, PKI_URL, key_of, make_authority
from webapp.pki.authority import new_serial
from webapp.pki.errors import AuthorityExpiresFirstError
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import (
    PROFILES,
    Locations,
    ServiceKind,
    is_renewal_due,
    make_service_certificate,
)

PLACES = Locations(
    crl_url=f"{PKI_URL}/pki/issuing.crl",
    issuer_url=f"{PKI_URL}/pki/issuing.crt",
    ocsp_url=f"{PKI_URL}/ocsp",
)


def make(kind: ServiceKind, now: datetime = NOON) -> x509.Certificate:
    key = key_of(KeyKind.P_256).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return make_service_certificate(
        make_authority(),
        kind,
        key,
        serial=new_serial(os.urandom),
        now=now,
        locations=PLACES,
    )


def usage_of(certificate: x509.Certificate) -> x509.Extension[x509.ExtendedKeyUsage]:
    return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


@pytest.mark.parametrize("kind", ServiceKind)
def test_the_issuing_ca_signs_each_kind_for_its_own_use_only(kind: ServiceKind) -> None:
    certificate = make(kind)

    certificate.verify_directly_issued_by(make_authority().certificate)
    assert list(usage_of(certificate).value) == [PROFILES[kind].extended_key_usage]


def test_a_time_stamping_certificate_says_so_critically() -> None:
    usage = usage_of(make(ServiceKind.TIME_STAMPING))

    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_a_responder_is_not_checked_and_lasts_a_month() -> None:
    certificate = make(ServiceKind.OCSP_RESPONDER)

    certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == timedelta(days=30)


@pytest.mark.parametrize(
    ("days", "is_due"), [(0, False), (14, False), (15, True), (40, True), (-1, True)]
)
def test_a_responder_is_renewed_half_a_month_before_its_end(
    days: int, is_due: bool
) -> None:
    certificate, issuer = make(ServiceKind.OCSP_RESPONDER), make_authority().certificate
    now = NOON + timedelta(days=days)

    assert is_due == is_renewal_due(
        certificate, ServiceKind.OCSP_RESPONDER, issuer, now
    )


def test_a_certificate_ends_with_the_ca_and_is_not_renewed_in_vain() -> None:
    issuer = make_authority().certificate
    near_the_end = issuer.not_valid_after_utc - timedelta(days=3)

    certificate = make(ServiceKind.TIME_STAMPING, near_the_end)

    assert certificate.not_valid_after_utc == issuer.not_valid_after_utc
    assert not is_renewal_due(
        certificate, ServiceKind.TIME_STAMPING, issuer, near_the_end
    )


def test_a_ca_that_is_over_makes_no_certificate() -> None:
    with pytest.raises(AuthorityExpiresFirstError):
        make(
            ServiceKind.RECEIPT_SIGNER, make_authority().certificate.not_valid_after_utc
        )
