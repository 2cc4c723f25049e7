"""What is refused about applications; the code goes to the client."""

from webapp.exceptions import AppError


class ApplicationError(AppError):
    """A step of an application was refused."""

    code = "application_refused"


class UnknownApplicationError(ApplicationError):
    """This person has no such application."""

    code = "unknown_application"


class ApplicationExpiredError(ApplicationError):
    """Too long passed since the last step."""

    code = "application_expired"


class ApplicationReplacedError(ApplicationError):
    """The person opened another application after this one."""

    code = "application_replaced"


class ApplicationDeclinedError(ApplicationError):
    """The counter declined the application."""

    code = "application_declined"


class ApplicationOvertakenError(ApplicationError):
    """What the application continues was revoked or held before it was done."""

    code = "application_overtaken"

    def __init__(self, *, keeps_changes: bool = False) -> None:
        """Keep the change where this was found when a certificate was about to be
        signed: its reservation is void.
        """
        super().__init__()
        self.keeps_changes = keeps_changes


class StepOutOfOrderError(ApplicationError):
    """An earlier step is still open."""

    code = "step_out_of_order"


class TermsNotAcceptedError(ApplicationError):
    """The terms were sent on without being accepted, or changed meanwhile."""

    code = "terms_not_accepted"


class PrivacyNotAcceptedError(ApplicationError):
    """The terms are accepted, and the processing of personal data is not."""

    code = "privacy_not_accepted"


class IdentityMismatchError(ApplicationError):
    """The date of birth is not the registered one."""

    code = "identity_mismatch"
    keeps_changes = True  # the mistake is in the log


class BirthDateUnreadableError(ApplicationError):
    """What was typed as the date of birth is no date: nothing was compared."""

    code = "birth_date_unreadable"


class RandomNumberMissingError(ApplicationError):
    """The type wants a VID, and the request came without R."""

    code = "random_number_missing"


class RandomNumberOutdatedError(ApplicationError):
    """R was sealed to another key than the CA has now."""

    code = "random_number_outdated"


class RandomNumberUnreadableError(ApplicationError):
    """What was sealed does not open for this request."""

    code = "random_number_unreadable"


class UnknownTypeError(ApplicationError):
    """The centre does not offer this type of certificate to this customer."""

    code = "unknown_type"


class TypeLimitError(ApplicationError):
    """The customer has as many usable certificates of this type as may be."""

    code = "enough_of_type"
