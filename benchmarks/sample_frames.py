"""What two devices say in one transfer, said once beforehand.

The relay never reads a message, so the measured transfers repeat these under names of
their own, and the clients spend no time on cryptography.
"""

import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from mobile_bridge.core.bundle import File, FileRole, pack
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.transfer import Receiver, Sender


def text(octets: bytes) -> str:
    """Return octets as they stand in JSON: base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def make_messages() -> list[bytes]:
    """Return m1 to m8 of a transfer of `sample_payload`, shower to scanner."""
    payload, seed = sample_payload(), secrets.token_bytes(32)
    both = Secrets.from_seed(seed, Direction.INITIATOR_SENDS)
    initiator = Initiator(both, secrets.token_bytes)
    seen = initiator.link(seed).fingerprint
    responder = Responder(both, secrets.token_bytes, fingerprint=seen)
    m2 = responder.take_m1(initiator.m1)
    m3 = initiator.take_m2(m2)
    m4, receiver = responder.take_m3(m3)
    sender = initiator.take_m4(m4)
    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    assert sender.type_code(receiver.code)
    m5 = sender.offer(payload, move=True)
    receiver.take_m5(m5)
    m6 = receiver.answer(accept=True)
    assert sender.take_m6(m6)
    m7 = sender.payload()
    receiver.take_m7(m7)
    m8 = receiver.receipt()
    sender.take_m8(m8)
    return [initiator.m1, m2, m3, m4, m5, m6, m7, m8]


def sample_payload() -> bytes:
    """Return an RSA-2048 holder's certificate, encrypted key and CA certificate."""
    key = rsa.generate_private_key(65537, 2048)
    authority = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmark")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(authority, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    encrypted = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"benchmark"),
    )
    files = {FileRole.SIGNING_CERTIFICATE: certificate, FileRole.SIGNING_KEY: encrypted}
    return pack([File(r, f) for r, f in (files | {FileRole.CA: certificate}).items()])
