"""Every setting of a centre, in one table: what it says, when it is needed, its form.

All that reads `CERTFERRY_…` goes through here: what is missing, wrong or not known is
named all at once, before anything starts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from mobile_bridge.formats.web_address import read_origin
from mobile_bridge.languages import DEFAULT_LANGUAGE, LANGUAGES, SOURCE_LANGUAGE
from webapp.config import setting_values as values
from webapp.config.second_factors import (
    FactorOptions,
    any_needs_key,
    read_second_checks,
)
from webapp.config.secret_files import SUFFIX, read_text
from webapp.config.setting_values import SettingValueError
from webapp.startup_error import StopError

PREFIX: Final = "CERTFERRY_"
HTTPS: Final = 443
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting; `needed` says when it is needed, in words and as a rule."""

    name: str
    meaning: str
    read: Callable[[str], Any]
    needed: str = ""
    is_needed: Callable[[Values], bool] = lambda _values: False
    is_secret: bool = False  # its value is never repeated
    is_exact: bool = False  # spaces at its ends belong to it

    @property
    def full_name(self) -> str:
        """The name in the environment."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting."""

    name: str
    text: str

    def __str__(self) -> str:
        """Say both in a line."""
        return f"{self.name}: {self.text}"


class SettingsError(StopError):
    """Settings are missing, wrong or unknown; each is named."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        self.names = list(dict.fromkeys(problem.name for problem in self.problems))
        lines = [f"  {problem}" for problem in self.problems]
        super().__init__(
            "Nothing was started, because of these settings:\n"
            + "\n".join(lines)
            + "\nTo try it without any: certferry serve --demo"
        )


def _always(**about: Any) -> Setting:
    return Setting(needed="always", is_needed=lambda _values: True, **about)


def _by_phone(given: Values) -> bool:
    return bool(given.get("REQUIRE_PHONE_CHECK"))


def _by_gateway(given: Values) -> bool:
    return bool(given.get("PHONE_GATEWAY"))


def _behind_tls(given: Values) -> bool:
    # `serve` has no TLS of its own, but for a demo.
    return str(given.get("PUBLIC_URL", "")).startswith("https://")


def _on_own_port(given: Values) -> bool:
    return _behind_tls(given) and read_origin(given["PUBLIC_URL"]).port != HTTPS


def _is_branded(given: Values) -> bool:
    return any(name.startswith("CENTRE_") for name in given)


def names_by_language(name: str) -> dict[str, str]:
    """Return the settings that say one thing in each language, by its code."""
    return {
        code: name if code == DEFAULT_LANGUAGE else f"{name}_{code.upper()}"
        for code in LANGUAGES
    }


def _in_languages(**setting: Any) -> Iterator[Setting]:
    """Yield a setting of text, and the same one for each other language."""
    for code, name in names_by_language(setting["name"]).items():
        instead = DEFAULT_LANGUAGE if code == SOURCE_LANGUAGE else SOURCE_LANGUAGE
        yield (
            Setting(**setting)
            if code == DEFAULT_LANGUAGE
            else Setting(
                name=name,
                meaning=f"the same in {LANGUAGES[code].english_name}; "
                f"else the {LANGUAGES[instead].english_name} one",
                read=setting["read"],
            )
        )


_FIRST: Final = (
    _always(
        name="SECRET_KEY",
        meaning="signs sessions; 32 characters or more: openssl rand -hex 32",
        read=values.read_secret_key,
        is_secret=True,
    ),
    _always(
        name="DATABASE_URL",
        meaning="sqlite:////srv/centre.db or postgresql://user:password@host/name",
        read=values.read_database_url,
        is_secret=True,
    ),
    _always(
        name="PUBLIC_URL",
        meaning="the address people open, for example https://ca.example",
        read=values.read_public_url,
    ),
    Setting(
        name="PKI_URL",
        meaning="plain-HTTP address that certificates name for CRL and issuer, for "
        "example http://pki.example; else the public address with http",
        read=values.read_pki_url,
        needed="where the public address has a port",
        is_needed=_on_own_port,
    ),
    Setting(
        name="TRUSTED_PROXIES",
        meaning="networks of the proxies in front, for example 127.0.0.1/32, or none. "
        "A proxy that is not named makes all visitors one address, and thirty wrong "
        "passwords lock everybody out",
        read=values.read_networks,
        needed="where the public address is https",
        is_needed=_behind_tls,
    ),
    _always(
        name="ISSUING_CERTIFICATE",
        meaning="file with the issuing CA's certificate, PEM or DER",
        read=values.read_path,
    ),
    _always(
        name="ISSUING_KEY",
        meaning="file with the issuing CA's key, encrypted PKCS#8, PEM",
        read=values.read_path,
    ),
    _always(
        name="ISSUING_PASSPHRASE",
        meaning="what opens the issuing CA's key",
        read=values.read_secret,
        is_secret=True,
        is_exact=True,
    ),
    _always(
        name="ROOT_CERTIFICATE",
        meaning="file with the root's certificate, PEM or DER",
        read=values.read_path,
    ),
    _always(
        name="ROOT_CRL",
        meaning="file with the root's revocation list, DER or PEM",
        read=values.read_path,
    ),
    _always(
        name="REQUIRE_PHONE_CHECK",
        meaning="1 calls the registered phone before issuing, 0 does not",
        read=values.read_switch,
    ),
    _always(
        name="REQUIRE_SECURITY_CARD",
        meaning="1 asks for the security card before issuing, 0 does not",
        read=values.read_switch,
    ),
    Setting(
        name="PHONE_GATEWAY",
        meaning="who places the calls of the phone check: twilio",
        read=values.read_phone_gateway,
        needed="with the phone check",
        is_needed=_by_phone,
    ),
    Setting(
        name="VOICE_ACCOUNT",
        meaning="the account at the voice gateway",
        read=values.read_word,
        needed="with a gateway",
        is_needed=_by_gateway,
    ),
    Setting(
        name="VOICE_TOKEN",
        meaning="the token of that account; it also signs what comes back",
        read=values.read_secret,
        needed="with a gateway",
        is_needed=_by_gateway,
        is_secret=True,
    ),
    Setting(
        name="VOICE_NUMBER",
        meaning="the number that calls, for example +8221234567",
        read=values.read_phone_number,
        needed="with a gateway",
        is_needed=_by_gateway,
    ),
    Setting(
        name="VOICE_URL",
        meaning="another gateway that speaks TwiML; else Twilio's own address",
        read=values.read_voice_url,
    ),
)
_REST: Final = (
    Setting(
        name="ASK_ACCOUNT",
        meaning="1 asks for account number and PIN beside the date of birth; else 0",
        read=values.read_switch,
    ),
    Setting(
        name="CHECKS_LAST",
        meaning="for how many minutes, up to 60, a check that a sign-in passed is not "
        "asked for again by its next application; else 0, which is never",
        read=values.read_minutes,
    ),
    Setting(
        name="OPERATOR_SECOND_FACTOR",
        meaning="required, offered or off: whether operators sign in with a one-time "
        "code or a passkey beside their password; else offered",
        read=values.read_second_factor,
    ),
    Setting(
        name="SECOND_OPERATOR_HOURS",
        meaning="for so many hours after a change at the counter a second operator "
        "agrees to a certificate of that customer; 0 for never, else 24",
        read=values.read_hours,
    ),
    Setting(
        name="CONFIRM_NEW_CUSTOMERS",
        meaning="0 lets new customers have certificates after those hours, as "
        "after a change, though no second operator agreed; else 1",
        read=values.read_switch,
    ),
    Setting(
        name="DELIVERY_NETWORKS",
        meaning="networks that are not public in which institutions may be told, for "
        "example 10.1.0.0/16; else none",
        read=values.read_private_networks,
    ),
    Setting(
        name="LOG_ADDRESSES",
        meaning="what the log keeps of the address somebody signs in from: short (a "
        "/24 of IPv4, a /48 of IPv6), full or none; else short",
        read=values.read_log_addresses,
    ),
    Setting(
        name="FOUR_EYES",
        meaning="what a second operator has to agree to before it is done: all, or any "
        "of approvals, cards, charges, checks, contacts, institutions, passwords, "
        "revocations; with "
        "any of them nobody approves an application whose customer they registered "
        "or gave the card, password or phone number to; else off",
        read=values.read_four_eyes,
    ),
    Setting(
        name="SMTP_URL",
        meaning="the mail server, smtp://user:password@host:587; without it no letter "
        "is sent",
        read=values.read_smtp_url,
        is_secret=True,
    ),
    Setting(
        name="MAIL_FROM",
        meaning="the one address that letters come from, Name <letters@ca.example>",
        read=values.read_mail_from,
        needed="with a mail server",
        is_needed=lambda given: bool(given.get("SMTP_URL")),
    ),
    Setting(
        name="REDIS_URL",
        meaning="the Redis that several workers share, redis://:password@127.0.0.1:6379/0",
        read=values.read_redis_url,
        needed="for --workers 2 and more",
        is_secret=True,
    ),
    Setting(
        name="METRICS_TOKEN",
        meaning="what Prometheus sends to read /metrics, 32 characters or more: "
        "openssl rand -hex 32; else there is no such address",
        read=values.read_secret_key,
        is_secret=True,
    ),
    Setting(
        name="LIMITS_STORAGE",
        meaning="where attempts are counted; else that Redis, else this process",
        read=values.read_limits_storage,
        is_secret=True,
    ),
    Setting(
        name="TYPES",
        meaning="the file of certificate types and fees; else our own",
        read=values.read_path,
    ),
    Setting(
        name="TRUSTED_ROOTS",
        meaning="file with root certificates of other centres whose signatures are "
        "verified too, PEM; else our own root alone",
        read=values.read_path,
    ),
    *_in_languages(
        name="CENTRE_NAME",
        meaning="what the centre is called, on every page, letter and receipt, in "
        "Korean; at most 40 characters",
        read=values.read_centre_name,
        needed="with another of CERTFERRY_CENTRE_…",
        is_needed=_is_branded,
    ),
    *_in_languages(
        name="CENTRE_ADDRESS",
        meaning="where its counter is, in Korean",
        read=values.read_centre_line,
    ),
    Setting(
        name="CENTRE_PHONE",
        meaning="the number that people call, for example 1588-0000",
        read=values.read_centre_phone,
    ),
    *_in_languages(
        name="CENTRE_HOURS",
        meaning="when the counter is open, in Korean",
        read=values.read_centre_line,
    ),
    Setting(
        name="CENTRE_LOGO",
        meaning="file with its logo, SVG or PNG, at most 64 KiB; one wider than 2.5 "
        "times its height stands in place of the name",
        read=values.read_centre_logo,
    ),
    Setting(
        name="CENTRE_COLOUR",
        meaning="the colour of what can be pressed, for example #0a4bb5; darker or "
        "lighter ones are derived where it could not be read",
        read=values.read_centre_colour,
    ),
    *_in_languages(
        name="CENTRE_PRIVACY",
        meaning="the privacy notice: its https address, or a text file that is shown",
        read=values.read_centre_privacy,
    ),
)


def settings_for(options: FactorOptions) -> tuple[Setting, ...]:
    """Return all settings, in order, of a centre that has these second factors."""
    return (*_FIRST, *_settings_of_factors(options), *_REST)


def _settings_of_factors(options: FactorOptions) -> tuple[Setting, ...]:
    ids = [option.id for option in options]

    def needs_key(values_: Values) -> bool:
        return bool(
            values_.get("REQUIRE_SECURITY_CARD")
            or any_needs_key(values_.get("SECOND_CHECKS", ()), options)
            or values_.get("OPERATOR_SECOND_FACTOR") == "required"
        )

    return (
        Setting(
            name="IDENTITY_KEY",
            meaning="seals security cards, one-time codes and the keys of sign-ins "
            "elsewhere and of push messages: openssl rand -hex 32",
            read=values.read_identity_key,
            needed="with the security card, one-time codes or operators' second factor",
            is_needed=needs_key,
            is_secret=True,
        ),
        Setting(
            name="SECOND_CHECKS",
            meaning="what may be used for the card's step, any of: "
            f"{' '.join(ids)}; else {''.join(ids[:1])}",
            read=lambda text: read_second_checks(text, options),
        ),
    )


# Read by `certferry ca` alone, and by `certferry send` and `receive`.
OF_CA: Final = ("ROOT_PASSPHRASE",)
OF_TERMINAL: Final = ("CENTRE", "CA", "LINK", "NUMBER", "PASSWORD", "CODE")
BY_NAME: Final = {setting.name: setting for setting in settings_for(())}
IN_FILES: Final = (
    *(setting.name for setting in BY_NAME.values() if setting.is_secret),
    *OF_CA,
)
KNOWN: Final = (
    *(PREFIX + name for name in (*BY_NAME, *OF_CA, *OF_TERMINAL)),
    *(PREFIX + name + SUFFIX for name in IN_FILES),
)
# Kubernetes and Docker tell every process where a service called "certferry" is.
_LINKS: Final = re.compile(
    r"CERTFERRY_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)"
)


def read_all(environ: Mapping[str, str], options: FactorOptions) -> dict[str, Any]:
    """Return the value of every setting that is there, by its short name.

    `options` are the second factors that there are.

    Raises:
        SettingsError: with everything that is missing, wrong or unknown.
    """
    settings = settings_for(options)
    given, problems = _read(environ, settings)
    wrong = {problem.name for problem in problems}
    for setting in settings:
        is_there = setting.name in given or setting.full_name in wrong
        if not is_there and setting.is_needed(given):
            problems.append(_missing(setting, environ))
    if problems:
        raise SettingsError([*_in_order(problems), *_unknown(environ)])
    require_known_names(environ)
    return given


def read_some(environ: Mapping[str, str], *names: str) -> dict[str, Any]:
    """Return the value of those of `names` that are there.

    Raises:
        SettingsError: one of them is wrong, or any other is unknown.
    """
    given, problems = _read(environ, map(BY_NAME.__getitem__, names))
    problems += _unknown(environ)
    if problems:
        raise SettingsError(problems)
    return given


def require_known_names(environ: Mapping[str, str]) -> None:
    """Refuse settings that nobody reads: most are slips of the pen.

    Raises:
        SettingsError: with each of them and the nearest known name.
    """
    unknown = _unknown(environ)
    if unknown:
        raise SettingsError(unknown)


def given(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the centre's settings that the environment has."""
    return [
        setting.full_name
        for setting in BY_NAME.values()
        if environ.get(setting.full_name)
        or (setting.is_secret and environ.get(setting.full_name + SUFFIX))
    ]


