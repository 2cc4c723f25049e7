"""What a running centre is told from outside: the only reader of the environment.

No secret has a default. What is missing is named all at once, so that an operator
mends it in one go.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.certificate_types import PACKAGED

SECRETS = {
    "CERTFERRY_SECRET_KEY": "signs sessions; 32 random bytes, for example in hex",
    "CERTFERRY_DATABASE_URL": "an SQLAlchemy address, for example sqlite:////srv/c.db",
    "CERTFERRY_PUBLIC_URL": "the address people open, for example https://ca.example",
    "CERTFERRY_ISSUING_CERTIFICATE": "file with the issuing CA's certificate, PEM",
    "CERTFERRY_ISSUING_KEY": "file with the issuing CA's encrypted PKCS#8 key, PEM",
    "CERTFERRY_ISSUING_PASSPHRASE": "what opens the issuing CA's key",
    "CERTFERRY_ROOT_CERTIFICATE": "file with the root's certificate, PEM",
    "CERTFERRY_ROOT_CRL": "file with the root's revocation list, DER",
}


# Asked for only by centres that use what they are for.
WHEN_USED = {
    "CERTFERRY_PHONE_GATEWAY": "who places the calls of the phone check: twilio",
    "CERTFERRY_VOICE_ACCOUNT": "the account at the voice gateway",
    "CERTFERRY_VOICE_TOKEN": "the token of that account; it also signs what comes back",
    "CERTFERRY_VOICE_NUMBER": "the number that calls, for example +8221234567",
    "CERTFERRY_IDENTITY_KEY": "encrypts security cards; openssl rand -hex 32",
    "CERTFERRY_MAIL_FROM": "the address that letters come from",
    "CERTFERRY_SECOND_CHECKS": "any of: card one-time-code passkey",
}
SECOND_CHECKS = ("card", "one-time-code", "passkey")

MIN_SECRET = 32
SCHEMES = ("https://", "http://")


class MissingSettingsError(Exception):
    """The centre cannot start because settings are missing."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a centre is told; secrets are left out of `repr`.

    `public_url` and `pki_url` end without a slash. `pki_url` is plain HTTP, because a
    relying party that fetches a CRL over HTTPS could need the CRL to do so (RFC 5280
    section 8).
    """

    secret_key: "Secret"
    database_url: "Secret"
    public_url: str
    pki_url: str
    issuing_certificate: Path
    issuing_key: Path
    issuing_passphrase: "Secret"
    root_certificate: Path
    root_crl: Path
    demo: bool = False
    # Networks of the proxies in front, for example ("127.0.0.1/32",).
    trusted_proxies: tuple[str, ...] = ()
    require_phone_check: bool = False
    require_security_card: bool = False
    rate_limits: bool = True
    # What several workers share: pairings, deliveries, counts. May hold a password.
    redis_url: "Secret | None" = None
    limits_storage: "Secret | None" = None  # else that Redis, else each one's memory
    types: Path = PACKAGED  # the file of certificate types
    # Places the calls: "console" prints them and is for development only.
    phone_gateway: str = "console"
    voice: "Voice | None" = None
    # What a customer may pass the security-card step with, the first by default.
    second_checks: tuple[str, ...] = SECOND_CHECKS[:1]
    identity_key: "Secret | None" = None  # 64 hex digits
    smtp_url: "Secret | None" = (
        None  # without one, letters are printed (demo) or not sent
    )
    mail_from: str = ""
    ask_account: bool = False  # account number and PIN, where the operator uses them
    # How long after a change at the counter no certificate is issued to that customer
    # without a second operator; 0 is never. New customers wait until one agrees.
    second_operator_hours: int = 24
    confirm_new_customers: bool = True

    @property
    def secure(self) -> bool:
        """Whether people reach this centre over HTTPS."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the settings of a centre that is not a demo.

        Raises:
            MissingSettingsError: with the name of every setting that is missing.
        """
        missing = [name for name in SECRETS if not environ.get(name)]
        if 0 < len(environ.get("CERTFERRY_SECRET_KEY", "")) < MIN_SECRET:
            missing.append("CERTFERRY_SECRET_KEY")
        if not (environ.get("CERTFERRY_PUBLIC_URL") or SCHEMES[0]).startswith(SCHEMES):
            missing.append("CERTFERRY_PUBLIC_URL")
        missing += _missing_when_used(environ)
        if missing:
            raise MissingSettingsError(missing)
        public_url = environ["CERTFERRY_PUBLIC_URL"].rstrip("/")
        plain = public_url.replace("https://", "http://", 1)
        return cls(
            secret_key=Secret(environ["CERTFERRY_SECRET_KEY"]),
            database_url=Secret(environ["CERTFERRY_DATABASE_URL"]),
            public_url=public_url,
            pki_url=environ.get("CERTFERRY_PKI_URL", plain).rstrip("/"),
            issuing_certificate=Path(environ["CERTFERRY_ISSUING_CERTIFICATE"]),
            issuing_key=Path(environ["CERTFERRY_ISSUING_KEY"]),
            issuing_passphrase=Secret(environ["CERTFERRY_ISSUING_PASSPHRASE"]),
            root_certificate=Path(environ["CERTFERRY_ROOT_CERTIFICATE"]),
            root_crl=Path(environ["CERTFERRY_ROOT_CRL"]),
            trusted_proxies=tuple(
                environ.get("CERTFERRY_TRUSTED_PROXIES", "").replace(",", " ").split()
            ),
            require_phone_check=environ.get("CERTFERRY_REQUIRE_PHONE_CHECK") == "1",
            require_security_card=environ.get("CERTFERRY_REQUIRE_SECURITY_CARD") == "1",
            redis_url=redis_url(environ),
            limits_storage=_secret(environ, "CERTFERRY_LIMITS_STORAGE"),
            types=Path(environ.get("CERTFERRY_TYPES") or PACKAGED),
            phone_gateway=environ.get("CERTFERRY_PHONE_GATEWAY", ""),
            voice=_voice(environ),
            second_checks=_second_checks(environ),
            identity_key=_secret(environ, "CERTFERRY_IDENTITY_KEY"),
            smtp_url=_secret(environ, "CERTFERRY_SMTP_URL"),
            mail_from=environ.get("CERTFERRY_MAIL_FROM", ""),
            ask_account=environ.get("CERTFERRY_ASK_ACCOUNT") == "1",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice gateway that speaks TwiML; `url` only where it is not Twilio's own."""

    account: str
    token: "Secret"
    number: str
    url: str | None = None


