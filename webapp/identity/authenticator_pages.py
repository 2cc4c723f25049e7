"""The pages on which somebody sets up, uses and removes an app or passkeys of theirs.

Customers and operators have the same ones, each in their own place with their own
guard. Another way is set up only by who just passed an older one in the same sitting:
whoever knows nothing but the password gets no second way out of it.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from mobile_bridge.core.qr_code import qr_svg
from webapp import errors
from webapp.accounts.holders import AccountHolder
from webapp.brand_pages import spoken_brand
from webapp.clock import utc_now
from webapp.db import session
from webapp.identity import card_pages as pages
from webapp.identity import one_time, own_service, passkey_service
from webapp.identity import one_time_service as apps
from webapp.identity.card_service import CardError
from webapp.identity.ways import Had, ProofNeededError, Way
from webapp.request_json import json_text, read_json
from webapp.tries import AfterLastTry

SITTING: Final = timedelta(minutes=10)  # how long a proof is enough for another way
PROVED: Final = "proved_at"
ENROLLED: Final = {"one-time": "one_time_page", "passkey": "passkey_page"}
Guard = Callable[[Callable[..., ResponseReturnValue]], Any]


def sent_aim() -> str:
    """Return what a proof is for, as the request says it; empty where it does not.

    What changes something reads its body only, whatever the address says.
    """
    if request.method != "POST":
        return request.args.get("aim", "")
    if request.is_json:
        return json_text(read_json(max_bytes=pages.MAX_PASSKEY_BODY), "next")
    return request.form.get("aim", "")


@dataclass(frozen=True, kw_only=True)
class AuthenticatorPages:
    """The pages of one kind of account holder; `base` is the path that they share."""

    blueprint: Blueprint
    prefix: str  # of `base`, what the blueprint does not have already
    base: str
    home: str  # the endpoint of the page that lists what there is
    layout: str
    guard: Guard
    holder: Callable[[], AccountHolder]
    allowed: Callable[[], Collection[str]]  # what may be set up
    proof_ways: Callable[[], tuple[Had, ...]]  # what is enough for setting up
    is_operator: bool
    account_name: Callable[[AccountHolder], str]  # in the app and the device
    # An operator has none at first, and nobody hands one out: a password is enough.
    first_needs_proof: bool
    removal_needs_proof: bool
    keeps_one: Callable[[], bool]  # the last one cannot be removed
    passed: Callable[[Way], None]  # told of each proof, and of a new way
    # Where to go on from a proof that is for something else than another way.
    address_of: Callable[[str], str | None] = lambda _aim: None

    def add_views(self) -> None:
        """Register the pages."""
        passkey = "/passkey/<int(max=2147483647):passkey_id>"
        for rule, method, view in (
            ("/prove", "GET", self.ask_proof),
            ("/prove", "POST", self.prove_by_card),
            ("/prove/one-time-code", "POST", self.prove_by_one_time),
            ("/prove/passkey/options", "POST", self.ask_passkey),
            ("/prove/passkey", "POST", self.prove_by_passkey),
            ("/one-time", "GET", self.one_time_page),
            ("/one-time", "POST", self.begin_one_time),
            ("/one-time/confirm", "POST", self.confirm_one_time),
            ("/one-time/remove", "POST", self.remove_one_time),
            ("/passkey", "GET", self.passkey_page),
            ("/passkey/options", "POST", self.begin_passkey),
            ("/passkey", "POST", self.enrol_passkey),
            (f"{passkey}/remove", "POST", self.remove_passkey),
        ):
            self.blueprint.add_url_rule(
                self.prefix + rule,
                view.__name__,
                self.guard(view),
                methods=[method],
            )

    def ask_proof(self) -> ResponseReturnValue:
        """Ask for a way that is there already."""
        return self._proof_page()

    def prove_by_card(self) -> ResponseReturnValue:
        """Compare what the card says."""
        return self._typed(Way.CARD)

    def prove_by_one_time(self) -> ResponseReturnValue:
        """Compare the code of an authenticator app."""
        return self._typed(Way.ONE_TIME)

    def ask_passkey(self) -> ResponseReturnValue:
        """Give the browser what a passkey has to sign."""
        pages.require_way(self.proof_ways(), Way.PASSKEY)
        return pages.passkey_options(self.holder(), utc_now())

    def prove_by_passkey(self) -> ResponseReturnValue:
        """Compare what a passkey signed."""
        pages.require_way(self.proof_ways(), Way.PASSKEY)
        self._prove(pages.passkey_check(self.holder(), utc_now()), Way.PASSKEY)
        return {"next": self._proved(Way.PASSKEY)}

    def one_time_page(self) -> ResponseReturnValue:
        """Say what an authenticator app is; once begun, show what it scans."""
        self._require_allowed(Way.ONE_TIME)
        return self._app_page() if self.is_proved() else self._to_proof("one-time")

    def begin_one_time(self) -> ResponseReturnValue:
        """Make a secret for an authenticator app."""
        self._require_proved(Way.ONE_TIME)
        random = secrets.token_bytes
        holder, key = self.holder(), pages.key()
        apps.begin_one_time(session(), holder, key, random, now=utc_now())
        return redirect(self._to("one_time_page"))

    def confirm_one_time(self) -> ResponseReturnValue:
        """Use the app from now on, if it shows the right code."""
        self._require_allowed(Way.ONE_TIME)
        was_proved, holder, key = self.is_proved(), self.holder(), pages.key()
        typed, now = request.form.get("code", "")[:32], utc_now()
        allow = partial(self._require_proved, Way.ONE_TIME)
        try:
            apps.confirm_one_time(session(), holder, key, typed, now, allow=allow)
        except (apps.OneTimeWrongError, apps.OneTimeIncompleteError) as refused:
            return self._app_page(refused.code)
        if was_proved:  # a first app that was confirmed a moment ago proves nothing
            self.passed(Way.ONE_TIME)
        return redirect(url_for(self.home, done="one-time"))

    def remove_one_time(self) -> ResponseReturnValue:
        """Forget the authenticator app."""
        self._require_removable()
        own_service.remove_one_time(
            session(), self.holder(), keep_one=self._kept_ways(), now=utc_now()
        )
        return redirect(url_for(self.home, done="one-time-removed"))

    def passkey_page(self) -> ResponseReturnValue:
        """Ask for a name, and have the browser make a passkey."""
        self._require_allowed(Way.PASSKEY)
        if not self.is_proved():
            return self._to_proof("passkey")
        return self._render("identity/passkey.html", site=pages.find_site())

    def begin_passkey(self) -> ResponseReturnValue:
        """Give the browser what it needs to make a passkey."""
        self._require_proved(Way.PASSKEY)
        return passkey_service.begin_enrolment(
            session(),
            self.holder(),
            pages.site(),
            secrets.token_bytes,
            handle=pages.handle(self.holder()),
            account_name=self.account_name(self.holder()),
            now=utc_now(),
        )

    def enrol_passkey(self) -> ResponseReturnValue:
        """Keep the passkey that was made."""
        self._require_proved(Way.PASSKEY)
        sent = read_json(max_bytes=pages.MAX_PASSKEY_BODY)
        passkey_service.enrol(
            session(),
            self.holder(),
            pages.site(),
            sent.get("answer"),
            challenge_id=json_text(sent, "id"),
            name=json_text(sent, "name"),
            allow=partial(self._require_proved, Way.PASSKEY),
            now=utc_now(),
        )
        self.passed(Way.PASSKEY)
        return {"next": url_for(self.home, done="passkey")}

    def remove_passkey(self, passkey_id: int) -> ResponseReturnValue:
        """Forget a passkey."""
        self._require_removable()
        own_service.remove_passkey(
            session(),
            self.holder(),
            passkey_id,
            keep_one=self._kept_ways(),
            now=utc_now(),
        )
        return redirect(url_for(self.home, done="passkey-removed"))

    def is_proved(self) -> bool:
        """Tell whether this sitting may set up another way."""
        if not self.first_needs_proof and not self.proof_ways():
            return True
        proved = cookie.get(PROVED, 0)
        age = utc_now().timestamp() - (proved if isinstance(proved, int) else 0)
        return 0 <= age + 1 <= SITTING.total_seconds()

    def _typed(self, way: Way) -> ResponseReturnValue:
        try:
            pages.require_way(self.proof_ways(), way)
            self._prove(pages.typed_check(self.holder(), way, utc_now()), way)
        except (CardError, apps.OneTimeError) as refused:
            return self._proof_page(refused.code, way)
        return redirect(self._proved(way))

    def _prove(self, check: Callable[[], None], way: Way) -> None:
        own_service.prove(session(), self.holder(), check, way=way, now=utc_now())

    def _proof_page(
        self, refused: str | None = None, way: Way | None = None
    ) -> ResponseReturnValue:
        answer = errors.ANSWERS[refused] if refused else None
        wanted = way or request.args.get("way")
        then = AfterLastTry.COLLEAGUE if self.is_operator else AfterLastTry.COUNTER
        look = pages.looks(self.holder(), self.proof_ways(), wanted, then)
        page = self._render(
            "identity/own_proof.html", look=look, refused=answer, wanted=self._aim()
        )
        return page, answer.status if answer else 200

    def _app_page(self, refused: str | None = None) -> ResponseReturnValue:
        answer = errors.ANSWERS[refused] if refused else None
        holder = self.holder()
        try:
            secret = apps.begun_secret(session(), holder, pages.key(), utc_now())
        except apps.OneTimeNotBegunError:
            return self._render("identity/one_time.html", secret=None)
        name, issuer = self.account_name(holder), spoken_brand().name
        address = one_time.address_of(secret, name, issuer=issuer)
        side, path = qr_svg(address)
        page = self._render(
            "identity/one_time.html",
            secret=one_time.in_groups(secret),
            side=side,
            path=path,
            refused=answer,
        )
        return page, answer.status if answer else 200

    def _render(self, template: str, **context: Any) -> str:
        return render_template(
            template,
            layout=self.layout,
            base=self.base,
            is_operator=self.is_operator,
            **context,
        )

    def _aim(self) -> str:
        aim = sent_aim()
        known = aim in ENROLLED or self.address_of(aim) is not None
        return aim if known else next(iter(ENROLLED))

    def _to_proof(self, aim: str) -> ResponseReturnValue:
        return redirect(self._to("ask_proof", aim=aim))

    def _proved(self, way: Way) -> str:
        cookie[PROVED] = int(utc_now().timestamp())
        self.passed(way)
        aim = self._aim()
        return self.address_of(aim) or self._to(ENROLLED[aim])

    def _to(self, view: str, **values: Any) -> str:
        return url_for(f"{self.blueprint.name}.{view}", **values)

    def _require_allowed(self, way: Way) -> None:
        if way not in self.allowed():
            raise pages.NONE_THERE[way]

    def _require_proved(self, way: Way) -> None:
        self._require_allowed(way)
        if not self.is_proved():
            raise ProofNeededError

    def _require_removable(self) -> None:
        if self.removal_needs_proof and not self.is_proved():
            raise ProofNeededError

    def _kept_ways(self) -> Collection[str]:
        return self.allowed() if self.keeps_one() else ()
