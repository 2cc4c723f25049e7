"""Why a browser is not told by push."""

from webapp.exceptions import AppError


class PushError(AppError):
    """Something about notices by push was refused."""


class SubscriptionError(PushError):
    """What a browser says of its subscription is none."""

    code = "push_subscription"


class PushUnavailableError(PushError):
    """This centre has no key for notices by push."""

    code = "push_unavailable"
