"""What a device signs of a document, for any program to verify. Pure.

It is the SET OF signed attributes of a CMS signature (RFC 5652 5.4), made on the device
from what it shows and here from what was asked for; only the same bytes count. A
statement of ours begins with a letter, these with a SET: none can be taken for the
other. Twins: frontend/pki/cms.js, frontend/relying/request_signing.js.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mobile_bridge.pki.der_writer import (
    octet_string,
    oid,
    sequence,
    set_of,
    utf8_string,
)
from webapp.pki.der import time
from webapp.relying.asking.contents import Document, Documents, Format
from webapp.relying.asking.statement import Statement

_DATA: Final = "1.2.840.113549.1.7.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_CONTENT_HINTS: Final = "1.2.840.113549.1.9.16.2.4"
_CONTENT_IDENTIFIER: Final = "1.2.840.113549.1.9.16.2.7"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"


def messages_of(
    statement: Statement,
    certificate: bytes,
    *,
    signed_at: datetime,
    prepared: Mapping[int, bytes],
) -> tuple[bytes, ...] | None:
    """Return what the key signs, one message for each item of a request.

    `certificate` is the signer's in DER; `prepared` is by the number of a PDF, from 1,
    the SHA-256 of all of it but the room for its signature. None where one is missing.
    """
    if not isinstance(statement.contents, Documents):
        return statement.messages
    messages = []
    items = zip(statement.contents.documents, statement.messages, strict=True)
    for number, (document, message) in enumerate(items, 1):
        match document.format:
            case Format.STATEMENT:
                messages.append(message)
            case Format.CMS:
                messages.append(
                    cms_attributes(document, certificate, signed_at, message)
                )
            case Format.PDF if number in prepared:
                messages.append(pdf_attributes(prepared[number], certificate))
            case Format.PDF:
                return None
    return tuple(messages)


def cms_attributes(
    document: Document, certificate: bytes, signed_at: datetime, message: bytes
) -> bytes:
    """Return the attributes of a signature beside a document (ETSI EN 319 122-1).

    They name the document as it was shown (content-hints, RFC 5035 2.9) and are tied
    by `message`, the statement about it, to who asked, for what and when
    (content-identifier, RFC 5035 2.7).
    """
    return set_of(
        *_common(document.digest, certificate),
        _attribute(_SIGNING_TIME, time(signed_at)),
        _attribute(_CONTENT_HINTS, sequence(utf8_string(document.title), oid(_DATA))),
        _attribute(_CONTENT_IDENTIFIER, octet_string(hashlib.sha256(message).digest())),
    )


def pdf_attributes(digest: bytes, certificate: bytes) -> bytes:
    """Return the attributes of a signature in a PDF; its dictionary has the time.

    ETSI EN 319 142-1 6.3 allows no other ones that would tie it to a request: the
    revision does, which is made for this request and certificate alone.
    """
    return set_of(*_common(digest, certificate))


def _common(digest: bytes, certificate: bytes) -> tuple[bytes, ...]:
    fingerprint = hashlib.sha256(certificate).digest()
    return (
        _attribute(_CONTENT_TYPE, oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, octet_string(digest)),
        # RFC 5035 4: SHA-256 is the default, and DER leaves a default out.
        _attribute(
            _SIGNING_CERTIFICATE_V2,
            sequence(sequence(sequence(octet_string(fingerprint)))),
        ),
    )


def _attribute(type_: str, value: bytes) -> bytes:
    return sequence(oid(type_), set_of(value))
