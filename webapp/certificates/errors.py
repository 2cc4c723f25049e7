"""What is refused about certificates; the code goes to the client."""


class CertificateError(Exception):
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
