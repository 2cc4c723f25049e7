"""The centre that an application serves: its CA, its addresses, its steps."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app

from webapp.accounts.second_operator import SecondOperatorRule
from webapp.applications.steps import Checks
from webapp.certificate_types import Types, load_types
from webapp.certificates.issuing import Issuer
from webapp.config import Config
from webapp.pki.authority import Authority, load_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """What routes ask for; made once when the application starts. DER throughout."""

    config: Config
    issuer: Issuer
    checks: Checks
    types: Types
    issuing_certificate: bytes = field(repr=False)
    root_certificate: bytes = field(repr=False)
    root_list: bytes = field(repr=False)


def open_centre(config: Config) -> Centre:
    """Load the CA and put the centre together.

    Raises:
        OSError: a file that the configuration names cannot be read.
        TypesFileError: the file of certificate types has mistakes.
        PkiError: the passphrase does not open the issuing key.
    """
    certificate = x509.load_pem_x509_certificate(
        config.issuing_certificate.read_bytes()
    )
    key = load_key(config.issuing_key.read_bytes(), config.issuing_passphrase.encode())
    checks = Checks(
        phone_check=config.require_phone_check,
        security_card=config.require_security_card,
    )
    types = load_types(config.types)
    return Centre(
        config=config,
        issuer=Issuer(
            authority=Authority(certificate, key),
            crl_url=f"{config.pki_url}/pki/issuing.crl",
            certificate_url=f"{config.pki_url}/pki/issuing.crt",
            checks=checks,
            types=types,
            second_operator=SecondOperatorRule(
                config.second_operator_hours, config.confirm_new_customers
            ),
        ),
        checks=checks,
        types=types,
        issuing_certificate=certificate.public_bytes(Encoding.DER),
        root_certificate=_der(config.root_certificate),
        root_list=config.root_crl.read_bytes(),
    )


def centre() -> Centre:
    """Return the centre of this application."""
    found: Centre = current_app.extensions["certferry.centre"]
    return found


def _der(pem: Path) -> bytes:
    return x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)
