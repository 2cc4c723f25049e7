"""Time stamps (RFC 3161, with RFC 5816): requests read, tokens and refusals written.

Pure: the moment and the serial number come in, and so does the authority. The
structures are asn1crypto's, as pyHanko uses them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import as_signing_certificate_v2

from webapp.pki.ca_key import AuthorityKey, hash_for
from webapp.pki.errors import PkiError
from webapp.pki.profiles import ARC

MEDIA_TYPE_QUERY: Final = "application/timestamp-query"
MEDIA_TYPE_REPLY: Final = "application/timestamp-reply"
POLICY: Final = f"{ARC}.3.1"  # the one time-stamping policy here
MAX_REQUEST: Final = 4096  # octets; an honest request has less than 200
ACCURACY_SECONDS: Final = 1

_VERSION: Final = 1
_MAX_NONCE_BITS: Final = 512
# What asn1crypto raises; AttributeError where a type has no value of its own.
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)
# What a time stamp is given over: hashes that nobody can forge a second text for.
_DIGEST_SIZES: Final = {"sha256": 32, "sha384": 48, "sha512": 64}


class FailureInfo(IntEnum):
    """PKIFailureInfo: the number of the bit (RFC 3161 2.4.2)."""

    BAD_ALG = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    SYSTEM_FAILURE = 25


class TimestampRequestError(PkiError):
    """The request was refused; `failure` is what the answer says."""

    code = "timestamp_refused"

    def __init__(self, failure: FailureInfo, text: str) -> None:
        """Remember the bit and the sentence of the answer."""
        super().__init__(text)
        self.failure = failure


class _Rejection(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp without its token, which is optional (RFC 3161 2.4.2)."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012  # as the library declares


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """What is to be stamped: the hash of a text, never the text."""

    imprint: bytes  # MessageImprint, DER, as it was sent
    nonce: int | None = None
    wants_certificates: bool = False

    @classmethod
    def for_sha256(cls, digest: bytes) -> "TimestampRequest":
        """Return the request for a SHA-256, with certificates and without a nonce."""
        algorithm = {"algorithm": "sha256"}
        imprint = tsp.MessageImprint(
            {"hash_algorithm": algorithm, "hashed_message": digest}
        )
        return cls(bytes(imprint.dump()), wants_certificates=True)


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """Who stamps: certificate, key, and the issuers up to the root, nearest first."""

    certificate: x509.Certificate
    key: AuthorityKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()


def read_request(der: bytes) -> TimestampRequest:
    """Read a TimeStampReq (RFC 3161 2.4.1).

    Raises:
        TimestampRequestError: it is no request, or asks for what is not given here.
    """
    if len(der) > MAX_REQUEST:
        raise TimestampRequestError(
            FailureInfo.BAD_REQUEST, "The request is too large."
        )
    try:
        request = tsp.TimeStampReq.load(der, strict=True)
        # asn1crypto parses when it is asked; what is not DER shows here.
        fields = request.native
        is_canonical = request.untag().dump(force=True) == der
    except _UNREADABLE as error:
        raise _malformed() from error
    if not is_canonical:
        raise _malformed()
    return _judge(fields, request["message_imprint"].dump())


def issue_token(
    authority: TimestampAuthority,
    request: TimestampRequest,
    *,
    serial: int,
    moment: datetime,
) -> bytes:
    """Return a time-stamp token in DER: a CMS SignedData over TSTInfo (RFC 3161 2.4.2).

    `moment` is aware; the token has it in whole seconds. `serial` is positive, of at
    most 160 bits, and never used twice by an authority.
    """
    info = _tst_info(authority, request, serial=serial, moment=moment).dump()
    return bytes(_signed_data(authority, info, request.wants_certificates).dump())


def granted(token: bytes) -> bytes:
    """Return the TimeStampResp that carries a token."""
    status = tsp.PKIStatusInfo({"status": "granted"})
    content = cms.ContentInfo.load(token)
    response = tsp.TimeStampResp({"status": status, "time_stamp_token": content})
    return bytes(response.dump())


def rejected(failure: FailureInfo, text: str) -> bytes:
    """Return the TimeStampResp that refuses, with the bit and a sentence in English."""
    status = tsp.PKIStatusInfo(
        {
            "status": "rejection",
            "status_string": [text],
            "fail_info": tsp.PKIFailureInfo(_bits(failure)),
        }
    )
    return bytes(_Rejection({"status": status}).dump())


def _bits(failure: FailureInfo) -> tuple[int, ...]:
    """Return the bits of a named bit list without zeros behind (X.690 11.2.2)."""
    return (*(0 for _ in range(failure)), 1)


def _malformed() -> TimestampRequestError:
    text = "This is not a time-stamp request in DER."
    return TimestampRequestError(FailureInfo.BAD_DATA_FORMAT, text)


def _judge(fields: Mapping[str, Any], imprint: bytes) -> TimestampRequest:
    if fields["version"] != f"v{_VERSION}":
        raise TimestampRequestError(FailureInfo.BAD_REQUEST, "Only version 1 is known.")
    # RFC 3161 2.4.1: one that is not known is refused, critical or not; none is known.
    if fields["extensions"]:
        text = "No extension is known here."
        raise TimestampRequestError(FailureInfo.UNACCEPTED_EXTENSION, text)
    if fields["req_policy"] not in (None, POLICY):
        text = f"Stamps are given under the policy {POLICY} only."
        raise TimestampRequestError(FailureInfo.UNACCEPTED_POLICY, text)
    _judge_imprint(fields["message_imprint"])
    nonce = fields["nonce"]
    if nonce is not None and nonce.bit_length() > _MAX_NONCE_BITS:
        text = "The nonce is longer than 512 bits."
        raise TimestampRequestError(FailureInfo.BAD_REQUEST, text)
    return TimestampRequest(imprint, nonce, bool(fields["cert_req"]))


def _judge_imprint(imprint: object) -> None:
    match imprint:
        case {
            "hash_algorithm": {"algorithm": str(name), "parameters": None},
            "hashed_message": bytes(digest),
        }:
            pass
        case _:
            text = "The hash has parameters that it cannot have."
            raise TimestampRequestError(FailureInfo.BAD_ALG, text)
    if name not in _DIGEST_SIZES:
        text = "The hash has to be SHA-256, SHA-384 or SHA-512."
        raise TimestampRequestError(FailureInfo.BAD_ALG, text)
    if len(digest) != _DIGEST_SIZES[name]:
        text = "The digest is not as long as its hash."
        raise TimestampRequestError(FailureInfo.BAD_DATA_FORMAT, text)


def _tst_info(
    authority: TimestampAuthority,
    request: TimestampRequest,
    *,
    serial: int,
    moment: datetime,
) -> tsp.TSTInfo:
    subject = asn1_x509.Name.load(authority.certificate.subject.public_bytes())
    fields: dict[str, object] = {
        "version": "v1",
        "policy": POLICY,
        # RFC 3161 2.4.2: the same value as in the request.
        "message_imprint": tsp.MessageImprint.load(request.imprint),
        "serial_number": serial,
        "gen_time": moment.astimezone(UTC).replace(microsecond=0),
        "accuracy": {"seconds": ACCURACY_SECONDS},
        # RFC 3161 2.4.2: ordering is false, and DER leaves a default out.
        "tsa": asn1_x509.GeneralName(name="directory_name", value=subject),
    }
    if request.nonce is not None:
        fields["nonce"] = request.nonce
    return tsp.TSTInfo(fields)


def _signed_data(
    authority: TimestampAuthority, info: bytes, with_certificates: bool
) -> cms.ContentInfo:
    certificate = _asn1(authority.certificate)
    hash_name = hash_for(authority.key).name
    algorithm = algos.DigestAlgorithm({"algorithm": hash_name})
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "tst_info"),
            _attribute("message_digest", hashlib.new(hash_name, info).digest()),
            # RFC 5816: ESSCertIDv2, which names our certificate by its SHA-256.
            _attribute(
                "signing_certificate_v2", as_signing_certificate_v2(certificate)
            ),
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": algorithm,
            "signed_attrs": attributes,
            "signature_algorithm": _signature_algorithm(authority.key),
            "signature": _sign(authority.key, attributes.dump()),
        }
    )
    content: dict[str, object] = {
        "version": "v3",  # RFC 5652 5.1: the content is not id-data
        "digest_algorithms": [algorithm],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(info),
        },
        "signer_infos": [signer],
    }
    if with_certificates:
        content["certificates"] = [certificate, *map(_asn1, authority.chain)]
    return cms.ContentInfo(
        {"content_type": "signed_data", "content": cms.SignedData(content)}
    )


def _attribute(type_: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": type_, "values": (value,)})


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _signature_algorithm(key: AuthorityKey) -> algos.SignedDigestAlgorithm:
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    return algos.SignedDigestAlgorithm({"algorithm": f"{hash_for(key).name}_{kind}"})


def _sign(key: AuthorityKey, attributes: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(attributes, padding.PKCS1v15(), hash_for(key))
    return key.sign(attributes, ec.ECDSA(hash_for(key)))
