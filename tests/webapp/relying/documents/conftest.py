"""A signer for the tests of documents."""

from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import (
    SIGN,
    key_of,
    make_authority,
    make_certificate,
    make_root_authority,
)
from webapp.pki.ca_key import AuthorityKey


@dataclass(frozen=True)
class Signer:
    """A certificate with its key and its issuers."""

    certificate: x509.Certificate
    key: AuthorityKey
    issuers: tuple[x509.Certificate, ...]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return (self.certificate, *self.issuers)


@pytest.fixture(scope="session")
def hana() -> Signer:
    """Return Hana's certificate, issued at noon by the authority of all tests."""
    issuers = (make_authority().certificate, make_root_authority().certificate)
    return Signer(make_certificate(), key_of(SIGN.key_kind), issuers)
