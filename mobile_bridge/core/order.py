"""What travels when the phone makes the key: an order, a request, a certificate.

No key is in any of it. What was issued is compared with the order and with the request
before it is kept. JavaScript twin: frontend/bridge/core/order.js.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from mobile_bridge.core.bundle import (
    MAX_BUNDLE_BYTES,
    MAX_CA_FILES,
    MAX_FILE_BYTES,
    MAX_OFFER_BYTES,
    MAX_POLICY,
    OID_TEXT,
    VERSION,
)
from mobile_bridge.core.protocol import fail, length_prefix, split_fields
from mobile_bridge.errors import ForeignCertificateError
from mobile_bridge.pki.certificate import CertificateInfo, read_certificate
from mobile_bridge.pki.der import SEQUENCE, DerError, read
from mobile_bridge.pki.names import is_shown_as_it_is

REQUEST_HEAD, ISSUED_HEAD, REFUSED_HEAD = "BRG1 request", "BRG1 issued", "BRG1 refused"
MAX_REQUEST_BYTES: Final = 4096
MAX_SEALED_BYTES: Final = 2048

_APPLICATION = re.compile(r"[\w-]{1,64}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(rb"[\w-]{16,64}")
_CODE = re.compile(rb"[a-z_]{1,40}")


class RemoteKeyKind(StrEnum):
    """The keys that may be ordered."""

    RSA_2048 = "rsa-2048"
    P_256 = "p-256"


@dataclass(frozen=True, slots=True)
class Order:
    """What the person at the phone is shown before a key is made (m5).

    `application` is the centre's identifier of the application; `issued` says that its
    certificate exists already, so that only the key that it was issued for will do;
    `exportable` says that the key may be written to a file.
    """

    v: int
    application: str
    key: str
    name: str
    issuer: str
    policy: str
    issued: bool
    exportable: bool


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What the key's own device asks with (m6).

    `request` is PKCS#10 in DER (RFC 2986); `sealed` is for the issuing CA alone, and
    empty where nothing is.
    """

    idempotency_key: str
    request: bytes
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What was issued (m7): a certificate in DER and its chain, the issuer first."""

    certificate: bytes
    chain: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CentreRefusal:
    """In the place of a certificate (m7): why the centre issues none, by its code."""

    code: str


def write_order(order: Order) -> bytes:
    """Return the order as it is sealed into m5.

    Raises:
        ProtocolError: the other side would refuse it.
    """
    text = json.dumps(asdict(order), ensure_ascii=False, separators=(",", ":"))
    octets = text.encode(errors="surrogatepass")
    read_order(octets)
    return octets


def read_order(octets: bytes) -> Order:
    """Read what m5 carried.

    Raises:
        ProtocolError: it is no order, or would mislead whoever reads it.
    """
    if len(octets) > MAX_OFFER_BYTES:
        fail()
    try:
        fields: Any = json.loads(octets.decode())
        order = Order(**fields)
    except (ValueError, TypeError, RecursionError):
        fail()
    if not _is_well_formed(order):
        fail()
    return order


def pack_request(request: KeyRequest) -> bytes:
    """Return the content of m6.

    Raises:
        ProtocolError: the other side would refuse it.
    """
    content = length_prefix(
        REQUEST_HEAD, request.idempotency_key, request.request, request.sealed
    )
    unpack_request(content)
    return content


def unpack_request(content: bytes) -> KeyRequest:
    """Read what m6 carried.

    Raises:
        ProtocolError: it is no request.
    """
    fields = split_fields(content)
    if len(fields) != 4 or fields[0] != REQUEST_HEAD.encode():
        fail()
    _, key, request, sealed = fields
    if not _IDEMPOTENCY_KEY.fullmatch(key) or len(sealed) > MAX_SEALED_BYTES:
        fail()
    try:
        public_key_in(request)
    except DerError:
        fail()
    return KeyRequest(key.decode(), request, sealed)


def pack_answer(answer: IssuedCertificate | CentreRefusal) -> bytes:
    """Return the content of m7.

    Raises:
        ProtocolError: the other side would refuse it.
    """
    if isinstance(answer, CentreRefusal):
        content = length_prefix(REFUSED_HEAD, answer.code)
    else:
        content = length_prefix(ISSUED_HEAD, answer.certificate, *answer.chain)
    unpack_answer(content)
    return content


def unpack_answer(content: bytes) -> IssuedCertificate | CentreRefusal:
    """Read what m7 carried.

    Raises:
        ProtocolError: it is neither a certificate with its chain nor a refusal.
    """
    if len(content) > MAX_BUNDLE_BYTES:
        fail()
    head, *fields = split_fields(content) or [b""]
    if (
        head == REFUSED_HEAD.encode()
        and len(fields) == 1
        and _CODE.fullmatch(fields[0])
    ):
        return CentreRefusal(fields[0].decode())
    if head != ISSUED_HEAD.encode() or not 2 <= len(fields) <= 1 + MAX_CA_FILES:
        fail()
    if any(len(field) > MAX_FILE_BYTES for field in fields):
        fail()
    return IssuedCertificate(fields[0], tuple(fields[1:]))


def check_issued(order: Order, request: bytes, issued: IssuedCertificate) -> None:
    """Check that a certificate is what was ordered, for the key of `request`.

    Raises:
        ForeignCertificateError: it is for another key, says other than the order, or
            the chain does not lead from it to the next; or something is no certificate.
    """
    try:
        own, *issuers = map(read_certificate, (issued.certificate, *issued.chain))
        is_own = own.spki == public_key_in(request)
    except DerError:
        raise ForeignCertificateError from None
    policy = own.policy if len(own.policy) <= MAX_POLICY else ""
    ordered = (order.name, order.issuer, order.policy)
    is_ordered = (own.name, own.issuer, policy) == ordered
    if not (is_own and is_ordered and _is_chain([own, *issuers])):
        raise ForeignCertificateError


def public_key_in(request: bytes) -> bytes:
    """Return the public key that a PKCS#10 request asks for (RFC 2986 4.1).

    Raises:
        DerError: it is none.
    """
    if len(request) > MAX_REQUEST_BYTES:
        raise DerError
    parts = read(request).expect(SEQUENCE).children()
    fields = parts[0].expect(SEQUENCE).children() if parts else []
    if len(fields) < 3:
        raise DerError
    return fields[2].expect(SEQUENCE).whole


def _is_chain(certificates: Sequence[CertificateInfo]) -> bool:
    return all(
        subject.issuer_der == issuer.subject_der
        for subject, issuer in pairwise(certificates)
    )


def _is_well_formed(order: Order) -> bool:
    return (
        order.v == VERSION
        and type(order.v) in (int, float)
        and _has_form(_APPLICATION, order.application)
        and order.key in list(RemoteKeyKind)
        and all(_is_honest(text) for text in (order.name, order.issuer))
        and _has_form(OID_TEXT, order.policy)
        and len(order.policy) <= MAX_POLICY
        and type(order.issued) is bool
        and type(order.exportable) is bool
    )


def _has_form(form: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and form.fullmatch(text) is not None


def _is_honest(text: object) -> bool:
    return isinstance(text, str) and is_shown_as_it_is(text)
