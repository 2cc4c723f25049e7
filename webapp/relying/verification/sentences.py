"""What people read of a verification: verdict, reasons, what to do. Pure.

Marked for the catalogue and translated where it is said: a page says it in one
language, the call in all of them.
"""

from datetime import datetime
from typing import Final

from mobile_bridge.languages import N_, Translator
from webapp.relying.verification.validation.verdicts import (
    Finding,
    Kind,
    Note,
    Reason,
    Report,
    TimeBasis,
    Verdict,
)
from webapp.web.i18n import format_datetime_in

# The large word of the page.
HEADLINES: Final = {
    Verdict.VALID: N_("Genuine"),
    Verdict.EXPIRED: N_("Expired"),
    Verdict.REVOKED: N_("Revoked"),
    Verdict.SUSPENDED: N_("Suspended"),
    Verdict.UNTRUSTED: N_("Do not trust this"),
    Verdict.STATUS_UNAVAILABLE: N_("It cannot be said now"),
    Verdict.MALFORMED: N_("This cannot be checked"),
}
_VALID: Final = {
    Kind.CERTIFICATE: N_(
        "The certificate is genuine, and neither revoked for good nor suspended."
    ),
    Kind.CMS: N_("The signature is genuine, and what was signed is unchanged."),
    Kind.RAW: N_("The signature is genuine, and what was signed is unchanged."),
    Kind.PDF: N_("The document is signed, and what was signed is unchanged."),
}
REASONS: Final = {
    Reason.CERTIFICATE_EXPIRED: N_("The certificate had expired by then."),
    Reason.ISSUER_EXPIRED: N_(
        "The certificate of a centre above it had expired by then."
    ),
    Reason.CERTIFICATE_REVOKED: N_("The certificate was revoked for good."),
    Reason.ISSUER_REVOKED: N_(
        "The certificate of a centre above it was revoked for good."
    ),
    Reason.CERTIFICATE_SUSPENDED: N_(
        "The certificate is suspended. Its holder can lift that again."
    ),
    Reason.ISSUER_SUSPENDED: N_("The certificate of a centre above it is suspended."),
    Reason.STATUS_UNKNOWN: N_(
        "Whether it has been revoked is not known here, so nobody should rely on it."
    ),
    Reason.STATUS_STALE: N_(
        "What is known of revocations is too old, so nobody should rely on it."
    ),
    Reason.NOT_IN_RECORDS: N_(
        "It bears this centre's name, and the centre has no record of it."
    ),
    Reason.TIME_IN_FUTURE: N_("The time asked for has not come yet."),
    Reason.INTERNAL_FAULT: N_(
        "The check itself broke off. That is a fault of this program, and says nothing "
        "of the file."
    ),
    Reason.NOT_YET_VALID: N_("The certificate was not valid yet at that time."),
    Reason.NO_PATH: N_(
        "It does not come from this centre, nor from another one that it trusts. "
        "Anybody can make such a certificate in any name."
    ),
    Reason.PATH_INVALID: N_(
        "The chain of certificates up to a trusted centre does not hold."
    ),
    Reason.WEAK_ALGORITHM: N_("It is signed in a way that can be forged by now."),
    Reason.WRONG_PURPOSE: N_("The certificate is not meant for this use."),
    Reason.SIGNATURE_WRONG: N_("The signature was not made with this certificate."),
    Reason.CONTENT_ALTERED: N_(
        "The content is not the one that was signed: it was changed, or this is the "
        "signature of another document."
    ),
    Reason.CHANGED_AFTER_SIGNING: N_("The document was changed after it was signed."),
    Reason.PARTLY_SIGNED: N_("The signature does not cover the whole document."),
    Reason.NOT_SIGNED: N_("There is no signature in this file."),
    Reason.UNREADABLE: N_(
        "This is no certificate, signature or signed PDF that can be read. The file "
        "may be damaged."
    ),
    Reason.CONTENT_MISSING: N_(
        "This is a signature alone. The document that was signed is missing."
    ),
    Reason.SIGNER_MISSING: N_(
        "The signature does not bring the certificate of who signed."
    ),
    Reason.UNSUPPORTED: N_("It is made in a way that is not checked here."),
    Reason.ENCRYPTED: N_("The document is locked with a password."),
    Reason.TOO_LARGE: N_("The file is too large to be checked here."),
    Reason.TOO_MANY: N_("There are too many signatures or certificates in it."),
    Reason.TOO_COMPLEX: N_("It would take too long to check this file."),
}
NOTES: Final = {
    Note.TIME_STAMPED: N_("A time stamp proves when it was signed."),
    Note.TIME_STAMP_UNTRUSTED: N_(
        "There is a time stamp that proves nothing: its own certificate is not trusted "
        "here."
    ),
    Note.REVOKED_LATER: N_("The certificate was revoked for good afterwards."),
    Note.SUSPENDED_LATER: N_("The certificate was suspended afterwards."),
    Note.SUSPENDED_BEFORE: N_(
        "It had been suspended before, most recently from %(since)s to %(until)s. What "
        "was signed with it meanwhile is not valid."
    ),
    Note.RESUMED_LATER: N_(
        "It was suspended from %(since)s to %(until)s, when that was lifted."
    ),
    Note.EXPIRED_SINCE: N_("The certificate has expired since."),
    Note.ADDED_AFTER_SIGNING: N_(
        "Afterwards a form was filled in or another signature added, which this "
        "signature allows."
    ),
    Note.ANNOTATED_AFTER_SIGNING: N_(
        "Afterwards notes were added, which this signature allows."
    ),
    Note.BYTES_BEHIND: N_(
        "Behind the end of the document stands something that nobody signed and no PDF "
        "viewer shows."
    ),
}
_NEXT: Final = {
    Verdict.VALID: N_("Compare whose it is with whom you expect."),
    Verdict.EXPIRED: N_("Ask for it again with a certificate that is valid."),
    Verdict.REVOKED: N_("Do not rely on it. Ask the holder what happened."),
    Verdict.SUSPENDED: N_(
        "Do not rely on it now. Ask the holder, and check again later."
    ),
    Verdict.UNTRUSTED: N_(
        "Do not rely on it. Ask whom you have it from, by telephone or in person."
    ),
    Verdict.STATUS_UNAVAILABLE: N_("Do not rely on it yet. Check again later."),
    Verdict.MALFORMED: N_("Look whether it is the right file, and choose it again."),
}
_SUSPENDED_THEN: Final = N_("The certificate was suspended at that time.")
_NEXT_SUSPENDED_THEN: Final = N_(
    "Do not rely on it for that time. Ask the holder what happened."
)
_NEXT_OF_REASON: Final = {
    Reason.CONTENT_MISSING: N_("Choose the document beside the signature, too."),
    Reason.SIGNER_MISSING: N_(
        "Ask for the certificate of who signed, and choose it too."
    ),
    Reason.ENCRYPTED: N_("Ask for a copy that is not locked, and choose that one."),
    Reason.NOT_SIGNED: N_("Ask for the signed file, or for the signature beside it."),
    Reason.UNSUPPORTED: N_("Ask for it in another form, or check it elsewhere."),
    Reason.INTERNAL_FAULT: N_(
        "Do not rely on it yet. Tell the centre, whose log says where it broke off."
    ),
    Reason.TOO_LARGE: N_("Check it with certferry verify on a computer of your own."),
    Reason.TOO_COMPLEX: N_("Check it with certferry verify on a computer of your own."),
}
_TIMES: Final = {
    TimeBasis.NOW: N_("Checked for now, %(time)s."),
    TimeBasis.ASKED: N_("Checked for the time that was asked for, %(time)s."),
    TimeBasis.TIME_STAMP: N_("Checked for the time of signing, %(time)s."),
}


