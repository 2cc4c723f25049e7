"""What the counter refuses."""

from webapp.exceptions import AppError


class RaError(AppError):
    """Something at the counter was refused."""

    code = "counter_refused"


class ForbiddenRoleError(RaError):
    """The operator's role does not cover this."""

    code = "not_your_role"


class SelfServiceError(RaError):
    """The customer is the operator: nobody decides about themselves."""

    code = "own_request"


class OwnChangeError(RaError):
    """The operator made the change, or their password came from who did."""

    code = "own_change"


class OwnAccountError(RaError):
    """Nobody changes their own role or closes their own account."""

    code = "own_account"


class NotFoundError(RaError):
    """There is no such customer, certificate, application, charge or operator."""

    code = "unknown_at_counter"


class NoChangeError(RaError):
    """What was asked for is so already."""

    code = "already_so"


class ApprovalNotRequestedError(RaError):
    """The customer has not asked for an approval, or chose another type since."""

    code = "approval_not_asked"


class ApprovalDecidedError(RaError):
    """Somebody approved or declined it before."""

    code = "approval_decided"


class ApprovalChangedError(RaError):
    """The application is not the one that the operator looked at."""

    code = "approval_changed"


class ApprovalClosedError(RaError):
    """The application was closed or ran out meanwhile."""

    code = "approval_over"


class LastAdministratorError(RaError):
    """Without this one, nobody could manage operators."""

    code = "last_administrator"


class ConcurrentChangeError(RaError):
    """Somebody else, or another press, changed the same thing a moment ago."""

    code = "changed_meanwhile"


class LoginTakenError(RaError):
    """Somebody else has this ID."""

    code = "login_taken"


class WeakPasswordError(RaError):
    """The new password is too short, or the old one again."""

    code = "weak_password"


class DeclineReasonError(RaError):
    """A reason or a note is missing, or too long."""

    code = "words_missing"


class ReasonMissingError(RaError):
    """What cannot be undone wants a reason for the log."""

    code = "reason_missing"


class AlreadyRequestedError(RaError):
    """The same act waits for a second operator already."""

    code = "act_asked"


class ActDecidedError(RaError):
    """Somebody agreed, declined or handed over before."""

    code = "act_decided"


class ActExpiredError(RaError):
    """Nobody decided in time."""

    code = "act_lapsed"


class RequesterGoneError(RaError):
    """Whoever asked serves nobody any more."""

    code = "asker_gone"


class LockedSinceError(RaError):
    """The customer's sign-in was locked after the act was asked for."""

    code = "locked_meanwhile"


class CredentialIssuerError(RaError):
    """The operator made what the customer identifies themselves with."""

    code = "own_hands"


class CardNeedsApprovalError(RaError):
    """A second operator has to agree to this card before it is made."""

    code = "card_waits"


class NotConfirmedError(RaError):
    """What cannot be undone was not confirmed."""

    code = "not_confirmed"


class InvalidChoiceError(RaError):
    """The role, reason or kind is none of those shown."""

    code = "no_such_choice"


class FactorReasonError(RaError):
    """Nobody's second factor is removed without a reason for the log."""

    code = "factor_reason_missing"


class PendingSignInExpiredError(RaError):
    """The password was typed too long ago, or not in this browser."""

    code = "factor_too_late"


class ImporterChangedError(RaError):
    """Whoever sent the sheet got a new first password, or left, before it was done."""

    code = "importer_changed"
