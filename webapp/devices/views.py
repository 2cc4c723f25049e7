"""The pages of a signed-in person's devices: list, code, question before removing."""

import secrets

import msgspec
from flask import Blueprint, Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_login import current_user

from mobile_bridge.server.user_agent import describe_user_agent
from webapp.authenticators.step_up.rules import PAIRING, Need, StepUpNeededError
from webapp.authenticators.views import step_up
from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.devices import browser_views, service
from webapp.devices.browser_views import new_device
from webapp.devices.device_orders import MAX_BODY, pairing_key
from webapp.devices.errors import InvitationUnknownError
from webapp.devices.invitation_code import pairing_address
from webapp.devices.messages import ERROR_MESSAGES
from webapp.devices.models import DeviceInvitation
from webapp.devices.rules import State, compared_number
from webapp.values.code_token import ID_BYTES
from webapp.web.error_handlers import register_error_messages
from webapp.web.json_body import read_json
from webapp.web.security import client_details, customer_required

blueprint = Blueprint("devices", __name__, url_prefix="/me/devices")
_DONE = {
    "paired": _("The device is paired."),
    "declined": _("Nothing was paired. The code leads nowhere now."),
    "removed": _("The device is removed. It sees nothing of your account any more."),
}


class PairHereOrder(msgspec.Struct, frozen=True):
    """The key that this browser made, in lower-case hexadecimal, and its name."""

    key: str = ""
    name: str = ""


def init_app(app: Flask) -> None:
    """Register the pages, and what people read for refusals."""
    app.register_blueprint(blueprint)
    app.register_blueprint(browser_views.blueprint)
    register_error_messages(app, ERROR_MESSAGES)


@blueprint.get("")
@customer_required
def show() -> ResponseReturnValue:
    """List the devices of who is signed in."""
    return render_template(
        "devices/list.html",
        devices=service.list_devices(session(), current_user),
        message=_DONE.get(request.args.get("done", "")),
        now=utc_now(),
    )


@blueprint.post("/invite")
@customer_required
def invite() -> ResponseReturnValue:
    """Make a code, after one more check."""
    if step_up.need_now() is not Need.NOTHING:
        return step_up.ask(*PAIRING, {})
    with unit_of_work() as work:
        invitation = service.invite(
            work, current_user, now=utc_now(), random=secrets.token_bytes
        )
    return redirect(f"/me/devices/invite/{invitation.id}", 303)


@blueprint.get("/invite/<invitation_id>")
@customer_required
def show_invitation(invitation_id: str) -> ResponseReturnValue:
    """Show a code, and which device came with it."""
    invitation, now = _own_invitation(invitation_id), utc_now()
    return render_template(
        "devices/invitation.html",
        invitation=invitation,
        address=pairing_address(origin(), pairing_key(), invitation.id),
        seconds_left=max(0, int((invitation.expires_at - now).total_seconds())),
        **_state(invitation),
    )


@blueprint.get("/invite/<invitation_id>/state")
@customer_required
def invitation_state(invitation_id: str) -> ResponseReturnValue:
    """Say whether a device came with a code."""
    return jsonify(_state(_own_invitation(invitation_id)))


@blueprint.post("/invite/<invitation_id>")
@customer_required
def answer(invitation_id: str) -> ResponseReturnValue:
    """Pair the device that came, or say no; whatever is not a yes is a no."""
    number = request.form.get("number", "")[:10]
    with unit_of_work() as work:
        paired = service.answer(
            work,
            current_user,
            invitation_id,
            number=number if request.form.get("answer") == "yes" else None,
            expected=_number,
            now=utc_now(),
        )
    done = "paired" if paired else "declined"
    return redirect(url_for("devices.show", done=done), 303)


@blueprint.get("/here")
@customer_required
def show_here() -> ResponseReturnValue:
    """Offer to pair this very browser, after one more check."""
    if step_up.need_now() is not Need.NOTHING:
        return step_up.ask(*PAIRING, {})
    description = describe_user_agent(request.user_agent.string)
    return render_template("devices/here.html", description=description)


@blueprint.post("/here")
@customer_required
def pair_here() -> ResponseReturnValue:
    """Pair this very browser."""
    if step_up.need_now() is not Need.NOTHING:
        raise StepUpNeededError
    order = read_json(PairHereOrder, max_bytes=MAX_BODY)
    with unit_of_work() as work:
        device = service.pair(
            work,
            current_user,
            new_device(order.key, order.name),
            device_id=secrets.token_bytes(ID_BYTES).hex(),
            now=utc_now(),
            client=client_details(),
        )
    return jsonify(device=device.id, name=device.name, account=current_user.name)


@blueprint.get("/<device_id>/remove")
@customer_required
def ask_remove(device_id: str) -> ResponseReturnValue:
    """Ask whether a device is to be removed, and say what that does."""
    device = service.find(session(), current_user, device_id)
    return render_template("devices/remove.html", device=device)


@blueprint.post("/<device_id>/remove")
@customer_required
def remove(device_id: str) -> ResponseReturnValue:
    """Remove a device."""
    with unit_of_work() as work:
        service.remove(work, current_user, device_id, utc_now())
    return redirect(url_for("devices.show", done="removed"), 303)


def _own_invitation(invitation_id: str) -> DeviceInvitation:
    invitation = service.find_invitation(session(), invitation_id)
    if invitation.customer_id != current_user.id:
        raise InvitationUnknownError
    return invitation


def _state(invitation: DeviceInvitation) -> dict[str, str]:
    state = service.invitation_state(invitation, utc_now())
    if state is not State.CLAIMED:
        return {"state": state.value}
    return {
        "state": state.value,
        "name": invitation.name,
        "description": invitation.description,
        "network": invitation.network,
        "number": _number(invitation),
    }


def _number(invitation: DeviceInvitation) -> str:
    return compared_number(pairing_key(), invitation.id, invitation.public_key or b"")
