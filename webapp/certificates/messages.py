"""What people read for the refusals of certificates and signing requests."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_RETRY_KEY = _("Reload the page. The browser makes a new key.")
ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "idempotency_key_missing": ErrorMessage(
            400,
            _("The request carries no idempotency key."),
            _("Send 16 to 64 letters, digits, - or _ as Idempotency-Key."),
        ),
        "idempotency_mismatch": ErrorMessage(
            409,
            _("This idempotency key belongs to another request."),
            _("Send a new idempotency key with a new request."),
        ),
        "unknown_certificate": ErrorMessage(
            404,
            _("We cannot find this certificate among yours."),
            _("Look in your list of certificates."),
        ),
        "unknown_place": ErrorMessage(
            422,
            _("A certificate cannot be kept there."),
            _("Choose one of the places shown."),
        ),
        "phone_only": ErrorMessage(
            409,
            _("The key of this certificate cannot be copied from the phone it is on."),
            _("Use it there. If the phone is lost, have the certificate re-issued."),
        ),
        "too_many_places": ErrorMessage(
            409,
            _("No more places can be recorded for this certificate."),
            _("Nothing else changes. The certificate works as before."),
        ),
        "request_too_large": ErrorMessage(
            400, _("The signing request is larger than any real one."), _RETRY_KEY
        ),
        "request_is_pem": ErrorMessage(
            400,
            _("The signing request is PEM text; this address takes DER."),
            _("Send the bytes between the BEGIN and END lines, base64-decoded."),
        ),
        "request_malformed": ErrorMessage(
            400, _("The signing request is not well-formed PKCS#10."), _RETRY_KEY
        ),
        "ocsp_malformed": ErrorMessage(
            400,
            _("This is not an OCSP request."),
            _("Send one request in DER (RFC 6960), by POST or in the address."),
        ),
        "signature_algorithm": ErrorMessage(
            400,
            _("The signing request is signed in a way that is no longer safe."),
            _("Sign it with SHA-256 or stronger."),
        ),
        "proof_of_possession": ErrorMessage(
            400,
            _("The signing request is not signed by the key it carries."),
            _RETRY_KEY,
        ),
        "key_unsupported": ErrorMessage(
            400,
            _("This centre does not certify keys of this kind."),
            _("Use RSA with 2048, 3072 or 4096 bits, P-256 or P-384."),
        ),
        "key_kind": ErrorMessage(
            400,
            _("The chosen certificate needs a key of another kind."),
            _("Go back to the type, choose again, and let the browser make a new key."),
        ),
        "key_exponent": ErrorMessage(
            400, _("The RSA key has an exponent other than 65537."), _RETRY_KEY
        ),
        "key_weak": ErrorMessage(
            400,
            _("The key can be guessed, so it is not certified."),
            _("Update the browser or device that made it, then make a new key."),
        ),
        "holder_invalid": ErrorMessage(
            422,
            _("Your registered name cannot be written into a certificate."),
            _("Ask the centre to put it right at the counter."),
        ),
        "name_too_long": ErrorMessage(
            422,
            _("Your registered name is too long for a certificate."),
            _("Ask the centre for a shorter way of writing it."),
        ),
        "authority_expires_first": ErrorMessage(
            503,
            _("This centre's own certificate ends too soon to issue one for a year."),
            _("Tell this centre. What you have done so far is kept."),
        ),
        "key_seen": ErrorMessage(
            409,
            _(
                "This key is in another certificate already. A key is certified only "
                "once."
            ),
            _RETRY_KEY,
        ),
        "certificate_expired": ErrorMessage(
            409,
            _("This certificate has expired."),
            _("Get a new certificate. That takes about two minutes."),
        ),
        "certificate_revoked": ErrorMessage(
            409,
            _("This certificate was revoked. That is final."),
            _("Get a new certificate. That takes about two minutes."),
        ),
        "certificate_suspended": ErrorMessage(
            409,
            _("This certificate is suspended."),
            _("Resume it first, on the page of the certificate."),
        ),
        "not_suspended": ErrorMessage(
            409,
            _("This certificate is not suspended."),
            _("Look at the certificate. It may have been resumed in another window."),
        ),
        "suspended_by_other": ErrorMessage(
            403,
            _("Only whoever suspended it can resume it, and that was somebody else."),
            _("Ask at the counter of your centre."),
        ),
        "resumed_too_often": ErrorMessage(
            429,
            _(
                "It was suspended and resumed very often today, so it stays suspended "
                "for now."
            ),
            _("Resume it after %(until)s. Until then nobody can use it."),
        ),
        "suspension_over": ErrorMessage(
            409,
            _("It was suspended for more than six months, so it was revoked."),
            _("Get a new certificate. That takes about two minutes."),
        ),
        "renewal_too_early": ErrorMessage(
            409,
            _("This certificate can be renewed in its last 30 days."),
            _("We write to you when the time has come."),
        ),
        "already_replaced": ErrorMessage(
            409,
            _("This certificate has already been renewed or re-issued."),
            _("You find the new one in your list of certificates."),
        ),
        "type_not_offered": ErrorMessage(
            409,
            _("Certificates of this type are no longer issued or renewed."),
            _("Use this one to its last day, or get one of another type."),
        ),
        "unknown_reason": ErrorMessage(
            422,
            _("A certificate is not revoked without a reason."),
            _("Choose one of the reasons shown."),
        ),
        "revocation_not_confirmed": ErrorMessage(
            422,
            _("Revoking is final, so it needs your confirmation."),
            _("Tick the box above the button, if you are sure."),
        ),
        "proof_refused": ErrorMessage(
            422,
            _("This is not a signature by the key of that certificate."),
            _("Reload the page and try again in the browser that keeps the key."),
        ),
        "challenge_over": ErrorMessage(
            410,
            _("Too much time passed before the signature came."),
            _("Press the button once more."),
        ),
        "status_query_invalid": ErrorMessage(
            400,
            _("The request does not name the certificates whose state is asked for."),
            _("Name 1 to 30 of them by serial number, or serial number and SHA-256."),
        ),
    }
)
