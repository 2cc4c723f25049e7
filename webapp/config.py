"""What a running centre is told from outside: the only reader of the environment.

No secret has a default. What is missing is named all at once, so that an operator
mends it in one go.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
        )


class Secret(str):
    """A string that does not show itself in a log or an error report."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


def redis_url(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the Redis that workers share, if one is named; for a demo too."""
    return _secret(environ, "CERTFERRY_REDIS_URL")


def _secret(environ: Mapping[str, str], name: str) -> Secret | None:
    return Secret(environ[name]) if environ.get(name) else None
