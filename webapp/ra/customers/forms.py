"""The fields of a customer: the one list for page, file and record.

`CustomerForm` says of each field its label, rule, column in a file, hint and where it
is shown. A new one is a column of `Customer`, a migration, a field here, and the Korean
of its label. Pure: today is an argument.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import StopValidation, ValidationError

from mobile_bridge.core.pairing_number import fold_width, without_separators
from webapp.ca.certificate_types import Audience
from webapp.config import Config
from webapp.pki.errors import PkiError
from webapp.pki.names import MAX_COMMON_NAME, Holder
from webapp.values.email_address import mail_problem, read_mail_address
from webapp.values.latin_name import normalize_latin_name, transliterate
from webapp.values.phone_number import format_phone, parse_phone
from webapp.values.text_input import normalize_login_id, normalize_text, parse_date

LOGIN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_MAX_TYPED: Final = 300  # signs of one field that are looked at
_KINDS: Final = {
    "personal": Audience.PERSONAL,
    "corporate": Audience.CORPORATE,
    "개인": Audience.PERSONAL,
    **dict.fromkeys(("사업자", "개인사업자", "법인", "법인사업자"), Audience.CORPORATE),
}
_NO_PERSON = re.compile(r"[0-9&/+]")  # in the Latin name of a business only
_NUMBER_BYTES = 16 + len("()")  # of the customer number and brackets in a certificate
_OLDEST = date(1900, 1, 1)

# What is said beside a field, by the stable code of what is wrong with it.
FIELD_ERRORS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "missing": _("This is missing."),
        "kind_unknown": _("Write personal or corporate."),
        "name_too_long": _("This is too long for a certificate. Shorten the name."),
        "name_unfit": _("A name has no brackets and nothing that cannot be seen."),
        "latin_name_unfit": _("Write at most 40 Latin letters, as in a passport."),
        "latin_name_accents": _(
            "Passports write this without accents. Take what is offered here, or write "
            "it as in the passport."
        ),
        "date_unreadable": _("Write year, month and day, as in 20010203."),
        "date_impossible": _("This cannot be a date of birth."),
        "phone_needed": _("This centre calls its customers; it needs the number."),
        "phone_unreadable": _("Write a phone number such as 010-1234-5678."),
        "email_unreadable": _("Write an e-mail address such as hana@example.com."),
        "email_not_ascii": _(
            "Mail servers do not take Hangul or accents before the @. Ask for an "
            "address in Latin letters."
        ),
        "email_domain_unfit": _(
            "No e-mail can be sent to what is after the @. Compare it letter by letter."
        ),
        "email_too_long": _(
            "This address is too long: at most 64 signs before the @, 254 in all."
        ),
        # The rule of `LOGIN_ID`; pages say it before anything is typed too.
        "login_id_unfit": _(
            "3 to 64 small letters, digits, dots, hyphens or underscores; the first "
            "one is a letter or a digit."
        ),
        "login_id_taken": _("Somebody has this ID already."),
        "account_unreadable": _("Write the account number, 6 to 30 digits."),
        "pin_unreadable": _("Write the account's PIN, 4 to 8 digits."),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFields:
    """Which fields a centre asks for beyond those that every customer has."""

    phone: bool = False
    account: bool = False


def required_fields(config: Config) -> RequiredFields:
    """Return what a centre needs to know of its customers."""
    return RequiredFields(phone=config.require_phone_check, account=config.ask_account)


@dataclass(frozen=True, slots=True)
class CustomerData:
    """A customer as typed, when nothing is wrong: the columns of `Customer` by name.

    `account_pin` has no column: only its hash is stored.
    """

    columns: Mapping[str, Any]
    account_pin: str | None = field(default=None, repr=False)

    @property
    def login_id(self) -> str:
        """The ID, which nobody else may have."""
        return str(self.columns["login_id"])


def _always(_required: RequiredFields) -> bool:
    return True


def _never(_required: RequiredFields) -> bool:
    return False


def _phone_is_required(required: RequiredFields) -> bool:
    return required.phone


def _account_is_required(required: RequiredFields) -> bool:
    return required.account


class CustomerField(StringField):  # type: ignore[misc]  # wtforms has no types
    """One field of a customer; its name is its column in the database and in a file.

    After processing, `data` is the value as it is stored (None: nothing), `typed` is
    what is shown in the form again, and `suggestion` what a mistake probably means.
    Errors are codes of `FIELD_ERRORS`, at most one a field.
    """

    def __init__(
        self,
        label: str,
        *,
        normalise: Callable[[str], str] = normalize_text,  # before it is judged
        parse: Callable[[str], Any] = str,  # raises ValueError(code)
        display: Callable[[Any], Any] = str,  # a stored value, for people
        empty: Any = None,  # the value where nothing is typed
        needed: Callable[[RequiredFields], bool] = _never,
        missing: str = "missing",  # the code where a needed one is left out
        only_if_needed: bool = False,  # other centres do not have this field at all
        hint: tuple[str, ...] = (),  # sentences beside the field
        headers: tuple[str, ...] = (),  # further names of its column in a file
        sheet_hint: tuple[str, ...] | None = None,  # sentences about that column
        examples: tuple[str, ...] = (),  # spellings that the column may have
        samples: tuple[str, str] = ("", ""),  # of the two customers in the template
        choices: tuple[tuple[str, str, str], ...] = (),  # value, label, hint
        html_type: str = "text",
        input_mode: str = "",
        max_length: int = 40,
        is_masked: bool = False,
        is_figures: bool = False,
        is_column: bool = True,
        in_record: bool = True,
        in_lists: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.normalise, self.parse, self.display = normalise, parse, display
        self.empty, self.needed, self.missing = empty, needed, missing
        self.only_if_needed = only_if_needed
        self.hint, self.headers = hint, headers
        self.sheet_hint = hint if sheet_hint is None else sheet_hint
        self.examples, self.samples, self.choices = examples, samples, choices
        self.html_type, self.input_mode = html_type, input_mode
        self.max_length, self.is_masked = max_length, is_masked
        self.is_figures, self.is_column = is_figures, is_column
        self.in_record, self.in_lists = in_record, in_lists
        self.is_needed = False
        self.typed = self.suggestion = ""

    def process_data(self, value: Any) -> None:
        """Take a stored value, to be changed."""
        self.data = self.empty if value is None else value
        self.typed = "" if value is None else self.display(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed or stands in a cell.

        Raises:
            ValueError: its argument is the code of what is wrong.
        """
        self.data, self.suggestion = self.empty, ""
        self.typed = "".join(valuelist[:1]).strip()[:_MAX_TYPED]
        text = self.normalise(self.typed)
        if text:
            self.data = None
            self.data = self.parse(text)

    def pre_validate(self, form: Any) -> None:
        """Ask for a needed value, and leave no second error beside one field.

        Raises:
            StopValidation
        """
        if self.is_needed and self.data is None and not self.errors:
            raise StopValidation(self.missing)
        if self.data is None:
            raise StopValidation


