"""What is refused about charges; the code goes to the client."""

from webapp.exceptions import AppError


class PaymentError(AppError):
    """Something about a charge was refused."""

    code = "payment_refused"


class UnknownChargeError(PaymentError):
    """There is no such charge."""

    code = "unknown_charge"


class ChargeSettledError(PaymentError):
    """The charge was settled or waived before."""

    code = "charge_settled"


class OwnChargeError(PaymentError):
    """Nobody decides over their own charge."""

    code = "own_charge"


class ChargeNoteError(PaymentError):
    """A waiver says why; no note is longer than a line."""

    code = "charge_note"
