"""Small real things for tests: keys, requests, authorities, certificates."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from webapp.ca.certificate_types import packaged_types
from webapp.pki.authority import (
    Authority,
    CertificateTemplate,
    make_issuing,
    make_root,
    new_serial,
)
from webapp.pki.ca_key import AuthorityKey, new_key
from webapp.pki.crl import RevokedEntry, build_crl
from webapp.pki.key_policy import KeyKind
from webapp.pki.names import Holder
from webapp.pki.profiles import Profile, validity

NOON = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)  # in Seoul
HANA = Holder(name="김하나", latin_name="KIM HANA", number="00000012340001")
BANK = packaged_types()["personal-bank"].profile
SIGN = packaged_types()["personal-sign"].profile
PKI_URL = "http://pki.example.com"


@cache
def key_of(kind: KeyKind, number: int = 1) -> AuthorityKey:
    """Return the same key of a kind each time; another `number`, another key."""
    return new_key(kind)


def make_request(
    kind: KeyKind = KeyKind.P_256,
    *,
    key: AuthorityKey | None = None,
    asks_for: str | None = None,
    asks_to_be_an_authority: bool = False,
) -> bytes:
    """Return an honest signing request in DER; `asks_for` is its common name."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, asks_for)] if asks_for else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name(attributes)
    )
    if asks_to_be_an_authority:
        wish = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(wish, critical=True)
    signed = builder.sign(key or key_of(kind), hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@cache
def make_root_authority() -> Authority:
    """Return the root of all tests."""
    return make_root(NOON - timedelta(days=30), serial=new_serial(os.urandom))


@cache
def make_authority(kind: KeyKind = KeyKind.P_256) -> Authority:
    """Return the issuing authority of a kind under the root of all tests."""
    return make_issuing(
        make_root_authority(),
        NOON - timedelta(days=30),
        serial=new_serial(os.urandom),
        crl_url=f"{PKI_URL}/root.crl",
        issuer_url=f"{PKI_URL}/root.crt",
        kind=kind,
    )


def make_template(profile: Profile = SIGN, **changes: Any) -> CertificateTemplate:
    """Return a template for Hana's certificate of a profile, issued at noon."""
    public_key = key_of(profile.key_kind).public_key()
    template = CertificateTemplate(
        holder=HANA,
        profile=profile,
        public_key=public_key,
        serial=new_serial(os.urandom),
        validity=validity(profile, NOON),
        crl_url=f"{PKI_URL}/issuing.crl",
        issuer_url=f"{PKI_URL}/issuing.crt",
    )
    return replace(template, **changes)


def make_certificate(
    authority: Authority | None = None, profile: Profile = SIGN, **changes: Any
) -> x509.Certificate:
    """Return a certificate as the authority issues it."""
    authority = authority or make_authority()
    tbs = authority.prepare(make_template(profile, **changes))
    return x509.load_der_x509_certificate(authority.sign(tbs))


def make_list(authority: Authority, *entries: RevokedEntry, number: int = 1) -> bytes:
    """Return a revocation list that is current at noon."""
    return build_crl(
        authority,
        entries,
        number=number,
        this_update=NOON,
        next_update=NOON + timedelta(days=1),
    )
