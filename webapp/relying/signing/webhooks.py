"""Institutions are told how requests of their programs ended.

What is told is a JWT by the keys of this centre (`/openid/keys`): no secret is shared,
and nobody else can tell it. It names the request and nothing of the person; the program
asks for the rest, as it always does.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from sqlalchemy.orm import Session

from webapp.authenticators.encryption import read_key
from webapp.clock import true_time
from webapp.db import lock
from webapp.relying.asking import service as asking
from webapp.relying.asking.rules import State
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.kinds import Kind, Sender
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import Post, Told
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.keys import ALGORITHM, current_key
from webapp.relying.signing import service
from webapp.relying.signing.models import SigningRequest
from webapp.relying.verification.answers import seconds

TYPE: Final = "request-event+jwt"
CONTENT_TYPE: Final = "application/jwt"
LIFE: Final = timedelta(minutes=5)


def tell(session: Session, request_id: str, state: State, now: datetime) -> None:
    """Have an institution told that a request ended; once for each request."""
    placed = session.get_one(SigningRequest, request_id)
    placed.told_at = now
    institution = session.get_one(Institution, placed.institution_id)
    if not institution.webhook_uri or institution.is_ended:
        return
    asked = asking.find(session, request_id)
    event = {
        "type": f"request.{state.value}",
        "request": request_id,
        "purpose": str(asked.purpose),
        "state": state.value,
        "at": seconds(now),
    }
    queue.enqueue(
        session,
        kind=Told.REQUEST,
        institution_id=institution.id,
        address=institution.webhook_uri,
        subject=request_id,
        payload=event,
        now=now,
    )


def compose(session: Session, delivery: Delivery, sender: Sender) -> Post:
    """Return what is posted: the event, signed anew at each try."""
    key = current_key(session, read_key(sender.config.identity_key), sender.now)
    event: Mapping[str, Any] = json.loads(delivery.payload)
    issued_at = int(true_time(sender.now).timestamp())
    claims = {
        "iss": sender.config.public_url,
        "aud": delivery.institution_id,
        "iat": issued_at,
        "exp": issued_at + int(LIFE.total_seconds()),
        "jti": f"request-{delivery.id}",  # the same at each try
        "event": event,
    }
    header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": TYPE}
    token = jwt.encode(header, claims, key)
    return Post(body=token.encode(), content_type=CONTENT_TYPE)


def tell_expired(session: Session, sender: Sender) -> bool:
    """Have institutions told of a batch of requests whose time is over; true for more.

    Documents that nobody signed are deleted by that.
    """
    ids = service.list_expired(session, sender.now)
    for request_id in ids:
        asked = asking.find(session, request_id)
        lock(session, asked)  # nobody approves it meanwhile
        placed = session.get_one(SigningRequest, request_id)
        session.refresh(placed)
        if placed.told_at is None:
            service.forget_files(session, request_id)
            tell(session, request_id, State.EXPIRED, sender.now)
    return len(ids) == service.BATCH


KIND: Final = Kind(name=Told.REQUEST, compose=compose)
