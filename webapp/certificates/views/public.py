"""Pages for anybody: what happened, and revoking by the key alone."""

import hashlib
import re
import secrets

import msgspec
from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.ca.context import current_ca
from webapp.certificates.action_facts import list_allowed_actions
from webapp.certificates.lifecycle import renewal_window_start
from webapp.certificates.public import key_revocation
from webapp.certificates.service import list_for_customer
from webapp.certificates.views.lifecycle import REASONS, origin, reason_in
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.web import login_session
from webapp.web.json_body import read_json
from webapp.web.rate_limits.attempts import limiter

blueprint = Blueprint("public_certificates", __name__)
ANSWERS = ("forgot", "expires", "new-phone", "lost", "new-pc")
_CHALLENGE_BYTES = 16
_MAX_BODY = 4096


class ChallengeRequest(msgspec.Struct, frozen=True):
    """Which certificate is to be revoked; the serial in hexadecimal."""

    serial: str = ""


class RevocationProof(msgspec.Struct, frozen=True):
    """The challenge with the signature over it, both in lower-case hexadecimal."""

    serial: str = ""
    challenge: str = ""
    signature: str = ""
    reason: str = ""


@blueprint.get("/help/what-happened")
def what_happened() -> ResponseReturnValue:
    """Lead from what happened to what helps, also before signing in."""
    answer = request.args.get("answer", "")
    chosen = answer if answer in ANSWERS else ""
    is_signed_in = login_session.customer_signed_in()
    certificates = list_for_customer(session(), current_user) if is_signed_in else []
    now = utc_now()
    allowed = list_allowed_actions(session(), certificates, current_ca().types, now)
    usable = [
        (certificate, allowed[certificate.id])
        for certificate in certificates
        if allowed[certificate.id]
    ]
    return render_template(
        "certificates/lifecycle/what_happened.html",
        answer=chosen,
        answers=ANSWERS,
        known=is_signed_in,
        certificates=usable,
        renewal_opens=renewal_window_start,
        now=now,
    )


@blueprint.get("/revoke")
def public_revoke() -> ResponseReturnValue:
    """Show what revokes a certificate by its key alone."""
    return render_template(
        "certificates/lifecycle/public_revoke.html", origin=origin(), reasons=REASONS
    )


@blueprint.post("/revoke/challenge")
@limiter.limit("30 per 10 minutes")
def revocation_challenge() -> ResponseReturnValue:
    """Hand out what the key has to sign."""
    body = read_json(ChallengeRequest, max_bytes=_MAX_BODY)
    challenge = key_revocation.challenge_for(
        session(),
        current_ca().authority.issuer_id,
        body.serial,
        key=_sealing_key(),
        chance=secrets.token_bytes(_CHALLENGE_BYTES),
        now=utc_now(),
    )
    return jsonify(challenge=challenge.hex())


@blueprint.post("/revoke/proof")
@limiter.limit("30 per 10 minutes")
def revoke_by_proof() -> ResponseReturnValue:
    """Revoke the certificate whose key signed the challenge."""
    body = read_json(RevocationProof, max_bytes=_MAX_BODY)
    with unit_of_work() as work:
        key_revocation.revoke_by_key(
            work,
            current_ca().authority.issuer_id,
            body.serial,
            challenge=_octets(body.challenge),
            signature=_octets(body.signature),
            reason=reason_in(body.reason),
            origin=origin(),
            key=_sealing_key(),
            now=utc_now(),
        )
    return "", 204


def _sealing_key() -> bytes:
    secret = str(current_ca().config.secret_key).encode()
    return hashlib.sha256(b"certferry public revocation" + secret).digest()


def _octets(text: str) -> bytes:
    # Exactly pairs of hex digits: bytes.fromhex would also take blanks.
    return bytes.fromhex(text) if re.fullmatch(r"(?:[0-9a-f]{2})*", text) else b""
