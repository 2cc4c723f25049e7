"""Whether the addresses in certificates lead to what they promise.

A certificate says where its revocation list and its issuer's certificate are (RFC 5280
4.2.1.13, 4.2.2.1). Who relies on it fetches them over plain HTTP, follows no redirect,
and takes nobody's word but the signature's.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import urllib3
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
)

from webapp.ca.certificate_types import Types
from webapp.ca.context import locations
from webapp.ca.material import CaMaterial
from webapp.config import Config
from webapp.pki.authority import CertificateTemplate, new_serial
from webapp.pki.crl import crl_number, is_signed_by, parse_crl
from webapp.pki.crl_partitions import Partition
from webapp.pki.names import Holder
from webapp.pki.profiles import Validity
from webapp.pki.services.certificates import is_in_force
from webapp.pki.services.ocsp import IssuerHashes, build_request

# A header of who stands in for a centre (temporary_server.py).
MARK: Final = "Certferry-Check"
_CONNECT, _READ = 5.0, 10.0  # seconds
_MAX_BYTES: Final = 32 * 1024 * 1024
_GATEWAY: Final = (502, 503, 504)


class AddressError(Exception):
    """What is at an address is not what certificates promise; the text says what is."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address in a certificate, and who judges what is found there."""

    url: str
    named_in: str
    judge: Callable[[bytes], str]  # returns what it is, or raises AddressError


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at an address."""

    place: Place
    is_right: bool
    text: str

    def __str__(self) -> str:
        """Say it in a line."""
        verdict = "ok  " if self.is_right else "FAIL"
        return f"{verdict} {self.place.url} ({self.place.named_in}): {self.text}"


def list_places(
    config: Config,
    material: CaMaterial,
    types: Types,
    *,
    now: datetime,
    newest_number: int | None = None,
) -> list[Place]:
    """Return every address in what this centre issues, and in its own certificate.

    `newest_number` is that of the last list the database knows.
    """
    issuing, root = material.issuing.certificate, material.root
    leaf = make_template(config, material, types, now)
    own_list, root_list = (
        lambda der: _judge_list(der, issuing, newest_number, now),
        lambda der: _judge_list(der, root, crl_number(material.root_crl), now),
    )
    leaf_name, own_name = "in each certificate", "in the issuing CA's certificate"
    return [
        *(Place(url, leaf_name, own_list) for url in crl_urls(leaf)),
        Place(locations(config).crl_url, "in older certificates", own_list),
        *(Place(url, leaf_name, _same_as(issuing)) for url in issuer_urls(leaf)),
        *(
            Place(_asked_in(url, issuing), leaf_name, _judge_responder(issuing, now))
            for url in ocsp_urls(leaf)
        ),
        *(Place(url, own_name, root_list) for url in crl_urls(issuing)),
        *(Place(url, own_name, _same_as(root)) for url in issuer_urls(issuing)),
    ]


def make_template(
    config: Config, material: CaMaterial, types: Types, now: datetime
) -> x509.Certificate:
    """Return a certificate as it would be issued; nobody signs it."""
    profile, urls = next(iter(types.values())).profile, locations(config)
    serial = new_serial(bytes)
    end = min(
        now + timedelta(hours=1), material.issuing.certificate.not_valid_after_utc
    )
    template = CertificateTemplate(
        holder=Holder("주소확인", "ADDRESS CHECK", "000000000000"),
        profile=profile,
        public_key=ec.generate_private_key(ec.SECP256R1()).public_key(),
        serial=serial,
        validity=Validity(now, end),
        crl_url=Partition.of(serial).url(urls.crl_url),
        issuer_url=urls.issuer_url,
        ocsp_url=urls.ocsp_url,
    )
    return material.issuing.read_unsigned(material.issuing.prepare(template))


def crl_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its revocation list is."""
    try:
        points = certificate.extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        ).value
    except x509.ExtensionNotFound:
        return []
    return [_uri(name) for point in points for name in point.full_name or ()]


