"""What a program of an institution is refused for."""

from webapp.exceptions import AppError


class SigningError(AppError):
    """A call of a program was refused."""


class SigningInputError(SigningError):
    """A field of a request is missing, unknown, or of another kind; it says which."""

    code = "signing_input"

    def __init__(self, field: str) -> None:
        """Take the place of the field, as in `$.documents[0].title`."""
        super().__init__()
        self.details = {"field": field}


class SigningPurposeError(SigningError):
    """The institution is not registered for this purpose."""

    code = "signing_purpose"


class ReturnAddressError(SigningError):
    """The return address is not registered, or a request without a person has none."""

    code = "signing_return"


class PersonUnknownError(SigningError):
    """The institution knows nobody by that `sub`, or not any more."""

    code = "signing_person"


class IdempotencyKeyError(SigningError):
    """The Idempotency-Key is empty, too long, or has odd signs in it."""

    code = "signing_key"


class KeyReusedError(SigningError):
    """The same Idempotency-Key came with another body before."""

    code = "signing_key_reused"


class AnswerAwaitedError(SigningError):
    """The same call is just being answered, or what it was answered was undone."""

    code = "signing_again"


class SigningUnknownError(SigningError):
    """The institution has made no such request: another one's is told the same."""

    code = "signing_unknown"


class NoResultError(SigningError):
    """The request was not approved, so nothing came of it."""

    code = "signing_no_result"


class ResultOverError(SigningError):
    """What came of it is not kept any more."""

    code = "signing_result_over"


class StartRefusedError(SigningError):
    """The request is for somebody by name, or there is none: no browser begins it."""

    code = "signing_start"
