"""The centre that an application serves: its CA, its addresses, its steps."""

from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app

from webapp.accounts.second_operator import SecondOperatorRule
from webapp.ca.certificate_types import DEMO, Types, load_types
from webapp.ca.material import load_ca_material
from webapp.config import Config
from webapp.enrolment.issuance import Issuer
from webapp.enrolment.steps import Checks
from webapp.pki.crl import crl_der
from webapp.repository.newest_crl import NewestCrl
from webapp.web.i18n import language


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
    newest_crl: NewestCrl


def open_centre(config: Config) -> Centre:
    """Load the CA and put the centre together.

    Raises:
        CaMaterialError: files of the CA are missing, broken, or not of one CA.
        OSError: the file of certificate types cannot be read.
        TypesFileError: it has mistakes.
    """
    material = load_ca_material(config)
    checks = Checks(
        phone_check=config.require_phone_check,
        security_card=config.require_security_card,
    )
    name = config.brand.own_name
    types = load_types(config.types, name)
    if config.demo:
        types = MappingProxyType({**types, **load_types(DEMO, name)})
    return Centre(
        config=config,
        issuer=Issuer(
            authority=material.issuing,
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
        issuing_certificate=material.issuing.certificate.public_bytes(Encoding.DER),
        root_certificate=material.root.public_bytes(Encoding.DER),
        root_list=crl_der(material.root_crl),
        newest_crl=NewestCrl.beside(config.issuing_key),
    )


def centre() -> Centre:
    """Return the centre of this application."""
    found: Centre = current_app.extensions["certferry.centre"]
    return found


def name_of_type(type_id: str) -> str:
    """Return what people call a type; one that is gone from the file keeps its id."""
    found = centre().types.get(type_id)
    return found.name_in(language()) if found else type_id
