"""The certificate authority that an application serves: its keys, files and types."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app

from mobile_bridge.npki.identity_seal import SealKey
from webapp.ca.certificate_types import DEMO_PATH, Types, load_types
from webapp.ca.identity_key import identity_key
from webapp.ca.material import CaMaterial, load_ca_material
from webapp.ca.service_certificates import FOLDER, ServiceCertificates
from webapp.config import Config
from webapp.pki.authority import Authority
from webapp.pki.crl import crl_der
from webapp.pki.errors import AuthorityExpiresFirstError
from webapp.pki.profiles import validity
from webapp.pki.services.certificates import Locations
from webapp.web.i18n import language


@dataclass(frozen=True, slots=True, kw_only=True)
class CaContext:
    """What views ask for; made once when the application starts. DER throughout.

    The three URLs of `locations` are written into the certificates. Browsers seal R
    to `identity_key`; `services` signs in the name of the centre's own services.
    """

    config: Config
    authority: Authority
    identity_key: SealKey
    types: Types
    issuing_certificate: bytes = field(repr=False)
    root_certificate: bytes = field(repr=False)
    root_crl: bytes = field(repr=False)
    locations: Locations
    services: ServiceCertificates = field(repr=False)

    def identity_key_for(self, type_id: str | None) -> str:
        """Return the key to seal R to, in base64; empty where the type has no VID."""
        cert_type = self.types.get(type_id or "")
        if cert_type is None or not cert_type.profile.vid:
            return ""
        return base64.b64encode(self.identity_key.public).decode()

    def is_phone_only(self, type_id: str | None) -> bool:
        """Tell whether the keys of a type stay on the phone that made them."""
        cert_type = self.types.get(type_id or "")
        return cert_type is not None and cert_type.is_phone_only

    def require_ca_outlives(self, now: datetime) -> None:
        """Refuse when certificates issued at `now` would outlive the CA's own.

        Raises:
            AuthorityExpiresFirstError: this centre needs a new certificate itself.
        """
        end = self.authority.certificate.not_valid_after_utc
        profiles = (cert_type.profile for cert_type in self.types.values())
        if any(validity(profile, now).not_after > end for profile in profiles):
            raise AuthorityExpiresFirstError


def load_ca(config: Config) -> CaContext:
    """Load the CA's files and its certificate types.

    Raises:
        CaMaterialError: files of the CA are missing, broken, or not of one CA.
        OSError: the file of certificate types cannot be read.
        TypesFileError: it has mistakes.
    """
    material = load_ca_material(config)
    name = config.brand.own_name
    types = load_types(config.types, name)
    if config.demo:
        types = MappingProxyType({**types, **load_types(DEMO_PATH, name)})
    return CaContext(
        config=config,
        authority=material.issuing,
        identity_key=identity_key(material.issuing),
        types=types,
        issuing_certificate=material.issuing.certificate.public_bytes(Encoding.DER),
        root_certificate=material.root.public_bytes(Encoding.DER),
        root_crl=crl_der(material.root_crl),
        locations=locations(config),
        services=service_certificates(config, material),
    )


def locations(config: Config) -> Locations:
    """Return where certificates of this centre say that status and issuer are."""
    return Locations(
        crl_url=f"{config.pki_url}/pki/issuing.crl",
        issuer_url=f"{config.pki_url}/pki/issuing.crt",
        ocsp_url=f"{config.pki_url}/ocsp",
    )


def service_certificates(config: Config, material: CaMaterial) -> ServiceCertificates:
    """Return the services' keys, which lie in a folder beside the issuing key."""
    return ServiceCertificates(
        config.issuing_key.with_name(FOLDER),
        material.issuing,
        config.issuing_passphrase.encode(),
        locations(config),
    )


def current_ca() -> CaContext:
    """Return the CA of this application."""
    ca: CaContext = current_app.extensions["certferry.ca"]
    return ca


def name_of_type(type_id: str) -> str:
    """Return what people call a type; one that is gone from the file keeps its id."""
    cert_type = current_ca().types.get(type_id)
    return cert_type.name_in(language()) if cert_type else type_id
