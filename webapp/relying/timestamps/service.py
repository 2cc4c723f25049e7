"""Giving stamps: the number is stored before a token with it leaves."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.pki.authority import new_serial
from webapp.pki.services.timestamp import (
    TimestampAuthority,
    TimestampRequest,
    issue_token,
)
from webapp.relying.timestamps.models import Timestamp


def give_stamp(
    session: Session,
    authority: TimestampAuthority,
    request: TimestampRequest,
    *,
    random: Callable[[int], bytes],
    now: datetime,
) -> bytes:
    """Return a time-stamp token in DER.

    Its number is written in the transaction of the caller, who commits before the token
    is handed out: the table refuses a number that was there.
    """
    serial = new_serial(random)
    row = Timestamp(
        serial=f"{serial:x}",
        authority_serial=f"{authority.certificate.serial_number:x}",
        given_at=now,
    )
    session.add(row)
    session.flush()
    return issue_token(authority, request, serial=serial, moment=now)
