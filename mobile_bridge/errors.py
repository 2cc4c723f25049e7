"""What the bridge refuses: one tree, each refusal with a stable code."""

from typing import ClassVar


class BridgeError(Exception):
    """The bridge refuses this."""

    code: ClassVar[str] = "bridge_refused"


class ProtocolError(BridgeError):
    """The two devices could not make sure of each other; nothing was sent."""

    # One error for every fault of a handshake or record: a peer that could tell
    # them apart would learn which of its forgeries came close.
    code = "protocol_failed"


class LinkError(BridgeError):
    """This is not a link for moving a certificate."""

    code = "link_unknown"


class BundleError(BridgeError):
    """What arrived is not the certificate that was announced; it was not kept."""

    code = "bundle_refused"


class ForeignCertificateError(BridgeError):
    """What was issued is not for the key made here, or not what was ordered."""

    code = "foreign_certificate"


class RelayError(BridgeError):
    """The relay refuses this message."""

    code = "bad_request"


class BadRequestError(RelayError):
    """The message does not have the form the relay expects."""

    code = "bad_request"


class NotAvailableError(RelayError):
    """There is no open pairing here: it is unknown, over or already used."""

    code = "not_available"


class TooManyError(RelayError):
    """Too many attempts; wait a minute."""

    code = "too_many"


class TooLargeError(RelayError):
    """The message is larger than the relay carries."""

    code = "too_large"


class OutOfTurnError(RelayError):
    """It is not this device's turn."""

    code = "out_of_turn"


class EndedError(RelayError):
    """The pairing has ended."""

    code = "ended"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__()
        self.reason = reason


class UnavailableError(RelayError):
    """The relay cannot reach what it remembers just now; try again."""

    code = "unavailable"
