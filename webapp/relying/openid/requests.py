"""What institutions ask for: stored, found by the browser that brought it, answered."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.db import lock
from webapp.relying.openid.errors import RequestOverError
from webapp.relying.openid.models import AuthorizationRequest, UsedAssertion
from webapp.relying.openid.rules import (
    PUSHED_LIFE,
    REQUEST_LIFE,
    Request,
    claims_of,
    parse_max_age,
    parse_prompts,
)

URN: Final = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 2.2
KEPT: Final = timedelta(hours=1)  # beyond their end
BATCH: Final = 1000
_ID_BYTES: Final = 16
_ID_LENGTH: Final = 2 * _ID_BYTES


def store(
    session: Session,
    institution_id: str,
    parameters: Mapping[str, str],
    *,
    is_pushed: bool,
    random: Callable[[int], bytes],
    now: datetime,
) -> AuthorizationRequest:
    """Store a request that was checked."""
    request = AuthorizationRequest(
        id=random(_ID_BYTES).hex(),
        institution_id=institution_id,
        parameters=json.dumps(dict(parameters), ensure_ascii=False),
        made_at=now,
        expires_at=now + (PUSHED_LIFE if is_pushed else REQUEST_LIFE),
        is_pushed=is_pushed,
    )
    session.add(request)
    session.flush()
    return request


def take_pushed(
    session: Session, request_uri: str, client_id: str, now: datetime
) -> AuthorizationRequest:
    """Return a pushed request that a browser brings, once (RFC 9126 4).

    Raises:
        RequestOverError: there is none, it is of another client, too old or was
            brought before.
    """
    request = _find(session, request_uri.removeprefix(URN))
    lock(session, request)
    is_theirs = request.institution_id == client_id and request_uri.startswith(URN)
    if not is_theirs or not request.is_pushed or request.expires_at <= now:
        raise RequestOverError
    request.is_pushed, request.expires_at = False, now + REQUEST_LIFE
    return request


def find_open(session: Session, request_id: str, now: datetime) -> AuthorizationRequest:
    """Return a request that nobody answered yet, locked.

    Raises:
        RequestOverError: there is none, or it is over.
    """
    request = _find(session, request_id)
    lock(session, request)
    is_over = request.answered_at is not None or request.expires_at <= now
    if is_over or request.is_pushed:
        raise RequestOverError
    return request


def find_by_asking(session: Session, asking_id: str) -> AuthorizationRequest:
    """Return the request for which a person was asked.

    Raises:
        RequestOverError: there is none.
    """
    stmt = select(AuthorizationRequest).where(
        AuthorizationRequest.asking_id == asking_id[:_ID_LENGTH]
    )
    request = session.scalar(stmt)
    if request is None or request.asking_id != asking_id:
        raise RequestOverError
    return request


def parameters_of(request: AuthorizationRequest) -> dict[str, str]:
    """Return the parameters as they were sent."""
    parameters: dict[str, str] = json.loads(request.parameters)
    return parameters


def facts_of(request: AuthorizationRequest, subject: str | None) -> Request:
    """Return what the rules look at; `subject` is whom the institution expects."""
    parameters = parameters_of(request)
    return Request(
        claims=claims_of(parameters.get("scope")) or (),
        prompts=parse_prompts(parameters.get("prompt")) or frozenset(),
        max_age=parse_max_age(parameters.get("max_age")),
        made_at=request.made_at,
        subject=subject,
    )


def forget_old(session: Session, now: datetime) -> int:
    """Delete requests and assertions that are over; return how many."""
    deleted = 0
    for table, over in (
        (AuthorizationRequest, AuthorizationRequest.expires_at <= now - KEPT),
        (UsedAssertion, UsedAssertion.expires_at <= now - KEPT),
    ):
        old = session.scalars(select(table.id).where(over).limit(BATCH)).all()
        session.execute(
            delete(table)
            .where(table.id.in_(old))
            .execution_options(synchronize_session=False)
        )
        deleted += len(old)
    return deleted


def _find(session: Session, request_id: str) -> AuthorizationRequest:
    request = session.get(AuthorizationRequest, request_id[:_ID_LENGTH])
    if request is None or request.id != request_id:
        raise RequestOverError
    return request
