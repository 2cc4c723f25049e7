"""An authenticator in software: makes ES256 passkeys and signs as WebAuthn says."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one passkey."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    verifies: bool = True  # asks for a finger or a face
    handle: bytes | None = None

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer what `navigator.credentials.create` was given."""
        self.handle = bytes_of(options["user"]["id"])
        credential = (
            bytes(16)
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + self.cose_public_key()
        )
        data = self._data(options["rp"]["id"], MADE) + credential
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._said("webauthn.create", options),
                "attestationObject": text_of(attested),
            }
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer what `navigator.credentials.get` was given."""
        client_data = self._said("webauthn.get", options)
        self.count += 1
        data = self._data(options["rpId"], 0)
        signed = data + sha256(bytes_of(client_data)).digest()
        return self._answer(
            {
                "clientDataJSON": client_data,
                "authenticatorData": text_of(data),
                "signature": text_of(self.key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": text_of(self.handle) if self.handle else None,
            }
        )

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text_of(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _said(self, kind: str, options: dict[str, Any]) -> str:
        client_data = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return text_of(json.dumps(client_data).encode())

    def _data(self, name: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        count = self.count.to_bytes(4, "big")
        return sha256(name.encode()).digest() + bytes([flags]) + count

    def cose_public_key(self) -> bytes:
        """Return the public key as COSE_Key (RFC 9052 7)."""
        point = self.key.public_key().public_numbers()
        x, y = (coordinate.to_bytes(32, "big") for coordinate in (point.x, point.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def text_of(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Return what base64url writes."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
