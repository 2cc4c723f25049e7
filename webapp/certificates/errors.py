"""What is refused about certificates; the code goes to the client."""

from datetime import datetime

from webapp.exceptions import AppError


class CertificateError(AppError):
    """Something about a certificate was refused."""

    code = "certificate_refused"


class UnknownCertificateError(CertificateError):
    """This person has no such certificate."""

    code = "unknown_certificate"


class IdempotencyKeyError(CertificateError):
    """The idempotency key is missing or not of the agreed form."""

    code = "idempotency_key_missing"


class IdempotencyMismatchError(CertificateError):
    """The idempotency key was used with another request."""

    code = "idempotency_mismatch"


class ApplicationUsedError(CertificateError):
    """The application already gave a certificate for another key."""

    code = "application_used"


class KeySeenError(CertificateError):
    """The key stands in another certificate already."""

    code = "key_seen"


class UnknownPlaceError(CertificateError):
    """The centre does not know this place to keep a certificate."""

    code = "unknown_place"


class PhoneOnlyError(CertificateError):
    """The key of this certificate stays on the phone that made it."""

    code = "phone_only"


class TooManyPlacesError(CertificateError):
    """More was told of where a certificate is kept than anybody does."""

    code = "too_many_places"


class LifecycleError(CertificateError):
    """The certificate is not in a state in which this can be done."""


class CertificateExpiredError(LifecycleError):
    """The validity of the certificate is over."""

    code = "certificate_expired"


class CertificateRevokedError(LifecycleError):
    """The certificate was revoked, for good."""

    code = "certificate_revoked"


class CertificateSuspendedError(LifecycleError):
    """The certificate is suspended; it has to be resumed first."""

    code = "certificate_suspended"


class NotSuspendedError(LifecycleError):
    """The certificate is not suspended."""

    code = "not_suspended"


class SuspendedByOtherError(LifecycleError):
    """Somebody else suspended the certificate, and only they can lift it."""

    code = "suspended_by_other"


class SuspensionOverError(LifecycleError):
    """The six months in which it could be resumed are over."""

    code = "suspension_over"


class ResumedTooOftenError(LifecycleError):
    """It was suspended and resumed as often as may be in one day."""

    code = "resumed_too_often"

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.details = {"until": until}


class RenewalTooEarlyError(LifecycleError):
    """The last 30 days of the certificate have not begun."""

    code = "renewal_too_early"


class AlreadyReplacedError(LifecycleError):
    """The certificate was renewed or re-issued before."""

    code = "already_replaced"


class TypeNotOfferedError(LifecycleError):
    """This type is no longer offered, so it is not renewed either."""

    code = "type_not_offered"


class UnknownReasonError(LifecycleError):
    """A certificate is revoked for one of the reasons shown."""

    code = "unknown_reason"


class NotConfirmedError(LifecycleError):
    """Revoking is final and was not confirmed."""

    code = "revocation_not_confirmed"


class ProofRefusedError(CertificateError):
    """The signature is not of the old key over what it had to sign, here and now."""

    code = "proof_refused"


class ChallengeOverError(CertificateError):
    """The challenge for a proof is not of this centre, or too old."""

    code = "challenge_over"


class StatusQueryError(CertificateError):
    """A question for states names no certificate, too many, or one of no known form."""

    code = "status_query_invalid"
