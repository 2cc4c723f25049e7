"""Every reason why a device is not paired, or not listened to."""

from webapp.exceptions import AppError


class DeviceError(AppError):
    """Something about a paired device was refused."""


class DeviceUnknownError(DeviceError):
    """No such device is paired, now or any more, or another key signed."""

    code = "device_unknown"


class DeviceMissingError(DeviceError):
    """The person who is signed in has no such device, now or any more."""

    code = "device_missing"


class DeviceChallengeError(DeviceError):
    """What was signed is too old, or not for this device."""

    code = "device_challenge"


class DeviceLockedError(DeviceError):
    """The counter locked the account that the device is paired with."""

    code = "device_locked"


class DeviceKeyError(DeviceError):
    """The key of a device is not one over P-256."""

    code = "device_key"


class DeviceLimitError(DeviceError):
    """As many devices are paired as an account may have."""

    code = "device_limit"


class DeviceCertificateError(DeviceError):
    """The proof by a certificate's key does not fit."""

    code = "device_certificate"


class DeviceCertificateOverError(DeviceError):
    """The certificate that proves the holder is suspended, revoked or expired."""

    code = "device_certificate_over"


class InvitationError(DeviceError):
    """A code for pairing was refused."""


class InvitationUnknownError(InvitationError):
    """There is no such code, or it is not a whole one: not said which."""

    code = "pair_unknown"


class InvitationTakenError(InvitationError):
    """Another device came with this code before."""

    code = "pair_taken"


class InvitationDeclinedError(InvitationError):
    """The page that showed the code said no, or was left."""

    code = "pair_declined"


class InvitationOverError(InvitationError):
    """Its time is over, or no device came yet."""

    code = "pair_over"
