"""What the counter may change about how a customer shows who they are."""

from enum import StrEnum

from mobile_bridge.languages import N_


class ChangeKind(StrEnum):
    """One kind of change: the code that is stored, and what follows from it.

    `label` is read at the counter and `notice` by the customer, both in English and
    translated where they are read; what has no notice is not told. Of a kind that
    `holds`, a second operator agrees before certificates are issued: an unlock lets
    somebody try again and hands out nothing.
    """

    label: str
    notice: str
    holds: bool

    def __new__(
        cls, code: str, label: str = "", notice: str = "", holds: bool = True
    ) -> "ChangeKind":
        """Make a member that is its code, with what follows from it beside it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label, member.notice, member.holds = label, notice, holds
        return member

    REGISTERED = ("registered", N_("Newly registered"))
    PASSWORD_RESET = (
        "password_reset",
        N_("New first password"),
        N_("A new first password was made for you"),
    )
    CARD_ISSUED = (
        "card_issued",
        N_("New security card"),
        N_("A new security card was issued in your name"),
    )
    PHONE_CHANGED = (
        "phone_changed",
        N_("Another phone number"),
        N_("Your registered phone number was changed"),
    )
    EMAIL_CHANGED = (
        "email_changed",
        N_("Another e-mail address"),
        N_("Your registered e-mail address was changed"),
    )
    CONTACT_CHANGED = (
        "contact_changed",
        N_("Another phone number and e-mail address"),
        N_("Your registered phone number and e-mail address were changed"),
    )
    APP_REMOVED = (
        "app_removed",
        N_("Authenticator app forgotten"),
        N_("Your authenticator app was removed"),
    )
    PASSKEYS_REMOVED = (
        "passkeys_removed",
        N_("Passkeys forgotten"),
        N_("All your passkeys were removed"),
    )
    FACTOR_REMOVED = (  # one that has no kind of its own
        "factor_removed",
        N_("Second factor forgotten"),
        N_("A way to show that it is you was removed"),
    )
    SIGN_IN_UNLOCKED = (
        "sign_in_unlocked",
        N_("Sign-in unlocked"),
        N_("Your sign-in was unlocked"),
        False,
    )
    CARD_UNLOCKED = (
        "card_unlocked",
        N_("Security card unlocked"),
        N_("Your security card was unlocked"),
        False,
    )
    APP_UNLOCKED = (
        "app_unlocked",
        N_("Authenticator app unlocked"),
        N_("Your authenticator app was unlocked"),
        False,
    )
    PHONE_UNLOCKED = (
        "phone_unlocked",
        N_("Phone check unlocked"),
        N_("The check by phone was unlocked for you"),
        False,
    )
    FACTOR_UNLOCKED = (
        "factor_unlocked",
        N_("Second factor unlocked"),
        N_("A way to show that it is you was unlocked"),
        False,
    )
    ACCOUNT_UNLOCKED = (
        "account_unlocked",
        N_("Account and PIN: unlocked"),
        N_("The check of your account number was unlocked"),
        False,
    )
