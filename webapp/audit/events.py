"""What the log tells of: every event with its labels, the one table of them.

Adding an event is a member here and its Korean in the catalogue.
"""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from webapp.audit.labels import LabelledCode


class AuditEvent(LabelledCode):
    """An event of the log; its code is noun.past-participle."""

    ACT_AGREED = (
        "act.agreed",
        _("Agreed to by a second operator"),
        _("A second operator agreed to what was planned at the counter"),
    )
    ACT_ASKED = (
        "act.asked",
        _("Asked for, with a second operator to agree"),
        _("Something was planned at the counter"),
    )
    ACT_DECLINED = (
        "act.declined",
        _("Declined by a second operator"),
        _("A second operator declined what was planned"),
    )
    ACT_WITHDRAWN = (
        "act.withdrawn",
        _("Taken back before anybody agreed"),
        _("The counter gave up what was planned"),
    )

    ALARM_RAISED = (
        "alarm.raised",
        _("Said that something was not them: all suspended, signed out elsewhere"),
        _("You said that something was not you"),
    )

    API_KEY_MADE = ("api_key.made", _("API key made"))
    API_KEY_REVOKED = ("api_key.revoked", _("API key ended"))

    APPLICATION_APPROVED = (
        "application.approved",
        _("Application approved"),
        _("The counter approved your application"),
    )
    APPLICATION_DECLINED = (
        "application.declined",
        _("Application declined"),
        _("The counter declined your application"),
    )
    APPLICATION_EXPIRED = (
        "application.expired",
        _("Application closed: its time was over"),
        _("Your application was closed because its time was over"),
    )

    APPROVAL_ASKED = (
        "approval.asked",
        _("Approval asked for"),
        _("You asked the counter to approve your application"),
    )

    CARD_ANSWERED = (
        "card.answered",
        _("Security card answered"),
        _("The security card was checked"),
    )
    CARD_ISSUED = (
        "card.issued",
        _("Security card issued"),
        _("You got a security card"),
    )
    CARD_LOCKED = (
        "card.locked",
        _("Security card locked"),
        _("Your security card was locked after too many wrong codes"),
    )
    CARD_MISTAKEN = (
        "card.mistaken",
        _("Security card: wrong digits"),
        _("A wrong code of the security card was typed"),
    )
    CARD_UNLOCKED = (
        "card.unlocked",
        _("Security card unlocked"),
        _("Your security card was unlocked"),
    )

    CERTIFICATE_DELIVERED = (
        "certificate.delivered",
        _("Certificate stored"),
        _("The certificate was kept and read back"),
    )
    CERTIFICATE_EXPIRED = (
        "certificate.expired",
        _("Certificate expired"),
        _("A certificate expired"),
    )
    CERTIFICATE_ISSUED = (
        "certificate.issued",
        _("Certificate issued"),
        _("A certificate was issued to you"),
    )
    CERTIFICATE_REISSUED = (
        "certificate.reissued",
        _("Certificate re-issued"),
        _("A certificate was re-issued"),
    )
    CERTIFICATE_REMOVED = (
        "certificate.removed",
        _("Certificate deleted from a browser"),
        _("The certificate was deleted from a browser"),
    )
    CERTIFICATE_RENEWED = (
        "certificate.renewed",
        _("Certificate renewed"),
        _("A certificate was renewed"),
    )
    CERTIFICATE_RESUMED = (
        "certificate.resumed",
        _("Certificate resumed"),
        _("A certificate was resumed"),
    )
    CERTIFICATE_REVOKED = (
        "certificate.revoked",
        _("Certificate revoked"),
        _("A certificate was revoked for good"),
    )
    CERTIFICATE_SAVED = (
        "certificate.saved",
        _("Certificate saved as a file"),
        _("The certificate was saved as a file"),
    )
    CERTIFICATE_SENT = (
        "certificate.sent",
        _("Certificate sent to another device"),
        _("The certificate was sent to another device"),
    )
    CERTIFICATE_SUSPENDED = (
        "certificate.suspended",
        _("Certificate suspended"),
        _("A certificate was suspended"),
    )
    CERTIFICATE_VOIDED = (
        "certificate.voided",
        _("Certificate abandoned before it was signed"),
        _("A certificate was abandoned before it was signed"),
    )

    CHANGE_AGREED = (
        "change.agreed",
        _("Second operator agreed"),
        _("A second operator agreed to what the counter changed"),
    )

    CHARGE_SETTLED = ("charge.settled", _("Charge settled"), _("A fee was paid"))
    CHARGE_WAIVED = ("charge.waived", _("Charge waived"), _("A fee was waived"))

    CONSENT_ENDED = (
        "consent.ended",
        _("Use at an institution ended"),
        _("You ended the use of your certificate at an institution"),
    )
    CONSENT_GIVEN = (
        "consent.given",
        _("Agreed to what an institution learns"),
        _("You agreed to what an institution may learn of you"),
    )

    CUSTOMER_ACCOUNT_CHECK_LOCKED = (
        "customer.account_check_locked",
        _("Account and PIN: locked"),
        _("The account number and its PIN were wrong too often"),
    )
    CUSTOMER_ACCOUNT_CHECK_UNLOCKED = (
        "customer.account_check_unlocked",
        _("Account and PIN: unlocked"),
        _("The check of your account number was unlocked"),
    )
    CUSTOMER_CONTACT_CHANGED = (
        "customer.contact_changed",
        _("Contact changed"),
        _("Your registered details were changed"),
    )
    CUSTOMER_IDENTITY_MISTAKEN = (
        "customer.identity_mistaken",
        _("Date of birth or account: wrong"),
        _("A wrong date of birth or account was typed"),
    )
    CUSTOMER_LOCKED = (
        "customer.locked",
        _("Sign-in locked"),
        _("Your access was locked"),
    )
    CUSTOMER_PASSWORD_CHOSEN = (
        "customer.password_chosen",
        _("Password chosen"),
        _("You chose a new password for signing in"),
    )
    CUSTOMER_PASSWORD_RESET = (
        "customer.password_reset",
        _("New first password"),
        _("You got a new password for signing in"),
    )
    CUSTOMER_PASSWORD_SET = (
        "customer.password_set",
        _("Password set"),
        _("You got a new password for signing in"),
    )
    CUSTOMER_REGISTERED = (
        "customer.registered",
        _("Customer registered"),
        _("You were registered"),
    )
    CUSTOMER_NOTICES_OFF = (
        "customer.notices_off",
        _("E-mails about uses switched off"),
        _("The e-mails about what is done in your name were switched off"),
    )
    CUSTOMER_NOTICES_ON = (
        "customer.notices_on",
        _("E-mails about uses switched on"),
        _("The e-mails about what is done in your name were switched on"),
    )
    CUSTOMER_PUSHES_OFF = (
        "customer.pushes_off",
        _("Notices on devices about uses switched off"),
        _(
            "The notices on your devices about what is done in your name were "
            "switched off"
        ),
    )
    CUSTOMER_PUSHES_ON = (
        "customer.pushes_on",
        _("Notices on devices about uses switched on"),
        _(
            "The notices on your devices about what is done in your name were "
            "switched on"
        ),
    )
    CUSTOMER_SIGN_IN_FAILED = (
        "customer.sign_in_failed",
        _("Sign-in failed: wrong password"),
        _("Somebody tried to sign in with your ID and a wrong password"),
    )
    CUSTOMER_SIGNED_IN = ("customer.signed_in", _("Signed in"), _("You signed in"))
    CUSTOMER_SIGNED_IN_BY_CERTIFICATE = (
        "customer.signed_in_by_certificate",
        _("Signed in with a certificate"),
        _("You signed in with your certificate"),
    )
    CUSTOMER_SIGNED_OUT = (
        "customer.signed_out",
        _("Signed out"),
        _("You signed out on all devices"),
    )
    CUSTOMER_UNLOCKED = (
        "customer.unlocked",
        _("Sign-in unlocked"),
        _("Your access was unlocked"),
    )

    DEVICE_PAIRED = (
        "device.paired",
        _("Device paired with the account"),
        _("A device was paired with your account"),
    )
    DEVICE_REMOVED = (
        "device.removed",
        _("Paired device removed"),
        _("A paired device was removed"),
    )

    DOCUMENT_SIGNED = (
        "document.signed",
        _("PDF signed with a certificate"),
        _("A PDF was signed with the certificate"),
    )

    INSTITUTION_CHANGE_AGREED = (
        "institution.change_agreed",
        _("Institution: a second administrator agreed"),
    )
    INSTITUTION_CHANGE_ASKED = (
        "institution.change_asked",
        _("Institution: a change waits for a second administrator"),
    )
    INSTITUTION_CHANGE_DECLINED = (
        "institution.change_declined",
        _("Institution: what waited was given up"),
    )
    INSTITUTION_CHANGED = ("institution.changed", _("Institution changed"))
    REQUEST_HASHES_SIGNED = (
        "request.hashes_signed",
        _("Signatures over hashes handed to an institution"),
        _("An institution's program took the signatures that you approved"),
    )
    INSTITUTION_ENDED = ("institution.ended", _("Institution ended"))
    INSTITUTION_REGISTERED = ("institution.registered", _("Institution registered"))
    INSTITUTION_SECRET_RENEWED = (
        "institution.secret_renewed",
        _("Secret of an institution renewed"),
    )

    NOTICE_CHANGE_FAILED = (
        "notice.change_failed",
        _("Could not be told about a change"),
        _("We could not tell you of a change at the counter"),
    )
    NOTICE_CHANGE_SENT = (
        "notice.change_sent",
        _("Told about a change"),
        _("We told you of a change at the counter"),
    )
    NOTICE_SENT = (
        "notice.sent",
        _("E-mail sent"),
        _("An e-mail about the last day of a certificate was sent"),
    )
    NOTICE_UNREACHABLE = (
        "notice.unreachable",
        _("Nobody to tell of a change: no phone, no e-mail"),
        _("There was no phone or e-mail to tell you of a change"),
    )

    NOTICE_USE_FAILED = (
        "notice.use_failed",
        _("Could not be told about a use"),
        _("We could not e-mail you what was done in your name"),
    )
    NOTICE_USE_SENT = (
        "notice.use_sent",
        _("Told about a use"),
        _("We e-mailed you what was done in your name"),
    )

    ONE_TIME_ENROLLED = (
        "one_time.enrolled",
        _("Authenticator app set up"),
        _("An authenticator app was set up"),
    )
    ONE_TIME_LOCKED = (
        "one_time.locked",
        _("Authenticator app locked"),
        _("The authenticator app was locked after wrong codes"),
    )
    ONE_TIME_MISTAKEN = (
        "one_time.mistaken",
        _("Authenticator app: wrong code"),
        _("A wrong code of the authenticator app was typed"),
    )
    ONE_TIME_REMOVED = (
        "one_time.removed",
        _("Authenticator app forgotten"),
        _("The authenticator app was removed"),
    )
    ONE_TIME_UNLOCKED = (
        "one_time.unlocked",
        _("Authenticator app unlocked"),
        _("The authenticator app was unlocked"),
    )
    ONE_TIME_USED = (
        "one_time.used",
        _("Authenticator app answered"),
        _("The authenticator app was checked"),
    )

    OPERATOR_ADDED = ("operator.added", _("Operator added"))
    OPERATOR_CLOSED = ("operator.closed", _("Operator closed"))
    OPERATOR_CONFIRMED = (
        "operator.confirmed",
        _("Operator confirmed by a second administrator"),
    )
    OPERATOR_FACTOR_REMOVED = (
        "operator.factor_removed",
        _("Second factor of an operator removed"),
    )
    OPERATOR_IMPORT_CLOSED = (
        "operator.import_closed",
        _("First passwords of an import forgotten"),
    )
    OPERATOR_LINKED = ("operator.linked", _("Operator linked to a customer"))
    OPERATOR_PASSWORD_CHOSEN = (
        "operator.password_chosen",
        _("Operator's password chosen"),
    )
    OPERATOR_PASSWORD_RESET = (
        "operator.password_reset",
        _("Operator's new first password"),
    )
    OPERATOR_ROLE_ASKED = (
        "operator.role_asked",
        _("More rights asked for an operator"),
    )
    OPERATOR_ROLE_CHANGED = ("operator.role_changed", _("Operator's role changed"))
    OPERATOR_SIGN_IN_FAILED = (
        "operator.sign_in_failed",
        _("Operator's sign-in failed: wrong password"),
    )
    OPERATOR_SIGNED_IN = ("operator.signed_in", _("Operator signed in"))
    OPERATOR_SIGNED_OUT = ("operator.signed_out", _("Operator signed out"))

    PASSKEY_ENROLLED = (
        "passkey.enrolled",
        _("Passkey set up"),
        _("A passkey was set up"),
    )
    PASSKEY_REMOVED = (
        "passkey.removed",
        _("Passkey removed"),
        _("A passkey was removed"),
    )
    PASSKEY_USED = ("passkey.used", _("Passkey used"), _("A passkey was used"))

    PHONE_CALLED = ("phone.called", _("Phone called"), _("Your phone was called"))
    PHONE_CHECKED = (
        "phone.checked",
        _("Phone check passed"),
        _("The check by phone succeeded"),
    )
    PHONE_LOCKED = (
        "phone.locked",
        _("Phone check locked"),
        _("The check by phone was locked"),
    )
    PHONE_REFUSED = (
        "phone.refused",
        _("Phone check not passed"),
        _("The check by phone did not succeed"),
    )
    PHONE_UNLOCKED = (
        "phone.unlocked",
        _("Phone check unlocked"),
        _("The check by phone was unlocked"),
    )

    PRIVACY_ACCEPTED = (
        "privacy.accepted",
        _("Use of data agreed to"),
        _("You agreed to the use of your data"),
    )

    REQUEST_APPROVED = (
        "request.approved",
        _("Request of an institution approved"),
        _("A request of an institution was approved with the certificate"),
    )
    REQUEST_DECLINED = (
        "request.declined",
        _("Request of an institution declined"),
        _("A request of an institution was declined"),
    )
    REQUEST_NUMBER_WRONG = (
        "request.number_wrong",
        _("Request of an institution ended: another number was picked"),
        _("A request of an institution ended, since another number was picked"),
    )

    TERMS_ACCEPTED = (
        "terms.accepted",
        _("Terms accepted"),
        _("You accepted the terms"),
    )


def event_label(stored: str, others: Iterable[LabelledCode] = ()) -> str:
    """Return what the counter reads; an event that is not known as its code.

    `others` are events that a part beside this table has, as an added factor.
    """
    event = _find_event(stored, others)
    return str(event.label) if event else stored


def customer_event_label(stored: str, others: Iterable[LabelledCode] = ()) -> str:
    """Return what the customer reads; an event that is not known as its code."""
    event = _find_event(stored, others)
    return str(event.customer_label) if event else stored


def _find_event(stored: str, others: Iterable[LabelledCode]) -> LabelledCode | None:
    return next((event for event in (*AuditEvent, *others) if event == stored), None)
