"""A customer's own ways to identify themselves: card, authenticator app, passkeys.

Another way is set up only by who passed an older one in the same sitting: whoever
knows nothing but the password gets no second way out of it.
"""

import secrets
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import errors, login_session
from webapp.brand_pages import spoken_brand
from webapp.centre import centre
from webapp.clock import utc_now
from webapp.db import session
from webapp.identity import card_pages as pages
from webapp.identity import one_time, own_service, passkey_service
from webapp.identity import one_time_service as apps
from webapp.identity.card_service import CardError, card_of
from webapp.identity.passkey import local_address
from webapp.identity.ways import BY_PASSKEY, ProofNeededError, Way
from webapp.request_json import json_text, read_json
from webapp.security import client_details, limiter, sign_in_required

blueprint = Blueprint("identity", __name__, url_prefix="/me/security")
SITTING = timedelta(minutes=10)  # how long a proof is enough to set up another way
PROVED = "proved_at"
WANTED = {"one-time": "identity.one_time_page", "passkey": "identity.passkey_page"}


@blueprint.get("")
@sign_in_required
def show() -> ResponseReturnValue:
    """Show what there is."""
    config = centre().config
    return render_template(
        "identity/own.html",
        allowed=config.second_checks,
        sealed=config.identity_key is not None,
        card=card_of(session(), current_user),
        app=apps.one_time_of(session(), current_user),
        passkeys=passkey_service.passkeys_of(session(), current_user),
        site=pages.find_site(),
        local_address=local_address(centre().config.public_url),
        done=request.args.get("done"),
    )


@blueprint.get("/prove")
@sign_in_required
def ask_proof() -> ResponseReturnValue:
    """Ask for a way that is there already."""
    return _proof_page()


@blueprint.post("/prove")
@sign_in_required
def prove_by_card() -> ResponseReturnValue:
    """Compare what the card says."""
    return _typed(Way.CARD)


@blueprint.post("/prove/one-time-code")
@sign_in_required
def prove_by_one_time() -> ResponseReturnValue:
    """Compare the code of an authenticator app."""
    return _typed(Way.ONE_TIME)


@blueprint.post("/prove/passkey/options")
@sign_in_required
def ask_passkey() -> ResponseReturnValue:
    """Give the browser what a passkey has to sign."""
    pages.require_way(pages.proof_ways(), Way.PASSKEY)
    return pages.passkey_options(utc_now())


@blueprint.post("/prove/passkey")
@sign_in_required
def prove_by_passkey() -> ResponseReturnValue:
    """Compare what a passkey signed."""
    now = utc_now()
    pages.require_way(pages.proof_ways(), Way.PASSKEY)
    check = pages.passkey_check(now)
    own_service.prove(session(), current_user, check, way=Way.PASSKEY, now=now)
    return {"next": _proved()}


@blueprint.get("/one-time")
@sign_in_required
def one_time_page() -> ResponseReturnValue:
    """Say what an authenticator app is; once begun, show what it scans."""
    _require_allowed(Way.ONE_TIME)
    return _app_page() if _is_proved() else _to_proof("one-time")


@blueprint.post("/one-time")
@sign_in_required
def begin_one_time() -> ResponseReturnValue:
    """Make a secret for an authenticator app."""
    _require_proved(Way.ONE_TIME)
    random = secrets.token_bytes
    apps.begin_one_time(session(), current_user, pages.key(), random, now=utc_now())
    return redirect(url_for("identity.one_time_page"))


@blueprint.post("/one-time/confirm")
@sign_in_required
def confirm_one_time() -> ResponseReturnValue:
    """Use the app from now on, if it shows the right code."""
    _require_proved(Way.ONE_TIME)
    typed, now = request.form.get("code", "")[:32], utc_now()
    try:
        apps.confirm_one_time(session(), current_user, pages.key(), typed, now)
    except (apps.OneTimeWrongError, apps.OneTimeIncompleteError) as refused:
        return _app_page(refused.code)
    return redirect(url_for("identity.show", done="one-time"))


@blueprint.post("/one-time/remove")
@sign_in_required
def remove_one_time() -> ResponseReturnValue:
    """Forget the authenticator app."""
    own_service.remove_one_time(session(), current_user, utc_now())
    return redirect(url_for("identity.show", done="one-time-removed"))


@blueprint.get("/passkey")
@sign_in_required
def passkey_page() -> ResponseReturnValue:
    """Ask for a name, and have the browser make a passkey."""
    _require_allowed(Way.PASSKEY)
    if not _is_proved():
        return _to_proof("passkey")
    return render_template("identity/passkey.html", site=pages.find_site())


@blueprint.post("/passkey/options")
@sign_in_required
def begin_passkey() -> ResponseReturnValue:
    """Give the browser what it needs to make a passkey."""
    _require_proved(Way.PASSKEY)
    return passkey_service.begin_enrolment(
        session(),
        current_user,
        pages.site(),
        secrets.token_bytes,
        handle=pages.handle(),
        now=utc_now(),
    )


