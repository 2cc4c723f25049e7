"""A paired device as a browser has one: its key, and what it signs."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import TestResponse

from tests.webapp.browser_client import Browser
from webapp.certificates.models import Certificate
from webapp.devices.rules import DeviceProof
from webapp.pki.ca_key import AuthorityKey
from webapp.pki.key_proof import Proof

ORIGIN = "http://localhost"  # of Flask's client, on a computer that talks to itself


@dataclass
class Device:
    """A browser with a key of its own; `id` is empty until it is paired."""

    browser: Browser
    id: str = ""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    @property
    def public_key(self) -> bytes:
        """The SubjectPublicKeyInfo, in DER."""
        return self.key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )

    def challenge(self) -> str:
        """Ask what is signed next."""
        answer = self.browser.send_json("/device/challenge", {"device": self.id})
        return str((answer.json or {})["challenge"])

    def order(
        self, purpose: str, contents: object = None, **changes: Any
    ) -> dict[str, str]:
        """Return what the device sends; `changes` are of the proof."""
        challenge = changes.pop("challenge", None) or self.challenge()
        body = json.dumps(contents or {})
        proof = DeviceProof(
            **{
                "purpose": purpose,
                "origin": ORIGIN,
                "device_id": self.id,
                "challenge": bytes.fromhex(challenge),
                "body": body.encode(),
                **changes,
            }
        )
        signature = self.key.sign(proof.message, ec.ECDSA(SHA256())).hex()
        return {
            "device": self.id,
            "challenge": challenge,
            "signature": signature,
            "body": body,
        }

    def send(self, path: str, purpose: str, contents: object = None) -> TestResponse:
        """Send an order."""
        return self.browser.send_json(path, self.order(purpose, contents))

    def list(self) -> TestResponse:
        """Ask what waits."""
        return self.send("/device/requests", "list")


def prove_by_certificate(
    device: Device, certificate: Certificate, key: AuthorityKey, **changes: Any
) -> dict[str, str]:
    """Return what a browser sends to be paired by a certificate's P-256 key.

    `changes` are of the proof, or the `serial` that is sent.
    """
    serial = changes.pop("serial", certificate.serial)
    device.browser.open("/device")
    answer = device.browser.send_json(
        "/device/certificate-challenge", {"serial": serial}
    )
    challenge = str((answer.json or {})["challenge"])
    proof = Proof(
        **{
            "purpose": "pair",
            "origin": ORIGIN,
            "application_id": hashlib.sha256(device.public_key).hexdigest(),
            "fingerprint": certificate.fingerprint,
            "challenge": bytes.fromhex(challenge),
            **changes,
        }
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return {
        "serial": serial,
        "challenge": challenge,
        "signature": key.sign(proof.message, ec.ECDSA(SHA256())).hex(),
        "key": device.public_key.hex(),
        "name": "내 휴대폰",
    }