class Secret(str):
    """A string that does not show itself in a log or an error report."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


def database_url(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the database, for commands that need nothing else."""
    return _secret(environ, "CERTFERRY_DATABASE_URL")


def issuing_certificate(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file of the issuing CA, for commands that need no key."""
    named = environ.get("CERTFERRY_ISSUING_CERTIFICATE")
    return Path(named) if named else None


def passphrase_of(role: str, environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the passphrase of a CA's key, "root" or "issuing", if it is set."""
    return _secret(environ, f"CERTFERRY_{role.upper()}_PASSPHRASE")


def redis_url(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the Redis that workers share, if one is named; for a demo too."""
    return _secret(environ, "CERTFERRY_REDIS_URL")


def _secret(environ: Mapping[str, str], name: str) -> Secret | None:
    return Secret(environ[name]) if environ.get(name) else None


def _voice(environ: Mapping[str, str]) -> Voice | None:
    if environ.get("CERTFERRY_PHONE_GATEWAY") != "twilio":
        return None
    return Voice(
        account=environ["CERTFERRY_VOICE_ACCOUNT"],
        token=Secret(environ["CERTFERRY_VOICE_TOKEN"]),
        number=environ["CERTFERRY_VOICE_NUMBER"],
        url=environ.get("CERTFERRY_VOICE_URL") or None,
    )


def _second_checks(environ: Mapping[str, str]) -> tuple[str, ...]:
    named = environ.get("CERTFERRY_SECOND_CHECKS", SECOND_CHECKS[0])
    return tuple(named.replace(",", " ").split())


def _missing_when_used(environ: Mapping[str, str]) -> list[str]:
    """Name what is missing, or is no such value, of what this centre uses."""
    wanted: list[str] = []
    gateway = environ.get("CERTFERRY_PHONE_GATEWAY", "")
    if environ.get("CERTFERRY_REQUIRE_PHONE_CHECK") == "1":
        if gateway not in ("twilio", "console"):
            wanted.append("CERTFERRY_PHONE_GATEWAY")
        if gateway == "twilio":
            wanted += [name for name in WHEN_USED if "_VOICE_" in name]
    if environ.get("CERTFERRY_REQUIRE_SECURITY_CARD") == "1":
        wanted.append("CERTFERRY_IDENTITY_KEY")
    if environ.get("CERTFERRY_SMTP_URL"):
        wanted.append("CERTFERRY_MAIL_FROM")
    missing = [name for name in wanted if not environ.get(name)]
    key = environ.get("CERTFERRY_IDENTITY_KEY", "")
    if key and not re.fullmatch(r"[0-9a-fA-F]{64}", key):
        missing.append("CERTFERRY_IDENTITY_KEY")
    if not set(_second_checks(environ)) <= set(SECOND_CHECKS):
        missing.append("CERTFERRY_SECOND_CHECKS")
    if gateway not in ("", "twilio", "console"):
        missing.append("CERTFERRY_PHONE_GATEWAY")
    return list(dict.fromkeys(missing))
