"""The extensions of a holder's certificate, encoded; what is constant only once."""

from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from mobile_bridge.npki.identity import Vid, write_identify_data
from webapp.pki import der
from webapp.pki.key_policy import PublicKey
from webapp.pki.names import Holder
from webapp.pki.profiles import IDENTITY_OID, Profile

_ALTERNATIVE_NAME: Final = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string


def encode(value: x509.ExtensionType, *, critical: bool = False) -> bytes:
    """Encode one extension."""
    return der.extension(
        value.oid.dotted_string, value.public_bytes(), critical=critical
    )


@lru_cache(maxsize=64)
def profile_extensions(profile: Profile) -> bytes:
    """Encode what every certificate of a profile says."""
    # RFC 5280 4.2.1.4: the notice is text only and names no organisation.
    notice = x509.UserNotice(None, profile.notice)
    policy_oid = x509.ObjectIdentifier(profile.policy_oid)
    policy = x509.PolicyInformation(policy_oid, [notice])
    return b"".join(
        (
            encode(x509.BasicConstraints(ca=False, path_length=None), critical=True),
            encode(profile.key_usage, critical=True),
            # Not critical, unlike in the field: as they come, Java refuses a critical
            # one with a qualifier and NSS any, so that no such server took it.
            encode(x509.CertificatePolicies([policy])),
        )
    )


@lru_cache(maxsize=256)
def location_extensions(crl_url: str, issuer_url: str, ocsp_url: str | None) -> bytes:
    """Encode where the revocation list and the issuer's certificate are found."""
    return encode(crl_distribution_points(crl_url)) + encode(
        authority_information_access(issuer_url, ocsp_url)
    )


def holder_extensions(
    public_key: PublicKey, holder: Holder, vid: Vid | None = None
) -> bytes:
    """Encode what is said of one holder: the key's identifier, real name and VID."""
    key_identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    # GeneralNames with one otherName (RFC 5280 4.2.1.6): IdentifyData of the field,
    # or the name alone under our own arc, so that nobody looks for a VID in it.
    name = write_identify_data(holder.name, vid) if vid else _own_name(holder.name)
    names = der.sequence(name)
    return encode(key_identifier) + der.extension(_ALTERNATIVE_NAME, names)


def _own_name(real_name: str) -> bytes:
    identity = der.sequence(der.utf8_string(real_name))
    return der.tlv(0xA0, der.oid(IDENTITY_OID), der.tlv(0xA0, identity))


def crl_distribution_points(crl_url: str) -> x509.CRLDistributionPoints:
    """Point to a revocation list."""
    place = [x509.UniformResourceIdentifier(crl_url)]
    return x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                place, relative_name=None, reasons=None, crl_issuer=None
            )
        ]
    )


def authority_information_access(
    issuer_url: str, ocsp_url: str | None = None
) -> x509.AuthorityInformationAccess:
    """Point to the issuer's certificate, and to its responder where there is one."""
    methods = [(AuthorityInformationAccessOID.CA_ISSUERS, issuer_url)]
    if ocsp_url is not None:
        methods.insert(0, (AuthorityInformationAccessOID.OCSP, ocsp_url))
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
            for method, url in methods
        ]
    )
