"""What the counter refuses."""

from webapp.exceptions import AppError


class CounterError(AppError):
    """Something at the counter was refused."""

    code = "counter_refused"


class NotYourRoleError(CounterError):
    """The operator's role does not cover this."""

    code = "not_your_role"


class OwnRequestError(CounterError):
    """The customer is the operator: nobody decides about themselves."""

    code = "own_request"


class OwnChangeError(CounterError):
    """The operator made the change, or their password came from who did."""

    code = "own_change"


class OwnAccountError(CounterError):
    """Nobody changes their own role or closes their own account."""

    code = "own_account"


class UnknownAtCounterError(CounterError):
    """There is no such customer, certificate, application, charge or operator."""

    code = "unknown_at_counter"


class AlreadySoError(CounterError):
    """What was asked for is so already."""

    code = "already_so"


class ApprovalNotAskedError(CounterError):
    """The customer has not asked for an approval, or chose another type since."""

    code = "approval_not_asked"


class ApprovalDecidedError(CounterError):
    """Somebody approved or declined it before."""

    code = "approval_decided"


class ApprovalChangedError(CounterError):
    """The application is not the one that the operator looked at."""

    code = "approval_changed"


class ApprovalOverError(CounterError):
    """The application was closed or ran out meanwhile."""

    code = "approval_over"


class LastAdministratorError(CounterError):
    """Without this one, nobody could manage operators."""

    code = "last_administrator"


class ChangedMeanwhileError(CounterError):
    """Somebody else, or another press, changed the same thing a moment ago."""

    code = "changed_meanwhile"


class LoginTakenError(CounterError):
    """Somebody else has this ID."""

    code = "login_taken"


class WeakPasswordError(CounterError):
    """The new password is too short, or the old one again."""

    code = "weak_password"


class WordsMissingError(CounterError):
    """A reason or a note is missing, or too long."""

    code = "words_missing"


class ReasonMissingError(CounterError):
    """What cannot be undone wants a reason for the log."""

    code = "reason_missing"


class ActAskedError(CounterError):
    """The same act waits for a second operator already."""

    code = "act_asked"


class ActDecidedError(CounterError):
    """Somebody agreed, declined or handed over before."""

    code = "act_decided"


class ActLapsedError(CounterError):
    """Nobody decided in time."""

    code = "act_lapsed"


class AskerGoneError(CounterError):
    """Whoever asked serves nobody any more."""

    code = "asker_gone"


class LockedMeanwhileError(CounterError):
    """The customer's sign-in was locked after the act was asked for."""

    code = "locked_meanwhile"


class OwnHandsError(CounterError):
    """The operator made what the customer identifies themselves with."""

    code = "own_hands"


class CardWaitsError(CounterError):
    """A second operator has to agree to this card before it is made."""

    code = "card_waits"


class NotConfirmedError(CounterError):
    """What cannot be undone was not confirmed."""

    code = "not_confirmed"


class NoSuchChoiceError(CounterError):
    """The role, reason or kind is none of those shown."""

    code = "no_such_choice"


class FactorReasonError(CounterError):
    """Nobody's second factor is removed without a reason for the log."""

    code = "factor_reason_missing"


class FactorTooLateError(CounterError):
    """The password was typed too long ago, or not in this browser."""

    code = "factor_too_late"


class ImporterChangedError(CounterError):
    """Whoever sent the sheet got a new first password, or left, before it was done."""

    code = "importer_changed"
