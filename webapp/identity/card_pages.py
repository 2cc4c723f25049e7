"""What the step of an application and the own page share: ask somebody who they are."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import request
from flask_login import current_user

from mobile_bridge.core.pairing_number import without_separators
from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.brand_pages import spoken_brand
from webapp.centre import centre
from webapp.counter.models import Operator
from webapp.db import session
from webapp.identity.card import MAX_ERRORS as CARD_ERRORS
from webapp.identity.card import Answer, Question
from webapp.identity.card_service import NoCardError, card_of, check_card, question_of
from webapp.identity.one_time import MAX_ERRORS as APP_ERRORS
from webapp.identity.one_time_service import NoOneTimeError, check_one_time, one_time_of
from webapp.identity.passkey import (
    NoPasskeysHereError,
    Site,
    UnknownPasskeyError,
    handle_of,
    site_of,
)
from webapp.identity.passkey_service import begin_check, check_passkey
from webapp.identity.sealing import read_key
from webapp.identity.ways import Had, Way, choose, ways_of
from webapp.refusals import RefusedError
from webapp.request_json import json_text, read_json
from webapp.tries import AfterLastTry, tries_to_tell

CHANCE = secrets.SystemRandom()
MAX_PASSKEY_BODY = 32 * 1024  # with a long public key and an attestation
NONE_THERE: dict[Way, type[RefusedError]] = {
    Way.CARD: NoCardError,
    Way.ONE_TIME: NoOneTimeError,
    Way.PASSKEY: UnknownPasskeyError,
}


def customer() -> Customer:
    """Return the customer who is signed in; the view has asked whether one is."""
    found: Customer = current_user._get_current_object()
    return found


def key() -> bytes:
    """Return what seals cards and secrets.

    Raises:
        NoKeyError: the centre has none.
    """
    return read_key(centre().config.identity_key)


def site() -> Site:
    """Return for whom passkeys are made.

    Raises:
        NoPasskeysHereError: browsers make none for this address.
    """
    found = find_site()
    if found is None:
        raise NoPasskeysHereError
    return found


def find_site() -> Site | None:
    """Return for whom passkeys are made, if this address can have any."""
    found = site_of(centre().config.public_url, request.host_url)
    return found and replace(found, title=spoken_brand().name)


def handle(holder: AccountHolder) -> bytes:
    """Return what an authenticator knows a person by."""
    name = holder.actor if isinstance(holder, Operator) else str(holder.id)
    return handle_of(name, centre().config.secret_key)


def step_ways() -> tuple[Had, ...]:
    """Return what the operator allows in the step, and the customer has."""
    return ways_of(session(), current_user, centre().config.second_checks)


def proof_ways() -> tuple[Had, ...]:
    """Return what a customer can set up another way with: a card always counts."""
    allowed = dict.fromkeys((Way.CARD, *centre().config.second_checks))
    return ways_of(session(), current_user, tuple(allowed))


def require_way(ways: tuple[Had, ...], way: Way) -> None:
    """Refuse a way that somebody does not have, or that is not allowed here.

    Raises:
        NoCardError, NoOneTimeError, UnknownPasskeyError
    """
    if not any(each.way == way for each in ways):
        raise NONE_THERE[way]


def looks(
    holder: AccountHolder,
    ways: tuple[Had, ...],
    wanted: str | None,
    then: AfterLastTry = AfterLastTry.COUNTER,
) -> dict[str, Any]:
    """Return what `identity/card_check.html` shows: one way, and links to the rest.

    `then` says who helps after the last try.
    """
    chosen = choose(ways, wanted)
    shown: dict[str, Any] = {"ways": ways, "chosen": chosen, "then": then}
    if chosen is None:
        return shown
    card = card_of(session(), holder) if isinstance(holder, Customer) else None
    app = one_time_of(session(), holder)
    if chosen.way == Way.CARD and card is not None:
        shown |= {"question": question_of(card), "card_number": card.number}
        shown |= {"tries": tries_to_tell(card.errors, CARD_ERRORS, then)}
    elif chosen.way == Way.ONE_TIME and app is not None:
        shown |= {"tries": tries_to_tell(app.errors, APP_ERRORS, then)}
    elif chosen.way == Way.PASSKEY:
        shown |= {"no_passkeys_here": find_site() is None}
    return shown


def typed_check(holder: AccountHolder, way: Way, now: datetime) -> Callable[[], None]:
    """Return what compares the digits in the form that was sent.

    Raises:
        NoCardError: only customers have a card.
    """
    if way == Way.ONE_TIME:
        typed = request.form.get("code", "")[:32]
        return partial(check_one_time, session(), holder, key(), typed, now)
    if not isinstance(holder, Customer):
        raise NoCardError
    return partial(
        check_card,
        session(),
        holder,
        key(),
        Answer(_half("first"), _half("second")),
        asked=Question(_number("ask_first"), _number("ask_second")),
        random=CHANCE,
        now=now,
    )


def passkey_options(holder: AccountHolder, now: datetime) -> dict[str, Any]:
    """Return what the browser needs to sign with a passkey."""
    return begin_check(session(), holder, site(), secrets.token_bytes, now)


def passkey_check(holder: AccountHolder, now: datetime) -> Callable[[], None]:
    """Return what compares the signature in the JSON that was sent."""
    sent = read_json(max_bytes=MAX_PASSKEY_BODY)
    return partial(
        check_passkey,
        session(),
        holder,
        site(),
        sent.get("answer"),
        challenge_id=json_text(sent, "id"),
        now=now,
    )


def _half(name: str) -> str:
    return without_separators(request.form.get(name, "")[:16])


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