def _read(
    environ: Mapping[str, str], settings: Iterable[Setting]
) -> tuple[dict[str, Any], list[Problem]]:
    given: dict[str, Any] = {}
    problems = []
    for setting in settings:
        text = ""
        try:
            text = _text(environ, setting)
            if text.strip():
                given[setting.name] = setting.read(_plain(text, setting))
        except SettingValueError as error:
            shown = "" if setting.is_secret else f"{_shown(text)} is no such value; "
            problems.append(Problem(setting.full_name, f"{shown}{error}"))
    return given, problems


def _text(environ: Mapping[str, str], setting: Setting) -> str:
    name = setting.full_name
    text = read_text(environ, name) if setting.is_secret else environ.get(name, "")
    # Windows and copied files leave a carriage return at the end of a line.
    return text.strip("\r\n") if setting.is_exact else text.strip()


def _plain(text: str, setting: Setting) -> str:
    if not setting.is_exact and any(sign < " " for sign in text):
        raise SettingValueError("there is an invisible sign in it")
    # So Python keeps bytes of the environment that are no text.
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise SettingValueError("write it in UTF-8")
    return text


def _shown(text: str) -> str:
    # What stands before an "@" in an address may be a password.
    return repr(re.sub(r"//.*@", "//…@", text)[:80])


def _missing(setting: Setting, environ: Mapping[str, str]) -> Problem:
    when = "" if setting.needed == "always" else f", needed {setting.needed}"
    state = "is empty" if setting.full_name in environ else "is missing"
    return Problem(setting.full_name, f"{state}{when}: {setting.meaning}")


def _in_order(problems: list[Problem]) -> list[Problem]:
    order = [setting.full_name for setting in BY_NAME.values()]
    return sorted(problems, key=lambda problem: order.index(problem.name))


def _unknown(environ: Mapping[str, str]) -> list[Problem]:
    problems = []
    for name in sorted(environ):
        is_ours = name.upper().startswith(PREFIX) and not _LINKS.fullmatch(name)
        if not is_ours or name in KNOWN:
            continue
        short = name.upper().removeprefix(PREFIX)
        short_names = [full_name.removeprefix(PREFIX) for full_name in KNOWN]
        near = get_close_matches(short, short_names, n=1, cutoff=0.5)
        hint = f"; is {PREFIX}{near[0]} meant?" if near else ""
        problems.append(Problem(name, f"there is no such setting{hint}"))
    return problems
