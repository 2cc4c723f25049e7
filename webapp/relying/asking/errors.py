"""Every reason why a request is not made, or not answered."""

from webapp.exceptions import AppError


class AskingError(AppError):
    """Something about a request was refused."""


class ContentsError(AskingError):
    """An institution asked for something that cannot be shown or signed as it is."""


class AskerError(ContentsError):
    """The institution's name or origin would show as something else than it is."""

    code = "asking_asker"


class TextError(ContentsError):
    """A title or text is empty, too long, or has signs in it that nobody sees."""

    code = "asking_text"


class DocumentsError(ContentsError):
    """There is no document, there are too many, or a digest is no SHA-256."""

    code = "asking_documents"


class FactsError(ContentsError):
    """No fact is asked for, or one twice."""

    code = "asking_facts"


class HashesError(ContentsError):
    """There is no hash, there are too many, one stands twice or is no SHA-256."""

    code = "asking_hashes"


class BindingError(ContentsError):
    """What ties the request to the asker's own state is too long."""

    code = "asking_binding"


class LifetimeError(ContentsError):
    """The request would end before it began, or live too long."""

    code = "asking_lifetime"


class TooManyOpenError(AskingError):
    """So many requests are open already that no other is taken now."""

    code = "asking_too_many"

    def __init__(self, *, seconds: int) -> None:
        """Take after how many seconds there is room again."""
        super().__init__()
        self.retry_after = seconds


class RequestUnknownError(AskingError):
    """There is no such request, or its secret is not this one: not said which."""

    code = "request_unknown"


class RequestUnseenError(AskingError):
    """Nobody was shown what is asked for, so nobody can answer it."""

    code = "request_unseen"


class RequestApprovedError(AskingError):
    """It was approved before."""

    code = "request_approved"


class RequestDeclinedError(AskingError):
    """It was declined before."""

    code = "request_declined"


class RequestExpiredError(AskingError):
    """Its time is over."""

    code = "request_expired"


class RequestWithdrawnError(AskingError):
    """Whoever asked took it back."""

    code = "request_withdrawn"


class NumberNeededError(AskingError):
    """The devices are on two networks, and no number was picked."""

    code = "request_number_needed"


class NumberWrongError(AskingError):
    """Another number was picked than the asking page shows: the request is declined."""

    code = "request_number_wrong"
    keeps_changes = True


class ForeignCertificateError(AskingError):
    """No certificate of this centre has that serial number."""

    code = "request_certificate"


class OtherPersonError(AskingError):
    """The request is addressed to somebody else than the certificate's holder."""

    code = "request_other_person"


class SignatureError(AskingError):
    """A signature is missing, or is by another key or over something else."""

    code = "request_signature"


class DocumentUnknownError(AskingError):
    """The request has no such document, or it cannot be read here any more."""

    code = "request_document"
