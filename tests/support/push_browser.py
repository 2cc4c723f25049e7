"""A browser that is told by push, and a push service that notes what it is given."""

import json
import secrets
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ENDPOINT = "https://push.example/wpush/v2/abc"
OPENER = (
    Path(__file__).parents[1] / "webapp/notifications/push/open_message.mjs"
)  # written apart from what encrypts


class PushBrowser:
    """A browser's subscription, and the keys that open what comes."""

    def __init__(self, endpoint: str = ENDPOINT) -> None:
        self.endpoint, self.auth = endpoint, secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> bytes:
        """The point, uncompressed."""
        return self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def fields(self, key_id: str = "") -> dict[str, str]:
        """Return what the page sends of it."""
        return {
            "endpoint": self.endpoint,
            "p256dh": to_text(self.public_key),
            "auth": to_text(self.auth),
            "key": key_id,
        }

    def open(self, body: bytes) -> str:
        """Return what a message says, opened by Node's cryptography."""
        number = self.key.private_numbers().private_value.to_bytes(32)
        sent = {
            "body": to_text(body),
            "publicKey": to_text(self.public_key),
            "privateKey": to_text(number),
            "auth": to_text(self.auth),
        }
        run = subprocess.run(
            ["node", str(OPENER)],
            input=json.dumps(sent).encode(),
            capture_output=True,
            check=True,
            timeout=30,
        )
        return run.stdout.decode()


class PushService:
    """Notes what is posted, and answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.status = 201

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Take a message."""
        self.posts.append((address, body, headers))
        return self.status


def to_text(octets: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
