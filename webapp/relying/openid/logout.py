"""Tell institutions that sessions ended (OpenID Connect Back-Channel Logout 1.0).

An address that does not answer is tried again, less and less often, for a day. What it
answers beside its status is not read, and a redirect is not followed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
import urllib3
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session
from urllib3.exceptions import HTTPError

from webapp.db import lock, unit_of_work_on
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.keys import ALGORITHM
from webapp.relying.openid.models import LogoutNotice, SignIn

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_LIFE: Final = 120  # seconds
TIMEOUT: Final = 5.0  # seconds, for a connection and for an answer
BATCH: Final = 50
# After so many failures it waits so long; after the last it is given up.
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (20, 60, 300, 1800, 7200, 21600, 43200)
)
_TOLD: Final = range(200, 300)

log = structlog.get_logger()
Post = Callable[[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Who tells: the issuer, its key, how a form is posted, and chance."""

    issuer: str
    key: RSAKey
    post: Post
    random: Callable[[int], bytes]
    true_time: Callable[[datetime], datetime]


def tell_due(
    session: Session,
    teller: Teller,
    now: datetime,
    *,
    should_continue: Callable[[], bool],
) -> tuple[int, int]:
    """Tell of every session whose time has come; return how many were told, and not."""
    notified = failed = 0
    for sign_in_id in list_due(session, now):
        if not should_continue():
            break
        status = _tell(session, teller, sign_in_id, now)
        notified += status in _TOLD
        failed += status not in _TOLD
    return notified, failed


def list_due(session: Session, now: datetime) -> Sequence[str]:
    """Return the sessions that are to be told of now, the longest waiting first."""
    stmt = (
        select(LogoutNotice.sign_in_id)
        .where(LogoutNotice.done_at.is_(None), LogoutNotice.due_at <= now)
        .order_by(LogoutNotice.due_at)
        .limit(BATCH)
    )
    return session.scalars(stmt).all()


def logout_token(teller: Teller, sign_in: SignIn, now: datetime) -> str:
    """Return what says that a session ended (Back-Channel Logout 1.0, 2.4)."""
    issued_at = int(teller.true_time(now).timestamp())
    claims: dict[str, Any] = {
        "iss": teller.issuer,
        "aud": sign_in.institution_id,
        "sub": sign_in.subject,
        "sid": sign_in.id,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFE,
        "jti": teller.random(16).hex(),
        "events": {EVENT: {}},
    }
    header = {"alg": ALGORITHM, "kid": str(teller.key.kid), "typ": "logout+jwt"}
    return jwt.encode(header, claims, teller.key)


def post_form(address: str, token: str) -> int:
    """Post a logout token; return the status of the answer, 0 where there is none."""
    with urllib3.PoolManager(retries=False, timeout=TIMEOUT) as pool:
        try:
            answer = pool.request(
                "POST",
                address,
                fields={"logout_token": token},
                encode_multipart=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, ValueError) as error:
            log.info("logout_not_told", kind=type(error).__name__)
            return 0
        answer.close()
        return answer.status


def _tell(session: Session, teller: Teller, sign_in_id: str, now: datetime) -> int:
    sign_in = session.get_one(SignIn, sign_in_id)
    address = session.get_one(
        Institution, sign_in.institution_id
    ).backchannel_logout_uri
    token = logout_token(teller, sign_in, now)
    session.rollback()  # nothing is locked while another one's server takes its time
    status = teller.post(address, token) if address else 0
    with unit_of_work_on(session):
        notice = session.get_one(LogoutNotice, sign_in_id)
        lock(session, notice)
        _note(notice, status, now)
    return status


def _note(notice: LogoutNotice, status: int, now: datetime) -> None:
    notice.result = f"status {status}" if status else "no answer"
    if status in _TOLD:
        notice.done_at = now
        return
    notice.tries += 1
    if notice.tries > len(WAITS):
        notice.done_at = now
        log.warning("logout_given_up", sign_in=notice.sign_in_id, result=notice.result)
        return
    notice.due_at = now + WAITS[notice.tries - 1]
