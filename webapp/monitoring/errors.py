"""What whoever watches a centre is refused for."""

from webapp.exceptions import AppError


class MetricsRefusedError(AppError):
    """The token is missing, or is another than that of the settings."""

    code = "metrics_refused"


class NotReadyError(AppError):
    """Something is away that a centre needs; which, only its operators read."""

    code = "not_ready"
