"""What a registration of an institution, or its use, is refused for."""

from webapp.exceptions import AppError


class InstitutionUnknownError(AppError):
    """There is no such institution, or it was ended: which of them is not told."""

    code = "institution_unknown"


class InstitutionRefusedError(AppError):
    """The institution did not prove that it is the one that it names."""

    code = "institution_refused"


class InstitutionEndedError(AppError):
    """The institution was ended before."""

    code = "institution_ended"


class InstitutionWaitingError(AppError):
    """Something waits for a second operator, and is decided first."""

    code = "institution_waiting"


class NothingWaitsError(AppError):
    """Nothing waits for a second operator; perhaps one decided before."""

    code = "institution_decided"


class NoSecretError(AppError):
    """The institution signs with keys of its own and has no secret to renew."""

    code = "institution_has_keys"


class RegistrationError(AppError):
    """A field of a registration is missing or is nothing that can be used."""

    def __init__(self, field: str) -> None:
        """Take the name of the field."""
        super().__init__()
        self.field = field


class RegistrationTextError(RegistrationError):
    """The name or the reason is missing or too long."""

    code = "institution_text"


class RegistrationAddressError(RegistrationError):
    """An address is no absolute https address, or has parts that it must not have."""

    code = "institution_address"


class RegistrationSectorError(RegistrationError):
    """The addresses have several hosts, and none of them is named as the sector."""

    code = "institution_sector"


class RegistrationPurposeError(RegistrationError):
    """No purpose was chosen, or one that does not exist."""

    code = "institution_purposes"


class RegistrationJoiningError(RegistrationError):
    """Who registers there cannot be told to it, or what it would learn is unknown."""

    code = "institution_joining"


class RegistrationKeysError(RegistrationError):
    """The keys are no JWK Set of public keys that can be used (RFC 7517 5)."""

    code = "institution_keys"