def issuer_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its issuer's certificate is."""
    return _access_urls(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def ocsp_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its OCSP responder is."""
    return _access_urls(certificate, AuthorityInformationAccessOID.OCSP)


def _access_urls(
    certificate: x509.Certificate, method: x509.ObjectIdentifier
) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        ).value
    except x509.ExtensionNotFound:
        return []
    return [
        _uri(description.access_location)
        for description in access
        if description.access_method == method
    ]


def check_places(places: Iterable[Place], *, mark: str = "") -> list[Finding]:
    """Fetch what is at each address and judge it.

    With `mark`, an answer that carries it comes from who stands in for this centre and
    has nothing to show yet: the way there is right.
    """
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT, read=_READ), retries=False
    )
    return [_check(http, place, mark) for place in places]


def _check(http: urllib3.PoolManager, place: Place, mark: str) -> Finding:
    try:
        return Finding(place, True, _fetch(http, place, mark))
    except AddressError as error:
        return Finding(place, False, str(error))


def _fetch(http: urllib3.PoolManager, place: Place, mark: str) -> str:
    try:
        response = http.request("GET", place.url, redirect=False, preload_content=False)
        try:
            content = response.read(_MAX_BYTES + 1)
        finally:
            response.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise AddressError(_why(error)) from None
    if mark and response.headers.get(MARK) == mark:
        return "the way is right; there is nothing yet, the centre signs it"
    if response.status in _GATEWAY:
        raise AddressError(
            f"a proxy answers {response.status}: the centre behind it does not run, or "
            "listens elsewhere. To check before the start, add --port"
        )
    if 300 <= response.status < 400:
        target = response.headers.get("Location", "")
        raise AddressError(f"it leads elsewhere ({response.status}, {target[:200]})")
    if response.status != 200:
        raise AddressError(f"the answer is {response.status}")
    if len(content) > _MAX_BYTES:
        raise AddressError("the answer does not end")
    return place.judge(content)


def _judge_list(
    der: bytes, issuer: x509.Certificate, newest: int | None, now: datetime
) -> str:
    try:
        crl = parse_crl(der)
    except ValueError:
        raise AddressError("there is no revocation list (DER)") from None
    if not is_signed_by(crl, issuer):
        raise AddressError("there is the list of another CA")
    number, ends = crl_number(crl), crl.next_update_utc
    if ends is None or ends <= now:
        raise AddressError(f"list {number} has ended; a newer one is not served")
    if newest is not None and number < newest:
        raise AddressError(f"there is list {number}, and {newest} is signed already")
    return f"list {number}, good until {ends:%Y-%m-%d %H:%M} UTC"


def _asked_in(url: str, issuer: x509.Certificate) -> str:
    """Return where a responder is asked for a certificate that nobody has issued."""
    request = build_request([IssuerHashes.of(issuer).cert_id(1)])
    return f"{url}/{quote(base64.b64encode(request).decode(), safe='')}"


def _judge_responder(issuer: x509.Certificate, now: datetime) -> Callable[[bytes], str]:
    def judge(der: bytes) -> str:
        try:
            response = ocsp.load_der_ocsp_response(der)
        except ValueError:
            raise AddressError("there is no OCSP responder") from None
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            name = response.response_status.name.lower()
            raise AddressError(f"the responder answers {name}")
        responder = _responder_in(response, issuer)
        ends = responder.not_valid_after_utc
        if not is_in_force(responder, now):
            raise AddressError(f"the responder's certificate ended on {ends:%Y-%m-%d}")
        return f"an OCSP responder, its certificate good until {ends:%Y-%m-%d}"

    return judge


def _responder_in(
    response: ocsp.OCSPResponse, issuer: x509.Certificate
) -> x509.Certificate:
    """Return the certificate of the responder that signed an answer.

    Raises:
        AddressError: the issuer has given none for answering, or it signed nothing.
    """
    for certificate in response.certificates:
        key = certificate.public_key()
        try:
            certificate.verify_directly_issued_by(issuer)
            usage = certificate.extensions.get_extension_for_class(
                x509.ExtendedKeyUsage
            )
            if not isinstance(key, ec.EllipticCurvePublicKey):
                continue
            key.verify(
                response.signature,
                response.tbs_response_bytes,
                ec.ECDSA(hashes.SHA256()),
            )
        except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in usage.value:
            return certificate
    raise AddressError("there is the responder of another CA")


def _same_as(certificate: x509.Certificate) -> Callable[[bytes], str]:
    expected = certificate.public_bytes(Encoding.DER)

    def judge(der: bytes) -> str:
        if der == expected:
            return certificate.subject.rfc4514_string()
        try:
            subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
        except ValueError:
            raise AddressError("there is no certificate (DER)") from None
        raise AddressError(f"there is another certificate: {subject[:200]}")

    return judge


def _uri(name: x509.GeneralName) -> str:
    return str(name.value)


def _why(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "the name leads nowhere: nobody can look it up"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nobody listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "nobody answers in time"
    return f"it cannot be fetched ({type(error).__name__})"
