"""What every page says of a certificate beside what is stored of it.

Templates call it (templates/macros/certificate.html), and hand it to the scripts that
show what a browser keeps (frontend/certificates/views/certificate_display.js).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from flask_babel import gettext as _

from mobile_bridge.npki.identity import read_vid
from mobile_bridge.pki.certificate import fingerprint_pairs, shown_issuer
from mobile_bridge.pki.names import shown
from webapp.ca.context import current_ca
from webapp.certificates.labels import COPY_LABELS, COPY_PLACES, PLACES, READ_BACK
from webapp.certificates.models import Certificate, CertificateCopy
from webapp.certificates.records.copies import StorageKind
from webapp.pki.profiles import TOLERANCE
from webapp.web.i18n import format_datetime, language


@dataclass(frozen=True, slots=True)
class DisplayDetails:
    """What programs and supporters ask for: RFC 4514 names, SHA-256 in pairs."""

    subject: str
    issuer: str
    fingerprint: str


def display_details(certificate: Certificate) -> DisplayDetails:
    """Return what stands in a signed certificate, letter by letter."""
    der = certificate.der or b""
    read = x509.load_der_x509_certificate(der)
    return DisplayDetails(
        subject=_whole(read.subject),
        issuer=_whole(read.issuer),
        fingerprint=fingerprint_pairs(der),
    )


def issuer_display_name() -> str:
    """Return what the issuer is called on a page of this centre."""
    brand = current_ca().config.brand
    unnamed = str(_("This certificate centre"))
    return brand.name_in(language()) if brand.is_named else unnamed


@dataclass(frozen=True, slots=True)
class CopyDescription:
    """One place that has a copy: what kind of place, and what was told of it."""

    place: str
    note: str


def describe_copy(copy: CertificateCopy) -> CopyDescription:
    """Return what a page says of one place that has a copy.

    What told the centre of it is named as that: often it is another device.
    """
    place = [str(COPY_PLACES.get(copy.place, copy.place))]
    if copy.device and copy.place == StorageKind.BROWSER:
        place.append(copy.device)  # a browser speaks of itself alone
    note = [format_datetime(copy.at)]
    if (copy.how, copy.place) in READ_BACK:
        note.append(str(_("read back complete")))
    if copy.device and copy.place != StorageKind.BROWSER:
        note.append(str(_("reported by: %(device)s", device=copy.device)))
    return CopyDescription(" · ".join(place), " · ".join(note))


def place_names(copies: Sequence[CertificateCopy]) -> str:
    """Return the kinds of place of these copies in one line."""
    return ", ".join(str(PLACES.get(copy.place, copy.place)) for copy in copies)


def lacks_vid(certificate: Certificate) -> bool:
    """Say whether a certificate of a type with a VID was issued without one.

    So were those from before the type had it.
    """
    cert_type = current_ca().types.get(certificate.type_id)
    if cert_type is None or not cert_type.profile.vid or certificate.der is None:
        return False
    return read_vid(certificate.der) is None


def storage_text(certificate: Certificate, last: CertificateCopy | None) -> str:
    """Return what the centre was told last of where a certificate is kept."""
    if certificate.delivered_at is None:
        return str(_("not stored yet"))
    if last is None:
        return format_datetime(certificate.delivered_at)
    words = str(COPY_LABELS.get((last.how, last.place), last.how))
    return f"{words} · {format_datetime(last.at)}"


def centre_details() -> dict[str, object]:
    """Return what a script needs to name types and issuer of what it finds.

    `types` by policy identifier; `issuer` as this centre's certificates name it, and
    what it is `called`. Our certificates begin `backdated` milliseconds before they are
    issued.
    """
    here = current_ca()
    return {
        "types": {
            cert_type.profile.policy_oid: cert_type.name_in(language())
            for cert_type in here.types.values()
        },
        "issuer": shown_issuer(here.authority.name),
        "called": issuer_display_name(),
        "backdated": int(TOLERANCE.total_seconds() * 1000),
    }


def _whole(name: x509.Name) -> str:
    return shown(name.rfc4514_string())
