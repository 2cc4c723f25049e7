"""Completing a signed document: judged, stamped, noted, and made to last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from webapp.audit.actors import KEY_HOLDER
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.pki.authority import Authority
from webapp.pki.services.timestamp import TimestampAuthority, TimestampRequest
from webapp.relying.documents.completion import (
    NewSignature,
    ValidationData,
    complete,
    digest_of,
)
from webapp.relying.documents.signers import find_signer
from webapp.relying.timestamps.service import give_stamp


class Level(StrEnum):
    """How long a signature can be judged (ETSI EN 319 142-1 6)."""

    B_T = "B-T"
    B_LT = "B-LT"


@dataclass(frozen=True, slots=True)
class Completion:
    """A document that a stamp was given for; `finish` puts everything into it."""

    pdf: bytes
    signature: NewSignature
    token: bytes
    data: ValidationData | None

    @property
    def level(self) -> Level:
        """What it becomes: of another issuer's certificate nobody here knows more."""
        return Level.B_T if self.data is None else Level.B_LT

    def finish(self) -> bytes:
        """Return the document as its holder gets it.

        Raises:
            SignatureTooLargeError: the room in the document is too small.
        """
        return complete(self.pdf, self.signature, self.token, self.data)


def stamp_signature(
    session: Session,
    pdf: bytes,
    signature: NewSignature,
    *,
    authority: Authority,
    stamper: TimestampAuthority,
    validation_data: ValidationData,
    random: Callable[[int], bytes],
    now: datetime,
) -> Completion:
    """Give the last signature of a document its time stamp, and note that it was made.

    The log says which certificate signed, and nothing of the document. Whoever sends
    it has the key, signed in or not. `validation_data` goes into a document of ours.

    Raises:
        DocumentError: the signer's certificate does not count.
    """
    signer = find_signer(session, authority, signature.certificate, now)
    request = TimestampRequest.for_sha256(digest_of(signature))
    token = give_stamp(session, stamper, request, random=random, now=now)
    if signer is None:
        return Completion(pdf, signature, token, None)
    record(
        session,
        AuditEvent.DOCUMENT_SIGNED,
        at=now,
        actor=KEY_HOLDER,
        customer_id=signer.customer_id,
        certificate_id=signer.id,
    )
    return Completion(pdf, signature, token, validation_data)
