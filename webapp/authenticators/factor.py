"""What an authentication factor is (NIST SP 800-63B 4.2), whichever one it is.

Each factor is one subclass in a module of its own, one row of `factors.FACTORS` and one
template of macros. Pages, services and the counter ask the row; none of them knows one
by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.holders import AccountHolder
from webapp.audit.actors import Actor
from webapp.audit.labels import LabelledCode
from webapp.authenticators.encryption import read_key
from webapp.config import Config
from webapp.exceptions import AppError, ErrorMessage

AT_COUNTER = _("Come to the counter with something that shows who you are.")
# What a form or a script of ours sent; nothing in it is trusted.
Response = Mapping[str, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class FactorKind(StrEnum):
    """Which check a factor answers: enrolment has a step for each."""

    SECOND_FACTOR = "second_factor"
    PHONE_CHECK = "phone_check"


class StepUpRequiredError(AppError):
    """A new factor is enrolled only by who just verified an older one."""

    code = "proof_needed"


class LastFactorError(AppError):
    """The centre requires a second factor, and this is the only one left."""

    code = "last_factor"


@dataclass(frozen=True, slots=True)
class FactorContext:
    """What a factor needs of the centre and of the request; `opened_url` is where
    the browser is, `centre_name` what devices show beside a secret of the centre.
    """

    config: Config
    opened_url: str
    centre_name: str
    now: datetime

    def encryption_key(self) -> bytes:
        """Return the key, 32 bytes, that secrets are encrypted with.

        Raises:
            NoKeyError: the centre has none.
        """
        return read_key(self.config.identity_key)


@dataclass(frozen=True, slots=True)
class Removal:
    """How the counter takes a factor away: the name of the act and what it says."""

    act: str  # "remove-…": the end of its address and its name in the log
    title: LazyString
    button: LazyString
    ends: tuple[LazyString, ...]
    begins: tuple[LazyString, ...]
    done: LazyString
    reasons: tuple[str, ...] = ("lost_device", "new_device", "by_request", "other")


@dataclass(frozen=True, slots=True)
class EnrolledFactor:
    """A factor that somebody has; locked, it helps nobody until it is unlocked.

    `errors` are the wrong answers that count, `record` is what its template shows.
    """

    factor: "Factor"
    locked: bool = False
    errors: int = 0
    record: Any = None

    @property
    def id(self) -> str:
        """Name the factor."""
        return self.factor.id


class Factor(ABC):
    """One factor. `session` is the caller's, who holds the lock and commits.

    A wrong answer is counted whatever happens after it: its error `keeps_changes`.
    """

    id: ClassVar[str]  # in CERTFERRY_SECOND_CHECKS and in the addresses of checks
    path: ClassVar[str]  # in the addresses of its enrolment and of its unlocking
    template: ClassVar[str]  # of the macros that show it
    label: ClassVar[LazyString]
    at_hand: ClassVar[LazyString]  # "your …": what a customer needs for it
    kind: ClassVar[FactorKind] = FactorKind.SECOND_FACTOR
    proof_page: ClassVar[str] = "identity.ask_proof"  # its endpoint, before an act
    # Its answers are JSON of a script, and its challenge is asked for by that script.
    is_scripted: ClassVar[bool] = False
    is_enrolled_by_holder: ClassVar[bool] = True
    is_for_operators: ClassVar[bool] = False
    needs_key: ClassVar[bool] = False  # CERTFERRY_IDENTITY_KEY encrypts its secrets
    # It opens a session alone, so that a new first password and its removal end both.
    signs_in: ClassVar[bool] = False
    always_sets_up_others: ClassVar[bool] = False  # also where no step asks for it
    max_errors: ClassVar[int] = 5  # wrong answers that lock it

    used_event: ClassVar[LabelledCode]
    removed_event: ClassVar[LabelledCode | None] = None
    # Its events in the log, where they are not among AuditEvent.
    events: ClassVar[Iterable[LabelledCode]] = ()
    messages: ClassVar[Mapping[str, LazyString]]  # after something was done, by name
    error_messages: ClassVar[Mapping[str, ErrorMessage]]  # by the code of a refusal
    answer_error: ClassVar[type[AppError]]  # said on the page that asks
    not_enrolled: ClassVar[type[AppError]]
    retry_errors: ClassVar[tuple[type[AppError], ...]] = ()  # by its enrolment's
    unlocked_change: ClassVar[ChangeKind] = ChangeKind.FACTOR_UNLOCKED
    removed_change: ClassVar[ChangeKind] = ChangeKind.FACTOR_REMOVED
    removal: ClassVar[Removal | None] = None

    def thing(self, enrolled: EnrolledFactor | None) -> str:
        """Return what customers have at hand for it, "your …"; their own, if known."""
        return str(self.at_hand)

    @abstractmethod
    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        """Return what the holder has of this; None: nothing."""

    def is_allowed(self, config: Config) -> bool:
        """Tell whether customers may use it here: the settings' switch."""
        return self.id in config.second_checks

    def is_listed(self, context: FactorContext) -> bool:
        """Tell whether customers read of it where they keep their factors."""
        return self.is_allowed(context.config)

    def is_usable(self, context: FactorContext) -> bool:
        """Tell whether it can be enrolled and used at this address."""
        return True

    def view(self, enrolled: EnrolledFactor, context: FactorContext) -> Response:
        """Return what its template shows beside `enrolled` where it is asked for."""
        return NOTHING

    def settings_view(self, context: FactorContext) -> Response:
        """Return what its template shows where holders keep their factors."""
        return NOTHING

    def challenge(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Begin a check and return what a script of the page needs for it.

        Raises:
            AppError: the holder has no such factor, or has to wait.
        """
        raise self.not_enrolled

    def verify(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
    ) -> None:
        """Compare an answer.

        Raises:
            AppError: it is not right, none at all, or the factor is locked.
        """
        raise self.not_enrolled

    def enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Return what the page of its enrolment shows."""
        return NOTHING

    def begin_enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Begin an enrolment and return what a script of the page needs.

        Raises:
            AppError: it is enrolled, or the centre has as many as there may be.
        """
        raise self.not_enrolled

    def finish_enrolment(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
        *,
        allow: Callable[[], None],
    ) -> None:
        """Use the factor from now on; `allow` is asked under the lock.

        Raises:
            AppError: the answer is not right, or what `allow` raises.
        """
        raise self.not_enrolled

    def unlock(
        self, session: Session, holder: AccountHolder, *, actor: Actor, now: datetime
    ) -> None:
        """Let it be used again, with no errors.

        Raises:
            AppError: there is none.
        """
        raise self.not_enrolled

    def remove(
        self,
        session: Session,
        holder: AccountHolder,
        *,
        authenticator_id: int | None = None,
        actor: Actor | None,
        now: datetime,
        detail: Mapping[str, str] | None = None,
    ) -> int:
        """Forget it, or of several the one of that id; return how many there were.

        Also what was only begun. `actor` None is the holder; `detail` is for the log.

        Raises:
            AppError: there is none of that id.
        """
        raise self.not_enrolled

    def operator_ids(self, session: Session) -> frozenset[int]:
        """Return the operators who have it."""
        return frozenset()


def response_text(response: Response, name: str, max_length: int) -> str:
    """Return a text of a response, cut; an empty one where there is none."""
    value = response.get(name)
    return value[:max_length] if isinstance(value, str) else ""
