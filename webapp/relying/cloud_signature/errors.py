"""Why a call of a program is refused: our code, and the word of the standard for it.

The words are those of the CSC API 1.0.4.0 (10.1) and of OAuth (RFC 6749, RFC 6750,
RFC 8628).
"""

from typing import ClassVar

from webapp.exceptions import AppError


class CloudSignatureError(AppError):
    """A call was refused; `word` is the standard's error."""

    word: ClassVar[str] = "invalid_request"


class BodyError(CloudSignatureError):
    """The body is no JSON object with the fields of this call."""

    code = "csc_body"


class TokenError(CloudSignatureError):
    """There is no token, or it is none of ours, too old or ended."""

    code = "csc_token_refused"
    word = "invalid_token"


class ScopeError(CloudSignatureError):
    """The token is not for this, or the person did not agree to it, or no more."""

    code = "csc_scope_missing"
    word = "insufficient_scope"


class PurposeError(CloudSignatureError):
    """The institution is not registered for signatures of this kind."""

    code = "csc_purpose_missing"
    word = "unauthorized_client"


class UserNamedError(CloudSignatureError):
    """The token says whose credentials these are, and userID did too (11.4)."""

    code = "csc_user_named"


class CredentialError(CloudSignatureError):
    """The person of the token has no such credential."""

    code = "csc_credential_unknown"


class KeyKindError(CloudSignatureError):
    """The key of the credential signs no hash alone."""

    code = "csc_key_kind"


class OtherCertificateError(CloudSignatureError):
    """Another certificate answered than the one that is asked for."""

    code = "csc_other_certificate"


class HashListError(CloudSignatureError):
    """There is no hash, there are too many, one stands twice or is no SHA-256."""

    code = "csc_hashes"


class SignatureCountError(CloudSignatureError):
    """The number of signatures is not that of the hashes."""

    code = "csc_count"


class AttributesError(CloudSignatureError):
    """What the hashes are said to be of is not that, or no CMS attributes."""

    code = "csc_attributes"


class AlgorithmError(CloudSignatureError):
    """The key does not sign by this algorithm."""

    code = "csc_algorithm"


class PendingError(CloudSignatureError):
    """The person has not answered yet; the same call waits on."""

    code = "csc_pending"
    word = "authorization_pending"


class DeclinedError(CloudSignatureError):
    """The person said no."""

    code = "csc_declined"
    word = "access_denied"
    keeps_changes = True  # that the program was told


class UnansweredError(CloudSignatureError):
    """The person did not answer in time."""

    code = "csc_unanswered"
    word = "access_denied"
    keeps_changes = True  # that the program was told


class SadUnknownError(CloudSignatureError):
    """There is no such SAD for this program, this person and this credential."""

    code = "csc_sad_unknown"


class SadUsedError(CloudSignatureError):
    """The SAD was used."""

    code = "csc_sad_used"


class SadExpiredError(CloudSignatureError):
    """The time of the SAD is over."""

    code = "csc_sad_expired"
    word = "expired_token"


class SadHashError(CloudSignatureError):
    """Other hashes were authorized, or in another order."""

    code = "csc_sad_hash"