def headline(verdict: Verdict, translator: Translator) -> str:
    """Return the verdict in a word or two."""
    return translator.gettext(HEADLINES[verdict])


def explanation(finding: Finding, kind: Kind, translator: Translator) -> list[str]:
    """Return why, one sentence a reason, and then what else is to be known."""
    reasons = [_reason(finding, one) for one in finding.reasons] or [_VALID[kind]]
    blanks = _last_suspension(finding, translator)
    return [
        *(translator.gettext(one) for one in reasons),
        *(translator.gettext(NOTES[one], **blanks) for one in finding.notes),
    ]


def advice(finding: Finding, translator: Translator) -> str:
    """Return what to do now."""
    if finding.verdict is Verdict.SUSPENDED and Note.RESUMED_LATER in finding.notes:
        return translator.gettext(_NEXT_SUSPENDED_THEN)
    first = finding.reasons[0] if finding.reasons else None
    sentence = _NEXT_OF_REASON.get(first) if first else None
    return translator.gettext(sentence or _NEXT[finding.verdict])


def time_sentence(finding: Finding, translator: Translator) -> str:
    """Return for which time the verdict is."""
    return translator.gettext(_TIMES[finding.basis], time=_time(finding.at, translator))


def summary(report: Report, translator: Translator) -> str:
    """Return the whole answer as one text of a few sentences."""
    finding = report.decisive
    parts = [
        f"{headline(report.verdict, translator)}.",
        *explanation(finding, report.kind, translator),
        time_sentence(finding, translator),
        advice(finding, translator),
    ]
    return " ".join(parts)


def _reason(finding: Finding, reason: Reason) -> str:
    is_over = Note.RESUMED_LATER in finding.notes
    if reason is Reason.CERTIFICATE_SUSPENDED and is_over:
        return _SUSPENDED_THEN
    return REASONS[reason]


def _last_suspension(finding: Finding, translator: Translator) -> dict[str, str]:
    """Return when the last suspension that was lifted began and ended, as said."""
    if not finding.suspensions:
        return {}
    last = finding.suspensions[-1]
    return {
        "since": _time(last.since, translator),
        "until": _time(last.until, translator),
    }


def _time(moment: datetime, translator: Translator) -> str:
    return format_datetime_in(moment, translator.language)
