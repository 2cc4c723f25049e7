"""What programs, and those who run them, read where a call is refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_LOOK_AGAIN: Final = _("Ask credentials/list which ones there are now.")
_AUTHORIZE_ANEW: Final = _(
    "Call credentials/authorize again; the person approves once more."
)

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "csc_body": ErrorMessage(
            400,
            _("A field of the call is of another kind than the standard says."),
            _("Send the fields as CSC API 1.0.4.0 names them."),
        ),
        "csc_token_refused": ErrorMessage(
            401,
            _("There is no access token, or it ended."),
            _("Get a new one at oauth2/token: the person signs in again."),
        ),
        "csc_scope_missing": ErrorMessage(
            403,
            _("The person did not let this institution see certificates, or ended it."),
            _('Have the person sign in with the scope "service" and agree to it.'),
        ),
        "csc_purpose_missing": ErrorMessage(
            403,
            _("This institution is not registered for signatures of this kind."),
            _("Ask the centre to register the purpose at its counter."),
        ),
        "csc_user_named": ErrorMessage(
            400,
            _("The access token already says whose certificates these are."),
            _("Leave userID out."),
        ),
        "csc_credential_unknown": ErrorMessage(
            400, _("The person has no such credential here."), _LOOK_AGAIN
        ),
        "csc_key_kind": ErrorMessage(
            400,
            _("The key of this credential signs no bare hashes."),
            _("Choose one with an EC key, or send signedAttributes in clientData."),
        ),
        "csc_other_certificate": ErrorMessage(
            409,
            _("The program asked for another one of your certificates."),
            _("Reload this page, which chooses that one, or decline."),
        ),
        "csc_hashes": ErrorMessage(
            400,
            _("A call has 1 to 20 hashes, each another SHA-256 in base64."),
            _("Hash with SHA-256 and send each hash once."),
        ),
        "csc_count": ErrorMessage(
            400,
            _("numSignatures is not the number of the hashes."),
            _("Send as many hashes as signatures are needed."),
        ),
        "csc_attributes": ErrorMessage(
            400,
            _("signedAttributes are not what the hashes are of."),
            _(
                "Send for each hash, in their order, the DER of the SET OF Attribute "
                "with contentType and messageDigest."
            ),
        ),
        "csc_algorithm": ErrorMessage(
            400,
            _("This key does not sign by that algorithm."),
            _("Take SHA-256 and what key/algo of credentials/info says."),
        ),
        "csc_pending": ErrorMessage(
            400,
            _("The person has not answered yet."),
            _("Send the same call again: it goes on waiting."),
        ),
        "csc_declined": ErrorMessage(
            403, _("The person declined."), _("Ask the person before you call again.")
        ),
        "csc_unanswered": ErrorMessage(
            403, _("The person did not answer in time."), _AUTHORIZE_ANEW
        ),
        "csc_sad_unknown": ErrorMessage(
            400,
            _("There is no such SAD for this program, person and credential."),
            _AUTHORIZE_ANEW,
        ),
        "csc_sad_used": ErrorMessage(400, _("This SAD was used."), _AUTHORIZE_ANEW),
        "csc_sad_expired": ErrorMessage(
            400, _("The time of this SAD is over."), _AUTHORIZE_ANEW
        ),
        "csc_sad_hash": ErrorMessage(
            400,
            _("The person approved other hashes, or these in another order."),
            _("Send the hashes of credentials/authorize, in their order."),
        ),
    }
)
