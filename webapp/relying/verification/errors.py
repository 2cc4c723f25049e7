"""What a call to verify is refused for; a verdict is never a refusal."""

from webapp.exceptions import AppError


class VerifyInputError(AppError):
    """The call does not have the form that the OpenAPI document says."""

    code = "verify_input"


class NoSignatureError(AppError):
    """Two files were chosen, and none is the signature of the other."""

    code = "verify_no_signature"


class NoFileError(AppError):
    """Nothing was chosen on the page, or too much."""

    code = "verify_no_file"
