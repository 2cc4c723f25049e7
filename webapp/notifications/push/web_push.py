"""A push message: its encryption, its signature, and what a push service is told. Pure.

RFC 8291 encrypts for the browser alone, RFC 8292 says who sends (VAPID). The bytes are
made by http_ece, which pywebpush uses too; that package itself also posts, by a client
that cannot be held to the address that was checked.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from webapp.notifications.push.errors import SubscriptionError

MAX_ENDPOINT: Final = 500
AUTH_BYTES: Final = 16
POINT_BYTES: Final = 65  # uncompressed (SEC 1, 2.3.3)
MAX_LIFE: Final = timedelta(hours=4)
_SALT_BYTES: Final = 16
_TOKEN_LIFE: Final = timedelta(hours=12)  # RFC 8292 2: a day at most
_LENGTH: Final = 64  # every message has it, so that its length tells nothing


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser gets messages, and what encrypts them for it."""

    endpoint: str
    public_key: bytes
    auth: bytes

    def to_json(self) -> bytes:
        """Return it as it is sealed."""
        fields = {
            "endpoint": self.endpoint,
            "p256dh": to_base64url(self.public_key),
            "auth": to_base64url(self.auth),
        }
        return json.dumps(fields).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """What is posted to a push service."""

    address: str
    body: bytes
    headers: Mapping[str, str]


def read_subscription(
    fields: Mapping[str, Any], *, allow_plain: bool = False
) -> Subscription:
    """Return what a browser says of its subscription.

    `allow_plain` takes http too, for a push service on the same machine.

    Raises:
        SubscriptionError: the address is none of a push service, or a key is no key.
    """
    endpoint = fields.get("endpoint")
    if not isinstance(endpoint, str) or not _is_endpoint(endpoint, allow_plain):
        raise SubscriptionError
    public_key = from_base64url(fields.get("p256dh"))
    auth = from_base64url(fields.get("auth"))
    if len(auth) != AUTH_BYTES or not _is_point(public_key):
        raise SubscriptionError
    return Subscription(endpoint, public_key, auth)


def build_message(
    subscription: Subscription,
    kind: str,
    *,
    key: ECKey,
    contact: str,
    expires_at: datetime,
    now: datetime,
    random: Callable[[int], bytes],
) -> PushMessage:
    """Return a message that says of which kind a notice is, and nothing else.

    `contact` is an https or mailto address of the centre.
    """
    text = json.dumps({"kind": kind}).ljust(_LENGTH).encode()
    body = http_ece.encrypt(
        text,
        salt=random(_SALT_BYTES),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.public_key,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    left = max(0, int((expires_at - now).total_seconds()))
    headers = {
        "Authorization": _vapid(subscription.endpoint, key, contact, now),
        "Content-Encoding": "aes128gcm",
        "TTL": str(left),
        "Urgency": "high",
        "Topic": kind,  # a newer one takes the place of one that waits
    }
    return PushMessage(address=subscription.endpoint, body=body, headers=headers)


def public_point(key: ECKey) -> str:
    """Return a key's public half as browsers take it."""
    public_key = key.public_key
    point = public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return to_base64url(point)


def to_base64url(octets: bytes) -> str:
    """Return base64url without padding (RFC 4648 5)."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text: object) -> bytes:
    """Return what base64url writes, and nothing for anything else."""
    if not isinstance(text, str) or len(text) > 2 * POINT_BYTES or not text.isascii():
        return b""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _vapid(endpoint: str, key: ECKey, contact: str, now: datetime) -> str:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _TOKEN_LIFE).timestamp()),
        "sub": contact,
    }
    token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key)
    return f"vapid t={token}, k={public_point(key)}"


def _is_endpoint(text: str, allow_plain: bool) -> bool:
    if len(text) > MAX_ENDPOINT or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if allow_plain else ("https",)
    is_bare = not parts.fragment and "@" not in parts.netloc and " " not in text
    return parts.scheme in schemes and bool(parts.hostname) and is_bare


def _is_point(octets: bytes) -> bool:
    if len(octets) != POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
    except ValueError:
        return False
    return True
