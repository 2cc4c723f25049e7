"""What the page of deliveries refuses."""

from webapp.exceptions import AppError


class DeliveryUnknownError(AppError):
    """The institution has no delivery of this number."""

    code = "delivery_unknown"
