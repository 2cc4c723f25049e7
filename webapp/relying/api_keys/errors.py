"""What a call with an API key, or a new key, is refused for."""

from webapp.exceptions import AppError


class ApiKeyRefusedError(AppError):
    """There is no such key, or it was revoked: which of them is not said."""

    code = "api_key_refused"


class ApiKeyUnknownError(AppError):
    """The counter has no key of that name."""

    code = "api_key_unknown"


class ApiKeyFieldsError(AppError):
    """A new key needs a name, a purpose and a number of calls."""

    code = "api_key_fields"


class ApiKeyRevokedError(AppError):
    """The key was revoked before."""

    code = "api_key_revoked"
