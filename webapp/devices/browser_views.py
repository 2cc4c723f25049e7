"""The pages of a device itself, and what its script sends: nobody is signed in."""

import secrets

import msgspec
from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from mobile_bridge.server.user_agent import describe_user_agent
from webapp.accounts.models import Customer
from webapp.audit.actors import DEVICE
from webapp.ca.context import current_ca
from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.devices import service
from webapp.devices.by_certificate import (
    CertificateProof,
    challenge_about,
    pair_by_certificate,
)
from webapp.devices.device_orders import (
    CHALLENGE_BYTES,
    MAX_BODY,
    accept_order,
    answer_challenge,
    pairing_key,
    read_octets,
)
from webapp.devices.invitation_code import read_code
from webapp.devices.rules import Purpose, compared_number
from webapp.devices.service import NewDevice
from webapp.values.code_token import ID_BYTES
from webapp.web.json_body import read_json
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import network_here

blueprint = Blueprint("device", __name__)


class PairingOrder(msgspec.Struct, frozen=True):
    """What stood after `#`; of a device that comes its key (hexadecimal) and name."""

    token: str = ""
    key: str = ""
    name: str = ""


class CertificateOrder(msgspec.Struct, frozen=True):
    """A proof by a certificate's key, for the key of this browser; hexadecimal."""

    serial: str = ""
    challenge: str = ""
    signature: str = ""
    key: str = ""
    name: str = ""


@blueprint.get("/pair")
def pair_page() -> ResponseReturnValue:
    """Show the page that a scanned code leads to; which one stands after `#`."""
    return render_template("devices/pair.html", description=_description())


@blueprint.post("/pair/open")
@limiter.limit("60 per 10 minutes")
def open_invitation() -> ResponseReturnValue:
    """Tell whose account a code pairs with, and how long it lasts."""
    invitation_id = _invitation_of(read_json(PairingOrder, max_bytes=MAX_BODY))
    invitation, now = service.find_invitation(session(), invitation_id), utc_now()
    customer = session().get_one(Customer, invitation.customer_id)
    left = max(0, int((invitation.expires_at - now).total_seconds()))
    state = service.invitation_state(invitation, now)
    return jsonify(state=state.value, account=customer.name, secondsLeft=left)


@blueprint.post("/pair/claim")
@limiter.limit("60 per 10 minutes")
def claim() -> ResponseReturnValue:
    """Come with a code; the page that shows it then asks its person."""
    order = read_json(PairingOrder, max_bytes=MAX_BODY)
    invitation_id, device = _invitation_of(order), new_device(order.key, order.name)
    with unit_of_work() as work:
        invitation = service.claim(work, invitation_id, device, utc_now())
    number = compared_number(pairing_key(), invitation.id, device.public_key)
    return jsonify(device=invitation.id, name=invitation.name, number=number)


@blueprint.post("/pair/state")
@limiter.limit("600 per 10 minutes")
def pairing_state() -> ResponseReturnValue:
    """Say whether the page that shows a code has agreed."""
    invitation_id = _invitation_of(read_json(PairingOrder, max_bytes=MAX_BODY))
    invitation = service.find_invitation(session(), invitation_id)
    return jsonify(state=service.invitation_state(invitation, utc_now()).value)


@blueprint.get("/device")
def page() -> ResponseReturnValue:
    """Show what this browser is paired with; it knows that by itself."""
    return render_template("devices/device.html", description=_description())


@blueprint.post("/device/challenge")
@limiter.limit("300 per 10 minutes")
def challenge() -> ResponseReturnValue:
    """Hand out what a device signs."""
    return answer_challenge()


@blueprint.post("/device/leave")
@limiter.limit("60 per 10 minutes")
def leave() -> ResponseReturnValue:
    """End the pairing, on the device itself."""
    with unit_of_work() as work:
        order = accept_order(work, Purpose.LEAVE)
        service.remove(work, order.customer, order.device.id, utc_now(), actor=DEVICE)
    return "", 204


@blueprint.post("/device/certificate-challenge")
@limiter.limit("60 per 10 minutes")
def certificate_challenge() -> ResponseReturnValue:
    """Hand out what a certificate's key signs to pair this browser."""
    order = read_json(CertificateOrder, max_bytes=MAX_BODY)
    chance, key = secrets.token_bytes(CHALLENGE_BYTES), pairing_key()
    octets = challenge_about(order.serial, key=key, chance=chance, now=utc_now())
    return jsonify(challenge=octets.hex())


@blueprint.post("/device/by-certificate")
@limiter.limit("30 per 10 minutes")
def pair_with_certificate() -> ResponseReturnValue:
    """Pair this browser with the account of a certificate whose key is here."""
    order = read_json(CertificateOrder, max_bytes=MAX_BODY)
    with unit_of_work() as work:
        device = pair_by_certificate(
            work,
            current_ca().authority.issuer_id,
            _proof(order),
            new_device(order.key, order.name),
            device_id=secrets.token_bytes(ID_BYTES).hex(),
            key=pairing_key(),
            now=utc_now(),
        )
        account = service.holder_of(work, device).name
    return jsonify(device=device.id, name=device.name, account=account)


def new_device(key: str, name: str) -> NewDevice:
    """Return the browser of this request as one that wants to be paired."""
    return NewDevice(
        public_key=read_octets(key),
        name=name,
        description=_description(),
        network=network_here(),
    )


def _proof(order: CertificateOrder) -> CertificateProof:
    return CertificateProof(
        serial=order.serial,
        challenge=read_octets(order.challenge),
        signature=read_octets(order.signature),
        origin=origin(),
    )


def _invitation_of(order: PairingOrder) -> str:
    return read_code(pairing_key(), order.token)


def _description() -> str:
    return describe_user_agent(request.user_agent.string)