class _FieldsForm(Form):  # type: ignore[misc]
    """Fields of a customer, those that a centre asks for."""

    def __init__(
        self,
        typed: Mapping[str, str] | None = None,
        required: RequiredFields = RequiredFields(phone=True, account=True),
        *,
        today: date = date.max,
        **kwargs: Any,
    ) -> None:
        self.today = today
        super().__init__(None if typed is None else MultiDict(typed), **kwargs)
        for bound in list(self):
            bound.is_needed = bound.needed(required)
            if bound.only_if_needed and not bound.is_needed:
                del self[bound.name]


def _squeeze(text: str) -> str:
    return "".join(fold_width(text).split()).lower()


def _normalise_name(text: str) -> str:
    # A letter of a font of one's own is a letter: without it the name is another.
    is_private = any(unicodedata.category(sign) == "Co" for sign in text)
    return text if is_private else normalize_text(text)


def _parse_kind(text: str) -> Audience:
    if text not in _KINDS:
        raise ValueError("kind_unknown")
    return _KINDS[text]


def _display_kind(kind: str) -> str:
    return str(_("A business") if kind == Audience.CORPORATE else _("A person"))


def _parse_name(text: str) -> str:
    if len(text) > 40 or len(text.encode()) + _NUMBER_BYTES > MAX_COMMON_NAME:
        raise ValueError("name_too_long")
    if not _is_holder(text, ""):
        raise ValueError("name_unfit")
    return text