@blueprint.post("/passkey")
@sign_in_required
def enrol_passkey() -> ResponseReturnValue:
    """Keep the passkey that was made."""
    _require_proved(Way.PASSKEY)
    sent = read_json(max_bytes=pages.MAX_PASSKEY_BODY)
    passkey_service.enrol(
        session(),
        current_user,
        pages.site(),
        sent.get("answer"),
        challenge_id=json_text(sent, "id"),
        name=json_text(sent, "name"),
        now=utc_now(),
    )
    return {"next": url_for("identity.show", done="passkey")}


@blueprint.post("/passkey/<int(max=2147483647):passkey_id>/remove")
@sign_in_required
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Forget a passkey."""
    own_service.remove_passkey(session(), current_user, passkey_id, utc_now())
    return redirect(url_for("identity.show", done="passkey-removed"))


@blueprint.app_template_global()
def passkeys_sign_in() -> bool:
    """Tell whether the sign-in page offers passkeys here."""
    allowed = Way.PASSKEY in centre().config.second_checks
    return allowed and pages.find_site() is not None


@blueprint.post("/sign-in/options")
@limiter.limit("30 per 10 minutes")
def begin_sign_in() -> ResponseReturnValue:
    """Give the browser what any passkey of this site can sign."""
    _require_allowed(Way.PASSKEY)
    random = secrets.token_bytes
    return passkey_service.begin_sign_in(session(), pages.site(), random, utc_now())


@blueprint.post("/sign-in")
@limiter.limit("30 per 10 minutes")
def sign_in() -> ResponseReturnValue:
    """Sign in whoever's passkey it is."""
    _require_allowed(Way.PASSKEY)
    sent = read_json(max_bytes=pages.MAX_PASSKEY_BODY)
    wanted = json_text(sent, "next")
    customer = own_service.sign_in(
        session(),
        pages.site(),
        sent.get("answer"),
        challenge_id=json_text(sent, "id"),
        client=client_details(),
        now=utc_now(),
    )
    login_session.begin(customer, utc_now())
    cookie[BY_PASSKEY] = True
    # That page knows which addresses are ours, and leads there who is signed in.
    return {"next": url_for("accounts.sign_in", next=wanted)}


def _typed(way: Way) -> ResponseReturnValue:
    now = utc_now()
    try:
        pages.require_way(pages.proof_ways(), way)
        check = pages.typed_check(way, now)
        own_service.prove(session(), current_user, check, way=way, now=now)
    except (CardError, apps.OneTimeError) as refused:
        return _proof_page(refused.code, way)
    return redirect(_proved())


def _proof_page(
    refused: str | None = None, way: Way | None = None
) -> ResponseReturnValue:
    answer = errors.ANSWERS[refused] if refused else None
    look = pages.looks(pages.proof_ways(), way or request.args.get("way"))
    wanted = _wanted()
    page = render_template(
        "identity/own_proof.html", look=look, refused=answer, wanted=wanted
    )
    return page, answer.status if answer else 200


def _app_page(refused: str | None = None) -> ResponseReturnValue:
    answer, secret = errors.ANSWERS[refused] if refused else None, None
    try:
        secret = apps.begun_secret(session(), current_user, pages.key(), utc_now())
    except apps.OneTimeNotBegunError:
        return render_template("identity/one_time.html", secret=None)
    address = one_time.address_of(
        secret, current_user.login_id, issuer=spoken_brand().name
    )
    side, path = one_time.drawing_of(address)
    page = render_template(
        "identity/one_time.html",
        secret=one_time.in_groups(secret),
        side=side,
        path=path,
        refused=answer,
    )
    return page, answer.status if answer else 200


def _wanted() -> str:
    # What changes something reads its body only, whatever the address says.
    if request.method != "POST":
        wanted = request.args.get("aim", "")
    elif request.is_json:
        wanted = json_text(read_json(max_bytes=pages.MAX_PASSKEY_BODY), "next")
    else:
        wanted = request.form.get("aim", "")
    return wanted if wanted in WANTED else next(iter(WANTED))


def _to_proof(wanted: str) -> ResponseReturnValue:
    return redirect(url_for("identity.ask_proof", aim=wanted))


def _proved() -> str:
    cookie[PROVED] = int(utc_now().timestamp())
    return url_for(WANTED[_wanted()])


def _is_proved() -> bool:
    proved = cookie.get(PROVED, 0)
    age = utc_now().timestamp() - (proved if isinstance(proved, int) else 0)
    return 0 <= age + 1 <= SITTING.total_seconds()


def _require_allowed(way: Way) -> None:
    if way not in centre().config.second_checks:
        raise pages.NONE_THERE[way]


def _require_proved(way: Way) -> None:
    _require_allowed(way)
    if not _is_proved():
        raise ProofNeededError
