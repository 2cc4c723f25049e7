"""What a running centre is told from outside: the only reader of the environment.

The table of settings is in `webapp.config.settings`. No secret has a default; what is
missing, wrong or unknown is named all at once, so that an operator mends it in one go.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mobile_bridge.formats.web_address import read_origin
from mobile_bridge.languages import DEFAULT_LANGUAGE
from webapp.config import settings
from webapp.config.second_factors import FactorOptions
from webapp.config.secret_files import read_text
from webapp.config.setting_values import LOOPBACK, SettingValueError
from webapp.config.settings import SettingsError
from webapp.values.brand import DEFAULT_NAME, Brand
from webapp.values.client_details import LogAddresses
from webapp.values.secret import Secret

__all__ = ["CONSOLE", "Config", "Secret", "SettingsError"]

BRAND = tuple(name for name in settings.BY_NAME if name.startswith("CENTRE_"))
CONSOLE = "console"  # the telephone of a demo: a page that the terminal names


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a centre is told; secrets are left out of `repr`.

    `public_url` and `pki_url` end without a slash. `pki_url` is plain HTTP, because a
    relying party that fetches a CRL over HTTPS could need the CRL to do so (RFC 5280
    section 8).

    A field is the setting of its name; its default counts where that is not given.
    """

    secret_key: Secret
    database_url: Secret
    public_url: str
    pki_url: str
    issuing_certificate: Path
    issuing_key: Path
    issuing_passphrase: Secret
    root_certificate: Path
    root_crl: Path
    # What a customer may pass the security-card step with, the first by default.
    second_checks: tuple[str, ...]
    demo: bool = False
    other_bank: str = ""  # of a demo: the client_id of its example bank
    # Networks of the proxies in front, for example ("127.0.0.1/32",).
    trusted_proxies: tuple[str, ...] = ()
    require_phone_check: bool = False
    require_security_card: bool = False
    rate_limits: bool = True
    # What several workers share: pairings, deliveries, counts. May hold a password.
    redis_url: Secret | None = None
    limits_storage: Secret | None = None  # else that Redis, else each one's memory
    types: Path | None = None  # the file of certificate types; None is ours
    trusted_roots: Path | None = None  # of other centres, for verifying
    # Places the calls: "console" prints them and is for a demo only.
    phone_gateway: str = ""
    voice: "VoiceGatewayConfig | None" = None
    identity_key: Secret | None = None  # 64 hex digits
    metrics_token: Secret | None = None
    smtp_url: Secret | None = (
        None  # without one, letters are printed (demo) or not sent
    )
    mail_from: str = ""
    ask_account: bool = False  # account number and PIN, where the operator uses them
    # How long after a change at the counter no certificate is issued to that customer
    # without a second operator; 0 is never. New customers wait until one agrees.
    second_operator_hours: int = 24
    confirm_new_customers: bool = True
    # Not public, and institutions may be told there all the same.
    delivery_networks: tuple[str, ...] = ()
    log_addresses: LogAddresses = LogAddresses.SHORT
    checks_last: int = 0  # minutes, over the applications of one sign-in; 0 is never
    # Of operators, beside their password: "required", "offered" or "off".
    operator_second_factor: str = "offered"
    # Groups of acts at the counter to which a second operator agrees first.
    four_eyes: frozenset[str] = frozenset()
    brand: Brand = field(default_factory=Brand)

    @property
    def secure(self) -> bool:
        """Whether people reach this centre over HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether e-mail leaves this centre; a demo prints it."""
        return self.smtp_url is not None or self.demo

    @property
    def is_reachable_by_browsers(self) -> bool:
        """Whether a browser gives the pages a camera and cryptography there.

        Without TLS it does so only on this machine (Secure Contexts 3.1).
        """
        return self.secure or read_origin(self.public_url).host in LOOPBACK

    @classmethod
    def from_env(
        cls, options: FactorOptions, environ: Mapping[str, str] = os.environ
    ) -> "Config":
        """Read the settings of a centre that is not a demo.

        `options` are the second factors that settings may name; without one the
        first of them is used.

        Raises:
            SettingsError: with everything that is missing, wrong or unknown.
        """
        values = settings.read_all(environ, options)
        own = {field_.name for field_ in fields(cls)}
        given = {name.lower(): value for name, value in values.items()}
        plain = {name: value for name, value in given.items() if name in own}
        return cls(
            **{
                "pki_url": values["PUBLIC_URL"].replace("https://", "http://", 1),
                "second_checks": (options[0].id,),
                **plain,
            },
            voice=_voice(values),
            brand=_brand(values),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceGatewayConfig:
    """A voice gateway that speaks TwiML; `url` only where it is not Twilio's own."""

    account: str
    token: Secret
    number: str
    url: str | None = None


def database_url(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the database, for commands that need nothing else.

    Raises:
        SettingsError: it is no such address, or a name is unknown.
    """
    return settings.read_some(environ, "DATABASE_URL").get("DATABASE_URL")


def issuing_certificate(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file of the issuing CA, for commands that need no key."""
    name = "ISSUING_CERTIFICATE"
    return settings.read_some(environ, name).get(name)


def passphrase_of(role: str, environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the passphrase of a CA's key, "root" or "issuing", if it is set.

    Raises:
        SettingsError: its file cannot be read, or it is given twice.
    """
    name = f"{settings.PREFIX}{role.upper()}_PASSPHRASE"
    try:
        passphrase = read_text(environ, name).strip("\r\n")
    except SettingValueError as error:
        raise settings.SettingsError([settings.Problem(name, str(error))]) from None
    return Secret(passphrase) if passphrase else None


def redis_url(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the Redis that workers share, if one is named; for a demo too.

    Raises:
        SettingsError: it is no such address, or a name is unknown.
    """
    return settings.read_some(environ, "REDIS_URL").get("REDIS_URL")


def brand(environ: Mapping[str, str] = os.environ) -> Brand:
    """Return whose centre this is; for a demo too, so that it can be looked at.

    Raises:
        SettingsError: a setting of it is wrong, or any name is unknown.
    """
    return _brand(settings.read_some(environ, *BRAND))


def ignored_by_demo(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the settings that are there and that a demo does not read."""
    used = {settings.PREFIX + name for name in ("REDIS_URL", *BRAND)}
    return [name for name in settings.given(environ) if name not in used]


def _brand(values: Mapping[str, Any]) -> Brand:
    def texts(name: str) -> dict[str, str]:
        names = settings.names_by_language(name)
        return {
            code: values[full_name]
            for code, full_name in names.items()
            if values.get(full_name)
        }

    return Brand(
        name={DEFAULT_LANGUAGE: DEFAULT_NAME, **texts("CENTRE_NAME")},
        address=texts("CENTRE_ADDRESS"),
        phone=values.get("CENTRE_PHONE", ""),
        hours=texts("CENTRE_HOURS"),
        logo=values.get("CENTRE_LOGO"),
        palette=values.get("CENTRE_COLOUR"),
        privacy=texts("CENTRE_PRIVACY"),
    )


def _voice(values: Mapping[str, Any]) -> VoiceGatewayConfig | None:
    if values.get("PHONE_GATEWAY") != "twilio":
        return None
    return VoiceGatewayConfig(
        account=values["VOICE_ACCOUNT"],
        token=values["VOICE_TOKEN"],
        number=values["VOICE_NUMBER"],
        url=values.get("VOICE_URL"),
    )
