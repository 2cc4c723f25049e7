"""The pages on which somebody enrols, uses and removes factors of their own.

Customers and operators have the same ones, each in their own place with their own
guard. Another factor is enrolled only by who just verified an older one in the same
sign-in: whoever knows nothing but the password gets no second way out of it.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.accounts.holders import AccountHolder
from webapp.authenticators.factor import EnrolledFactor, Factor, StepUpRequiredError
from webapp.authenticators.factors import (
    UnknownFactorError,
    enrollable_factors,
    find_factor,
)
from webapp.authenticators.second_factor import remove_own, step_up
from webapp.authenticators.views.second_factor import (
    MAX_RESPONSE,
    begin_check,
    check_view,
    factor_context,
    factor_of,
    is_said_by_page,
    read_response,
    verifier,
)
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.values.remaining_attempts import AfterLastTry
from webapp.web import error_handlers
from webapp.web.json_body import read_json

SITTING: Final = timedelta(minutes=10)  # how long a proof is enough for an enrolment
PROVED: Final = "proved_at"
Guard = Callable[[Callable[..., ResponseReturnValue]], Any]


class SentAim(msgspec.Struct):
    """What a script says of where to go on."""

    next: str = ""


def sent_aim() -> str:
    """Return what a proof is for, as the request says it; empty where it does not.

    What changes something reads its body only, whatever the address says.
    """
    if request.method != "POST":
        return request.args.get("aim", "")
    if request.is_json:
        return read_json(SentAim, max_bytes=MAX_RESPONSE).next
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
    allowed: Callable[[], Collection[str]]  # the ids of what may be enrolled
    step_up_enrolled: Callable[[], tuple[EnrolledFactor, ...]]  # enough for enrolling
    is_operator: bool
    # An operator has none at first, and nobody hands one out: a password is enough.
    first_needs_proof: bool
    removal_needs_proof: bool
    keeps_one: Callable[[], bool]  # the last one cannot be removed
    passed: Callable[[], None]  # told of each proof, and of a new factor
    # Where to go on from a proof that is for something else than an enrolment.
    address_of: Callable[[str], str | None] = lambda _aim: None

    def add_views(self) -> None:
        """Register the pages; `path` is that of a factor."""
        authenticator = "/<path>/<int(max=2147483647):authenticator_id>"
        guarded: dict[str, Any] = {}  # one endpoint may have two addresses
        for rule, method, view in (
            ("/prove", "GET", self.ask_proof),
            ("/prove", "POST", self.prove),
            ("/prove/<factor_id>", "POST", self.prove),
            ("/prove/<factor_id>/options", "POST", self.challenge),
            ("/<path>", "GET", self.enrolment_page),
            ("/<path>", "POST", self.submit_enrolment),
            ("/<path>/options", "POST", self.begin_enrolment),
            ("/<path>/confirm", "POST", self.finish_enrolment),
            ("/<path>/remove", "POST", self.remove),
            (f"{authenticator}/remove", "POST", self.remove),
        ):
            self.blueprint.add_url_rule(
                self.prefix + rule,
                view.__name__,
                guarded.setdefault(view.__name__, self.guard(view)),
                methods=[method],
            )

    def ask_proof(self) -> ResponseReturnValue:
        """Ask for a factor that is there already."""
        return self._proof_page()

    def prove(self, factor_id: str | None = None) -> ResponseReturnValue:
        """Verify what a factor answered."""
        factor = factor_of(factor_id)
        try:
            verify = verifier(self.holder(), factor, self.step_up_enrolled())
            with unit_of_work() as work:
                step_up(work, self.holder(), verify, factor=factor, now=utc_now())
        except AppError as refused:
            if not is_said_by_page(refused, factor):
                raise
            return self._proof_page(refused.code, factor.id)
        address = self._proved()
        return {"next": address} if factor.is_scripted else redirect(address)

    def challenge(self, factor_id: str) -> ResponseReturnValue:
        """Begin the check of a factor."""
        factor = find_factor(factor_id)
        options = begin_check(self.holder(), factor, self.step_up_enrolled())
        here = self._to("ask_proof", aim=self._aim(), way=factor.id)
        return options if factor.is_scripted else redirect(here, 303)

    def enrolment_page(self, path: str) -> ResponseReturnValue:
        """Say what a factor is; once an enrolment is begun, what to do next."""
        factor = self._enrollable(path)
        if not self.is_proved():
            return redirect(self._to("ask_proof", aim=factor.path))
        return self._enrolment_page(factor)

    def submit_enrolment(self, path: str) -> ResponseReturnValue:
        """Begin an enrolment; of a factor that a script began, finish it."""
        is_scripted = self._enrollable(path).is_scripted
        return self._finish(path) if is_scripted else self._begin(path)

    def begin_enrolment(self, path: str) -> ResponseReturnValue:
        """Give a script what it needs to make a secret."""
        return self._begin(path)

    def finish_enrolment(self, path: str) -> ResponseReturnValue:
        """Use a factor from now on, if its first answer is right."""
        return self._finish(path)

    def remove(
        self, path: str, authenticator_id: int | None = None
    ) -> ResponseReturnValue:
        """Forget a factor, or one authenticator of several."""
        factor = self._known(path)
        if self.removal_needs_proof and not self.is_proved():
            raise StepUpRequiredError
        keep_one = self.allowed() if self.keeps_one() else ()
        with unit_of_work() as work:
            remove_own(
                work,
                self.holder(),
                factor,
                authenticator_id,
                keep_one=keep_one,
                now=utc_now(),
            )
        return redirect(url_for(self.home, done=f"{factor.path}-removed"))

    def is_proved(self) -> bool:
        """Tell whether this sign-in may enrol another factor."""
        if not self.first_needs_proof and not self.step_up_enrolled():
            return True
        proved = cookie.get(PROVED, 0)
        age = utc_now().timestamp() - (proved if isinstance(proved, int) else 0)
        return 0 <= age + 1 <= SITTING.total_seconds()

    def sections(self, listed: Iterable[Factor]) -> list[dict[str, Any]]:
        """Return what the page shows of each factor on which the holder keeps them."""
        holder, context = self.holder(), factor_context()
        return [
            {
                "factor": factor,
                "enrolled": factor.find(session(), holder, context.now),
                "may_enrol": factor.id in self.allowed(),
                "view": factor.settings_view(context),
            }
            for factor in listed
        ]

    def _begin(self, path: str) -> ResponseReturnValue:
        factor = self._enrollable(path)
        self._require_proved(factor)
        with unit_of_work() as work:
            options = factor.begin_enrolment(work, self.holder(), factor_context())
        here = self._to("enrolment_page", path=factor.path)
        return dict(options) if factor.is_scripted else redirect(here)

    def _finish(self, path: str) -> ResponseReturnValue:
        factor = self._enrollable(path)
        was_proved, allow = self.is_proved(), partial(self._require_proved, factor)
        if factor.is_scripted:  # whose challenge is used up by the first answer
            allow()
        try:
            with unit_of_work() as work:
                factor.finish_enrolment(
                    work,
                    self.holder(),
                    read_response(factor),
                    factor_context(),
                    allow=allow,
                )
        except AppError as refused:
            if not isinstance(refused, factor.retry_errors):
                raise
            return self._enrolment_page(factor, refused.code)
        if was_proved:  # a first one that was confirmed a moment ago proves nothing
            self.passed()
        address = url_for(self.home, done=factor.path)
        return {"next": address} if factor.is_scripted else redirect(address)

    def _proof_page(
        self, refused: str | None = None, factor_id: str | None = None
    ) -> ResponseReturnValue:
        answer = error_handlers.error_message(refused) if refused else None
        then = AfterLastTry.COLLEAGUE if self.is_operator else AfterLastTry.COUNTER
        requested, aim = factor_id or request.args.get("way"), self._aim()
        page = self._render(
            "authenticators/security_settings_proof.html",
            look=check_view(self.step_up_enrolled(), requested, then),
            refused=answer,
            wanted=aim,
            is_enrolment=self.address_of(aim) is None,
        )
        return page, answer.status if answer else 200

    def _enrolment_page(
        self, factor: Factor, refused: str | None = None
    ) -> ResponseReturnValue:
        answer = error_handlers.error_message(refused) if refused else None
        view = factor.enrolment(session(), self.holder(), factor_context())
        page = self._render(
            "authenticators/enrolment.html", factor=factor, view=view, refused=answer
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
        aim, paths = sent_aim(), [factor.path for factor in enrollable_factors()]
        return aim if aim in paths or self.address_of(aim) is not None else paths[0]

    def _proved(self) -> str:
        cookie[PROVED] = int(utc_now().timestamp())
        self.passed()
        aim = self._aim()
        return self.address_of(aim) or self._to("enrolment_page", path=aim)

    def _to(self, view: str, **values: Any) -> str:
        return url_for(f"{self.blueprint.name}.{view}", **values)

    def _known(self, path: str) -> Factor:
        """Return the factor that has pages at this path.

        Raises:
            UnknownFactorError: there is none, or the counter hands it out.
        """
        for factor in enrollable_factors():
            if factor.path == path and (
                factor.is_for_operators or not self.is_operator
            ):
                return factor
        raise UnknownFactorError

    def _enrollable(self, path: str) -> Factor:
        """Return the factor at this path, which may be enrolled here.

        Raises:
            UnknownFactorError, AppError: the factor's own.
        """
        factor = self._known(path)
        if factor.id not in self.allowed():
            raise factor.not_enrolled
        return factor

    def _require_proved(self, factor: Factor) -> None:
        if factor.id not in self.allowed():
            raise factor.not_enrolled
        if not self.is_proved():
            raise StepUpRequiredError
