"""What people read at the counter: refusals, what was done, mistakes in forms."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.accounts.change_kinds import ChangeKind
from webapp.exceptions import ErrorMessage
from webapp.ra.customers.forms import FIELD_ERRORS

Words = Mapping[str, Any]
_LOOK_AGAIN = _("Reload the page and look at what is there now.")
ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "not_your_role": ErrorMessage(
            403,
            _("Your role at this counter does not cover that."),
            _("Ask somebody who serves customers, or an administrator."),
        ),
        "own_request": ErrorMessage(
            403,
            _("This customer is you. Nobody decides about themselves."),
            _("Ask somebody else at the counter."),
        ),
        "sheet_refused": ErrorMessage(
            409,
            _("The file has mistakes by now. Nobody was registered."),
            _("Send the file again: each mistake is named by its line."),
        ),
        "importer_changed": ErrorMessage(
            409,
            _(
                "The operator who sent the file got a new password before it was done. "
                "Nobody was registered."
            ),
            _("Send the file again."),
        ),
        "operator_unconfirmed": ErrorMessage(
            403,
            _("A second administrator has not confirmed you yet."),
            _(
                "Ask one to do so at Operators. Where there is only one administrator, "
                "certferry operators confirm does it on the centre's machine."
            ),
        ),
        "own_change": ErrorMessage(
            403,
            _(
                "You made this change, or you and the operator who made it have made "
                "first passwords for each other."
            ),
            _("Somebody else at the counter has to agree to it."),
        ),
        "own_account": ErrorMessage(
            403,
            _("Nobody changes their own role, or closes themselves."),
            _("Ask another administrator. Your own password has a page of its own."),
        ),
        "unknown_at_counter": ErrorMessage(
            404,
            _("This centre has nothing with that number."),
            _("Search again. It may have been typed wrongly."),
        ),
        "already_so": ErrorMessage(409, _("That is so already."), _LOOK_AGAIN),
        "changed_meanwhile": ErrorMessage(
            409,
            _("Somebody else did the same a moment ago, or it was pressed twice."),
            _("Nothing was done this time. Look at the page again, then decide."),
        ),
        "approval_not_asked": ErrorMessage(
            409,
            _("This customer does not ask for an approval at the moment."),
            _("They ask on their own page, once they have chosen a type."),
        ),
        "approval_decided": ErrorMessage(
            409, _("Somebody decided about this application before."), _LOOK_AGAIN
        ),
        "approval_changed": ErrorMessage(
            409,
            _("The application was changed meanwhile."),
            _("Look at it again, then decide."),
        ),
        "approval_over": ErrorMessage(
            409,
            _("This application is over."),
            _("The customer can start a new one on the first page."),
        ),
        "last_administrator": ErrorMessage(
            409,
            _("This is the last administrator. Nobody could manage operators after."),
            _("Make somebody else an administrator first."),
        ),
        "login_taken": ErrorMessage(
            409, _("Somebody has this ID already."), _("Choose another ID.")
        ),
        "weak_password": ErrorMessage(
            422,
            _("The new password is too easy, or the old one again."),
            _(
                "Take at least 10 characters, without your ID and name, not only a "
                "row of keys."
            ),
        ),
        "old_password": ErrorMessage(
            422,
            _("The current password is not right."),
            _("Type the password you signed in with."),
        ),
        "factor_reason_missing": ErrorMessage(
            422,
            _("The reason is missing or too long."),
            _("Write a sentence of at most 200 characters. It is kept in the log."),
        ),
        "factor_too_late": ErrorMessage(
            401,
            _("More than five minutes passed since the password was typed."),
            _("Sign in at the counter again, from the password on."),
        ),
        "words_missing": ErrorMessage(
            422,
            _("The reason is missing or too long."),
            _("Write a sentence of at most 200 characters. The customer reads it."),
        ),
        "reason_missing": ErrorMessage(
            422,
            _("The reason for the log is missing. Nothing was done."),
            _(
                "Choose a reason. With another one, write it in a few words, 200 "
                "characters at most."
            ),
        ),
        "act_asked": ErrorMessage(
            409,
            _("The same was asked for already and waits for a second operator."),
            _("Ask a colleague to look under Approvals."),
        ),
        "card_waits": ErrorMessage(
            403,
            _("A second operator agrees to every card here, to these too."),
            _("Ask for each card on the page of its customer."),
        ),
        "act_decided": ErrorMessage(
            409,
            _("Somebody decided about this before, or it was pressed twice."),
            _("Nothing was done this time. Look at the page of the customer."),
        ),
        "act_lapsed": ErrorMessage(
            409,
            _("Nobody decided within 24 hours, so it lapsed."),
            _("Ask for it again if it is still needed."),
        ),
        "asker_gone": ErrorMessage(
            409,
            _("Whoever asked for this no longer serves customers."),
            _("Decline it, and ask for it yourself if it is needed."),
        ),
        "locked_meanwhile": ErrorMessage(
            409,
            _("The sign-in was locked after this was asked for. Nothing was done."),
            _("Find out why. Unlock it first if all is well, then decide again."),
        ),
        "own_hands": ErrorMessage(
            403,
            _(
                "You registered this customer, or made the password, card or phone "
                "number with which they identify themselves."
            ),
            _("Somebody else at the counter has to approve it."),
        ),
        "not_confirmed": ErrorMessage(
            422,
            _("Revoking is final, and was not confirmed."),
            _("Tick the box that says so, then press again."),
        ),
        "no_such_choice": ErrorMessage(
            422,
            _("Something was not chosen, or what was typed is not possible."),
            _("Go back and choose one of those shown."),
        ),
    }
)

# Said on the page that follows an action; by the word in its address.
SUCCESS_MESSAGES: Final[Words] = MappingProxyType(
    {
        "factor": _("The second factor is removed; their open sign-ins have ended."),
        "password": _("Your new password is set. Older sign-ins have ended."),
        "contact": _("The contact is changed."),
        "lock": _("Nobody can sign in as this customer any more."),
        "unlock": _("The customer can sign in again."),
        "unlock-account": _("Account number and PIN can be typed again."),
        "suspended": _("The certificate is suspended from now on."),
        "resumed": _("The certificate can be used again."),
        "revoked": _("The certificate is revoked for good."),
        "approved": _("Approved. The customer can go on for seven days."),
        "declined": _("Declined. The customer reads the reason."),
        "settled": _("The charge is settled."),
        "waived": _("The charge is waived."),
        "agreed": _("Agreed. Certificates can be issued now."),
        "asked-second": _(
            "Asked for. Nothing changes before a second operator agrees."
        ),
        "act-done": _("Agreed, and done."),
        "act-agreed": _(
            "Agreed. Whoever asked for it can make it and hand it over now."
        ),
        "act-declined": _("Declined. Nothing was done."),
        "role": _("The role is changed."),
        "role_asked": _("Asked for. A second administrator has to confirm it."),
        "confirmed": _("Confirmed."),
        "import-closed": _("The first passwords of the import are forgotten."),
        "closed": _("The operator can no longer sign in."),
        "api_key_revoked": _("The API key is ended."),
        "institution_changed": _("The institution is changed."),
        "institution_change_asked": _("It waits for a second administrator now."),
        "institution_agreed": _("It is in force from now on."),
        "institution_declined": _("What waited is given up."),
        "sent_again": _("It is sent again now."),
        "institution_ended": _("The institution is ended."),
        "linked": _("It is noted which customer the operator is."),
    }
)

INPUT_ERRORS: Final[Words] = MappingProxyType(
    {
        **FIELD_ERRORS,
        "login_id_twice": _("An earlier line has this ID too."),
        "sheet_too_large": _("The file is larger than 200 KB. Split it."),
        "not_a_sheet": _("This is no CSV file. Save the sheet as CSV (UTF-8)."),
        "sheet_empty": _("There is no customer in the file."),
        "too_many_rows": _("There are too many customers at once. Split the file."),
        "column_unknown": _("There is no such column. Look at the template."),
        "column_unnamed": _("A column without a name has something in it."),
        "column_missing": _("This column is missing."),
        "column_twice": _("This column is there twice."),
        "too_many_cells": _("The line has more cells than the header."),
    }
)

ROLES: Final[Words] = MappingProxyType(
    {
        "counter": _("Counter: serves customers"),
        "auditor": _("Auditor: only looks, also into the log"),
        "administrator": _("Administrator: also manages operators"),
    }
)

STATUSES: Final[Words] = MappingProxyType(
    {
        "valid": _("Usable"),
        "suspended": _("Suspended"),
        "revoked": _("Revoked for good"),
        "expired": _("Expired"),
    }
)

REASONS: Final[Words] = MappingProxyType(
    {
        "unspecified": _("Another reason"),
        "key_compromise": _("Somebody else may have the key"),
        "ca_compromise": _("The centre's key was in danger"),
        "affiliation_changed": _("Name or employer changed"),
        "superseded": _("Replaced by a newer certificate"),
        "cessation_of_operation": _("No longer used"),
        "certificate_hold": _("Suspended for too long"),
        "privilege_withdrawn": _("The right to it has ended"),
    }
)

# What the counter changed about a customer.
CHANGES: Final[Words] = MappingProxyType(
    {kind.value: _(kind.label) for kind in ChangeKind}
)

# Justification a notice never left, and what helps.
NOTICE_FAILURES: Final[Words] = MappingProxyType(
    {
        "bad_address": _("No e-mail can be sent to this address. Ask for another."),
        "refused": _("The mail server refused this address for good. Ask for another."),
        "gave_up": _("It could not be sent in six tries. Tell the customer yourself."),
        "no_mail_server": _("This centre has no mail server. Tell them yourself."),
        "no_voice_gateway": _("This centre places no calls. Tell them yourself."),
    }
)
