"""What the pages about institutions refuse."""

from webapp.exceptions import AppError


class ConnectionUnknownError(AppError):
    """The certificate is not in use there, or its use was ended before."""

    code = "connection_unknown"


class JoiningChoiceError(AppError):
    """No institution was chosen, too many, or one that does not take people so."""

    code = "joining_choice"


class JoiningChangedError(AppError):
    """What was agreed to is no longer what an institution asks for."""

    code = "joining_changed"
