"""What a person or a program reads where nobody can be led back to the institution."""

from webapp.exceptions import AppError


class OpenIdError(AppError):
    """A request of an institution's page cannot be answered there."""


class ClientUnknownError(OpenIdError):
    """No institution of this client_id may have people sign in."""

    code = "openid_client_unknown"


class RedirectRefusedError(OpenIdError):
    """The address after signing in is missing, or none that was registered."""

    code = "openid_redirect_refused"


class RequestOverError(OpenIdError):
    """There is no such request, it was answered, or another browser began it."""

    code = "openid_request_over"


class NoSigningKeyError(OpenIdError):
    """The centre has no identity key that opens the key which signs."""

    code = "openid_no_key"


class LogoutRefusedError(OpenIdError):
    """The request to sign out is none: its id_token_hint is not ours, or another's."""

    code = "openid_logout_refused"
