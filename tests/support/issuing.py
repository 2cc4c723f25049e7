"""An order, a request and a certificate for it, of the vectors both languages read."""

import secrets

from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.order import IssuedCertificate, KeyRequest, Order
from mobile_bridge.core.protocol import Keys, derive_keys
from mobile_bridge.core.remote_issuance import KeyHolder, Registrar
from tests.support.bridge import GK, octets, vectors

ISSUING = vectors("brg1_issuing.json")


def sample_order() -> Order:
    """Return what a PC orders."""
    return Order(**ISSUING["order"])


def sample_request() -> KeyRequest:
    """Return what a phone asks with."""
    request = ISSUING["request"]
    return KeyRequest(
        request["idempotency_key"],
        octets(request, "request"),
        octets(request, "sealed"),
    )


def sample_issued() -> IssuedCertificate:
    """Return what the centre issues for it."""
    chain = tuple(bytes.fromhex(one) for one in ISSUING["chain"])
    return IssuedCertificate(octets(ISSUING, "certificate"), chain)


def agreed_to_issue() -> tuple[Registrar, KeyHolder, Keys]:
    """Return the two after a handshake that went through, and their keys."""
    seed, secret = secrets.token_bytes(32), secrets.token_bytes(32)
    shared = Secrets.from_seed(seed, GK)
    initiator = Initiator(shared, secrets.token_bytes)
    fingerprint = initiator.link(seed).fingerprint
    responder = Responder(shared, lambda _: secret, fingerprint=fingerprint)
    m2 = responder.take_m1(initiator.m1)
    m3 = initiator.take_m2(m2)
    m4, holder = responder.take_m3(m3)
    registrar = initiator.take_m4(m4)
    assert isinstance(registrar, Registrar)
    assert isinstance(holder, KeyHolder)
    keys = derive_keys(initiator.m1, m2, m3[:32], secret=secret, psk=shared.psk)
    return registrar, holder, keys
