"""Tell institutions that sessions ended (OpenID Connect Back-Channel Logout 1.0)."""

import json
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy.orm import Session

from webapp.authenticators.encryption import read_key
from webapp.clock import true_time
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.kinds import Kind, Sender
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import Post, Told
from webapp.relying.openid.keys import ALGORITHM, current_key
from webapp.relying.openid.models import SignIn

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_LIFE: Final = 120  # seconds
FORM: Final = "application/x-www-form-urlencoded"


def enqueue(session: Session, sign_in: SignIn, address: str, now: datetime) -> None:
    """Have an institution told that a session ended."""
    queue.enqueue(
        session,
        kind=Told.LOGOUT,
        institution_id=sign_in.institution_id,
        address=address,
        subject=sign_in.id,
        payload={"sign_in": sign_in.id},
        now=now,
    )


def compose(session: Session, delivery: Delivery, sender: Sender) -> Post:
    """Return the form of one try, with a token of its own (2.5)."""
    sign_in = session.get_one(SignIn, json.loads(delivery.payload)["sign_in"])
    key = current_key(session, read_key(sender.config.identity_key), sender.now)
    token = logout_token(
        sign_in,
        issuer=sender.config.public_url,
        key=key,
        token_id=f"{sign_in.id}-{delivery.tries}",
        issued_at=true_time(sender.now),
    )
    body = urlencode({"logout_token": token}).encode()
    return Post(body=body, content_type=FORM)


def logout_token(
    sign_in: SignIn, *, issuer: str, key: RSAKey, token_id: str, issued_at: datetime
) -> str:
    """Return what says that a session ended (Back-Channel Logout 1.0, 2.4)."""
    seconds = int(issued_at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": sign_in.institution_id,
        "sub": sign_in.subject,
        "sid": sign_in.id,
        "iat": seconds,
        "exp": seconds + TOKEN_LIFE,
        "jti": token_id,
        "events": {EVENT: {}},
    }
    header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": "logout+jwt"}
    return jwt.encode(header, claims, key)


KIND: Final = Kind(name=Told.LOGOUT, compose=compose)
