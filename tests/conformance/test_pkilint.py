"""pkilint finds nothing from WARNING on in what this project signs, shape by shape.

What stands by design is named with its reason in STANDING.
"""

import os
import ssl
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_bridge.npki.identity import Vid, VidHash, compute_vid
from tests.makers import (
    HANA,
    NOON,
    PKI_URL,
    make_authority,
    make_certificate,
    make_list,
    make_root_authority,
)
from tests.support.linting import (
    codes,
    lint_certificate,
    lint_crl,
)
from webapp.ca.certificate_types import DEMO_PATH, load_types, packaged_types
from webapp.pki.authority import make_root, new_serial
from webapp.pki.crl import ReasonCode, RevokedEntry
from webapp.pki.crl_partitions import PARTITIONS, Partition, split_list
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import (
    Locations,
    ServiceKind,
    make_service_certificate,
)
from webapp.pki.tls_certificate import make_server_certificate

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
# Severity and code of what stands by design, and why.
STANDING = {
    ("ERROR", "pkix.invalid_domain_name_syntax"): (
        "localhost: RFC 1034 3.5 takes one label; pkilint asks for a registered domain"
    ),
}
SERIAL = 0x10FFEEDDCCBBAA99887766554433221100
VID = Vid(VidHash.SHA_256, compute_vid("1234567890", bytes(range(20)), VidHash.SHA_256))
TYPES = {**packaged_types(), **load_types(DEMO_PATH)}
HOLDERS = {
    "plain": HANA,
    "Hangul alone": replace(HANA, latin_name=""),
    "company": replace(HANA, name="(주)하나상사", latin_name="HANA & CO., LTD."),
    "longest": replace(HANA, name="하" * 12, latin_name="A" * 12),
}


def findings_of(shapes, lint):
    """Count the shapes without a finding, and return the findings of the others."""
    findings = {shape: codes(lint(der)) for shape, der in shapes.items()}
    findings = {shape: messages for shape, messages in findings.items() if messages}
    results = Counter(passed=len(shapes) - len(findings))
    results.update({"with findings": len(findings)} if findings else {})
    return results, findings


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def test_authorities_of_every_kind_of_key(report):
    shapes = {}
    for kind in KeyKind:
        root = make_root(NOON, serial=new_serial(os.urandom), kind=kind)
        shapes[f"root {kind}"] = der_of(root.certificate)
        shapes[f"issuing {kind}"] = der_of(make_authority(kind).certificate)

    results, findings = findings_of(shapes, lint_certificate)

    assert findings == {}
    report("pkilint, certificates of authorities", results)


def test_certificates_of_every_type_holder_and_issuer(report):
    shapes = {
        (type_id, name, issuer, vid is not None, ocsp_url): der_of(
            make_certificate(
                make_authority(issuer),
                cert_type.profile,
                holder=holder,
                vid=vid,
                ocsp_url=ocsp_url,
            )
        )
        for (type_id, cert_type), (name, holder), issuer, vid, ocsp_url in product(
            TYPES.items(),
            HOLDERS.items(),
            (KeyKind.P_256, KeyKind.RSA_2048),
            (None, VID),
            (None, f"{PKI_URL}/ocsp"),
        )
    }

    results, findings = findings_of(shapes, lint_certificate)

    assert findings == {}
    report("pkilint, certificates of holders", results)


def test_server_certificates_of_the_demo_on_a_local_network(report):
    key = ec.generate_private_key(ec.SECP256R1())
    shapes = {
        names: der_of(
            make_server_certificate(
                make_root_authority(),
                key.public_key(),
                names=list(names),
                serial=SERIAL,
                not_before=NOON,
                not_after=NOON + timedelta(days=90),
            )
        )
        for names in (("192.0.2.10", "localhost"), ("localhost",), ("2001:db8::1",))
    }

    results, findings = findings_of(shapes, lint_certificate)

    standing = {names: set(STANDING) for names in shapes if "localhost" in names}
    assert findings == standing
    report("pkilint, server certificates of the demo", results)


def test_certificates_of_the_centre_s_own_services(report):
    locations = Locations(
        crl_url=f"{PKI_URL}/issuing.crl",
        issuer_url=f"{PKI_URL}/issuing.crt",
        ocsp_url=f"{PKI_URL}/ocsp",
    )
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    shapes = {
        (service, issuer): der_of(
            make_service_certificate(
                make_authority(issuer),
                service,
                key,
                serial=SERIAL,
                now=NOON,
                locations=locations,
            )
        )
        for service, issuer in product(ServiceKind, KeyKind)
    }

    results, findings = findings_of(shapes, lint_certificate)

    assert findings == {}
    report("pkilint, certificates of services", results)


def test_lists_of_both_authorities(report):
    every_reason = [
        RevokedEntry(SERIAL + number, NOON, reason)
        for number, reason in enumerate(ReasonCode)
    ]
    hold = [RevokedEntry(SERIAL, NOON, ReasonCode.CERTIFICATE_HOLD)]
    of_root, of_issuing = Counter(), Counter()
    for entries, number in product(([], hold, every_reason), (1, 2**63)):
        issuing = {
            kind: make_list(make_authority(kind), *entries, number=number)
            for kind in KeyKind
        }
        results, findings = findings_of(issuing, lint_crl)
        assert findings == {}
        of_issuing += results
        root = {"root": make_list(make_root_authority(), *entries, number=number)}
        results, findings = findings_of(root, lambda der: lint_crl(der, of_root=True))
        assert findings == {}
        of_root += results

    report("pkilint, lists of the issuing CA", of_issuing)
    report("pkilint, lists of the root", of_root)


def test_parts_of_the_list_of_every_kind_of_key(report):
    entries = [
        RevokedEntry(SERIAL + number, NOON, reason)
        for number, reason in enumerate([*ReasonCode, ReasonCode.CERTIFICATE_HOLD])
    ]
    shapes = {}
    for kind in KeyKind:
        authority = make_authority(kind)
        split = split_list(make_list(authority, *entries, number=2**63))
        for number in range(PARTITIONS):
            part = split.build(authority, Partition(number), f"{PKI_URL}/issuing.crl")
            shapes[kind, number] = part

    results, findings = findings_of(shapes, lint_crl)

    assert findings == {}
    assert len({len(der) for der in shapes.values()}) > 1  # with entries, and without
    report("pkilint, parts of the list", results)


@pytest.mark.parametrize("file", ["badasn1time.pem", "utf8-dnsname.pem"])
def test_pkilint_finds_what_is_wrong_elsewhere(file):
    der = ssl.PEM_cert_to_DER_cert((VECTORS / file).read_text("ascii"))

    assert "ERROR" in {severity for severity, _ in codes(lint_certificate(der))}