def _parse_birth_date(text: str) -> date:
    born = parse_date(text)
    if born is None:
        raise ValueError("date_unreadable")
    return born


def _parse_phone(text: str) -> str:
    number = parse_phone(text)
    if number is None:
        raise ValueError("phone_unreadable")
    return number


def _parse_email(text: str) -> str:
    problem = mail_problem(text)
    if problem:
        raise ValueError(problem)
    return read_mail_address(text)


def _fitting(pattern: str | re.Pattern[str], code: str) -> Callable[[str], str]:
    """Return a parser of texts that fit a pattern as a whole."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(code)
        return text

    return parse


def _is_holder(name: str, latin_name: str) -> bool:
    try:
        Holder(name, latin_name, "1")
    except PkiError:
        return False
    return True


class CustomerForm(_FieldsForm):
    """All that the counter knows of a customer, in the order of the page.

    Without arguments it is the list of the fields, with nothing typed.
    """

    kind = CustomerField(
        _("Kind"),
        normalise=_squeeze,
        parse=_parse_kind,
        display=_display_kind,
        empty=Audience.PERSONAL,
        headers=("구분",),
        sheet_hint=(FIELD_ERRORS["kind_unknown"], _("Left out, it is a person.")),
        samples=("personal", "corporate"),
        choices=(
            ("personal", _("A person"), ""),
            (
                "corporate",
                _("A business"),
                _("Date of birth and phone are those of its representative."),
            ),
        ),
        in_record=False,
    )
    name = CustomerField(
        _("Name"),
        normalise=_normalise_name,
        parse=_parse_name,
        needed=_always,
        hint=(_("As on the identity card; it appears in every certificate."),),
        headers=("이름", "성명"),
        samples=("김하나", "바른상사"),
        in_record=False,
    )
    latin_name = CustomerField(
        _("Name in Latin letters"),
        normalise=normalize_latin_name,
        needed=_always,
        hint=(_("As in the passport, for example KIM HANA"),),
        headers=("영문이름", "영문명", "영문성명"),
        sheet_hint=(FIELD_ERRORS["latin_name_unfit"],),
        samples=("KIM HANA", "BARUN TRADING"),
        in_record=False,
    )
    birth_date = CustomerField(
        _("Date of birth"),
        parse=_parse_birth_date,
        needed=_always,
        hint=(_("For example 20010203 or 2001. 2. 3."),),
        headers=("생년월일", "생일", "birthday", "date_of_birth"),
        sheet_hint=(_("Year, month and day in any usual way:"),),
        examples=(
            "20010203",
            "2001-02-03",
            "2001. 2. 3.",
            "2001/2/3",
            "2001년 2월 3일",
        ),
        samples=("20010203", "19800415"),
        is_figures=True,
        in_lists=True,
    )
    phone = CustomerField(
        _("Phone"),
        parse=_parse_phone,
        display=format_phone,
        needed=_phone_is_required,
        missing="phone_needed",
        hint=(
            _(
                "For example 010-1234-5678. The centre calls it to check who asks for "
                "a certificate."
            ),
        ),
        headers=("전화번호", "연락처", "휴대폰", "휴대폰번호", "휴대전화", "전화"),
        sheet_hint=(_("With or without hyphens, blanks or the country code:"),),
        examples=("010-1234-5678", "01012345678", "+82 10-1234-5678"),
        samples=("010-1234-5678", "02-123-4567"),
        html_type="tel",
        is_figures=True,
        in_lists=True,
    )
    email = CustomerField(
        _("E-mail"),
        parse=_parse_email,
        hint=(_("Where the centre writes before a certificate expires"),),
        headers=("이메일", "메일"),
        sheet_hint=("hana@example.com",),
        samples=("hana@example.com", "office@example.com"),
        html_type="email",
        max_length=254,
    )
    account_number = CustomerField(
        _("Account number"),
        normalise=without_separators,
        parse=_fitting(r"[0-9]{6,30}", "account_unreadable"),
        needed=_account_is_required,
        missing="account_unreadable",
        only_if_needed=True,
        headers=("계좌번호",),
        sheet_hint=(FIELD_ERRORS["account_unreadable"],),
        samples=("110-123-456789", "220-987-654321"),
        input_mode="numeric",
        is_figures=True,
    )
    account_pin = CustomerField(
        _("Account PIN"),
        normalise=without_separators,
        parse=_fitting(r"[0-9]{4,8}", "pin_unreadable"),
        needed=_account_is_required,
        missing="pin_unreadable",
        only_if_needed=True,
        hint=(_("The customer types it; 4 to 8 digits"),),
        headers=("계좌비밀번호",),
        sheet_hint=(FIELD_ERRORS["pin_unreadable"],),
        samples=("1234", "5678"),
        input_mode="numeric",
        max_length=8,
        is_masked=True,
        is_column=False,
        in_record=False,
    )
    login_id = CustomerField(
        _("ID"),
        normalise=normalize_login_id,
        parse=_fitting(LOGIN_ID, "login_id_unfit"),
        needed=_always,
        hint=(_("The customer signs in with it:"), FIELD_ERRORS["login_id_unfit"]),
        headers=("아이디", "id"),
        sheet_hint=(FIELD_ERRORS["login_id_unfit"],),
        samples=("hana2001", "barun"),
        max_length=64,
        in_record=False,
    )

    def validate_latin_name(self, latin_name: CustomerField) -> None:
        """Judge a name by who has it, and store it in capitals.

        Raises:
            ValidationError: no passport spells it so; `suggestion` may say how.
        """
        text = str(latin_name.data)
        is_person = self.kind.data is not Audience.CORPORATE
        if len(text) > 40 or (is_person and _NO_PERSON.search(text)):
            raise ValidationError("latin_name_unfit")
        if _is_holder("가", text):
            latin_name.data = text.upper()
            return
        offered = transliterate(text)
        if not offered or len(offered) > 40 or not _is_holder("가", offered):
            raise ValidationError("latin_name_unfit")
        latin_name.suggestion = offered
        raise ValidationError("latin_name_accents")

    def validate_birth_date(self, birth_date: CustomerField) -> None:
        """Refuse a day to come, and one before anybody who lives was born.

        Raises:
            ValidationError
        """
        if not _OLDEST <= birth_date.data <= self.today:
            raise ValidationError("date_impossible")

    def customer_data(self) -> CustomerData:
        """Return what is stored, once `validate` found nothing wrong."""
        columns = {field.name: field.data for field in self if field.is_column}
        pin = self.account_pin.data if "account_pin" in self else None
        return CustomerData(MappingProxyType(columns), pin)


class ContactForm(_FieldsForm):
    """How to reach a customer: what the counter changes later."""

    phone = CustomerForm.phone
    email = CustomerForm.email


def operator_mistakes(login_id: str, name: str) -> dict[str, str]:
    """Return what is wrong with the ID and the name of somebody who begins here."""
    mistakes = {} if name else {"name": "missing"}
    if not LOGIN_ID.fullmatch(login_id):
        mistakes["login_id"] = "login_id_unfit" if login_id else "missing"
    return mistakes
