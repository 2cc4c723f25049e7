"""What people read about what happened after issuing, by code."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _

# Of the log: noun.past-participle. What is not here is shown as its code.
HAPPENED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "act.agreed": _("A second operator agreed to what was planned at the counter"),
        "act.asked": _("Something was planned at the counter"),
        "act.declined": _("A second operator declined what was planned"),
        "act.withdrawn": _("The counter gave up what was planned"),
        "application.approved": _("The counter approved your application"),
        "application.declined": _("The counter declined your application"),
        "application.expired": _(
            "Your application was closed because its time was over"
        ),
        "approval.asked": _("You asked the counter to approve your application"),
        "card.issued": _("You got a security card"),
        "card.closed": _("A security card was closed"),
        "card.locked": _("Your security card was locked after too many wrong codes"),
        "card.mistaken": _("A wrong code of the security card was typed"),
        "card.answered": _("The security card was checked"),
        "card.unlocked": _("Your security card was unlocked"),
        "certificate.issued": _("A certificate was issued to you"),
        "certificate.reissued": _("A certificate was re-issued"),
        "certificate.renewed": _("A certificate was renewed"),
        "certificate.delivered": _("The certificate was kept and read back"),
        "certificate.saved": _("The certificate was saved as a file"),
        "certificate.sent": _("The certificate was sent to another device"),
        "certificate.removed": _("The certificate was deleted from a browser"),
        "certificate.suspended": _("A certificate was suspended"),
        "certificate.resumed": _("A certificate was resumed"),
        "certificate.revoked": _("A certificate was revoked for good"),
        "certificate.voided": _("A certificate was abandoned before it was signed"),
        "certificate.expired": _("A certificate expired"),
        "change.agreed": _("A second operator agreed to what the counter changed"),
        "charge.settled": _("A fee was paid"),
        "charge.waived": _("A fee was waived"),
        "customer.account_check_locked": _(
            "The account number and its PIN were wrong too often"
        ),
        "customer.account_check_unlocked": _(
            "The check of your account number was unlocked"
        ),
        "customer.contact_changed": _("Your registered details were changed"),
        "customer.password_reset": _("You got a new password for signing in"),
        "customer.identity_mistaken": _("A wrong date of birth or account was typed"),
        "customer.locked": _("Your access was locked"),
        "customer.unlocked": _("Your access was unlocked"),
        "customer.password_chosen": _("You chose a new password for signing in"),
        "customer.password_set": _("You got a new password for signing in"),
        "customer.registered": _("You were registered"),
        "customer.sign_in_failed": _(
            "Somebody tried to sign in with your ID and a wrong password"
        ),
        "customer.signed_in": _("You signed in"),
        "customer.signed_out": _("You signed out on all devices"),
        "notice.change_sent": _("We told you of a change at the counter"),
        "notice.change_failed": _("We could not tell you of a change at the counter"),
        "notice.unreachable": _("There was no phone or e-mail to tell you of a change"),
        "notice.sent": _("An e-mail about the last day of a certificate was sent"),
        "one_time.enrolled": _("An authenticator app was set up"),
        "one_time.locked": _("The authenticator app was locked after wrong codes"),
        "one_time.mistaken": _("A wrong code of the authenticator app was typed"),
        "one_time.used": _("The authenticator app was checked"),
        "one_time.removed": _("The authenticator app was removed"),
        "one_time.unlocked": _("The authenticator app was unlocked"),
        "passkey.enrolled": _("A passkey was set up"),
        "passkey.removed": _("A passkey was removed"),
        "passkey.used": _("A passkey was used"),
        "phone.called": _("Your phone was called"),
        "phone.checked": _("The check by phone succeeded"),
        "phone.refused": _("The check by phone did not succeed"),
        "phone.locked": _("The check by phone was locked"),
        "phone.unlocked": _("The check by phone was unlocked"),
        "privacy.accepted": _("You agreed to the use of your data"),
        "terms.accepted": _("You accepted the terms"),
    }
)
BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "you": _("You"),
        "counter": _("The counter"),
        "centre": _("By rule"),
        "unknown": _("Somebody who was not signed in"),
        "key-holder": _("Somebody with the key and its password"),
    }
)
# Of a copy: what happened, and in what kind of place.
KEPT: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("made", "browser"): _("Made in a browser and kept there"),
        ("made", "phone"): _("Made on a phone and kept there"),
        ("made", "hard-disk"): _("Made and kept on a hard disk"),
        ("made", "removable-disk"): _("Made and kept on a removable disk"),
        ("made", "file"): _("Made and kept as a file"),
        ("saved", "file"): _("Saved as a file"),
        ("saved", "hard-disk"): _("Saved on a hard disk"),
        ("saved", "removable-disk"): _("Saved on a removable disk"),
        ("sent", "phone"): _("Sent to a phone or tablet"),
        ("sent", "computer"): _("Sent to another computer"),
        ("removed", "browser"): _("Deleted in a browser"),
    }
)
CHARGED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "open": _("not paid yet"),
        "settled": _("paid"),
        "waived": _("waived, nothing to pay"),
    }
)

# Where a copy went, of "saved", "sent" and "removed".
PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "browser": _("a browser"),
        "phone": _("a phone or tablet"),
        "computer": _("another computer"),
        "hard-disk": _("a hard disk"),
        "removable-disk": _("a removable disk"),
        "file": _("a file"),
    }
)
# What the counter changed about the person who reads it.
CHANGED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "password_reset": _("A new first password was made for you"),
        "card_issued": _("A new security card was issued in your name"),
        "phone_changed": _("Your registered phone number was changed"),
        "email_changed": _("Your registered e-mail address was changed"),
        "contact_changed": _(
            "Your registered phone number and e-mail address were changed"
        ),
        "app_removed": _("Your authenticator app was removed"),
        "passkeys_removed": _("All your passkeys were removed"),
        "sign_in_unlocked": _("Your sign-in was unlocked"),
        "card_unlocked": _("Your security card was unlocked"),
        "app_unlocked": _("Your authenticator app was unlocked"),
        "phone_unlocked": _("The check by phone was unlocked for you"),
        "factor_unlocked": _("A way to show that it is you was unlocked"),
        "factor_removed": _("A way to show that it is you was removed"),
        "account_unlocked": _("The check of your account number was unlocked"),
    }
)


def told_in_words(told: Mapping[str, str]) -> list[str]:
    """Return what an entry of a person's history says beside what happened."""
    words: dict[str, Callable[[str], str]] = {
        "change": lambda kind: str(CHANGED.get(kind, kind)),
        "place": lambda place: str(PLACES.get(place, place)),
        "tries": lambda tries: gettext("%(tries)s wrong tries", tries=tries),
        "network": lambda network: gettext("network %(network)s", network=network),
    }
    return [words.get(name, str)(text) for name, text in told.items()]
