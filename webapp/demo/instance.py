"""Everything a demo centre needs, made once in its own folder and reused after.

The passphrases lie beside the keys they open: good for trying, never for real use.
Every page of a demo says so.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.pki.certificate import fingerprint_pairs
from webapp import db
from webapp.accounts.models import Customer, Operator, Role
from webapp.accounts.password_hash import generate_password, hash_password
from webapp.accounts.service import add_customer, new_customer
from webapp.authenticators.encryption import read_key
from webapp.authenticators.factors import second_factors
from webapp.authenticators.security_card.service import (
    IssuedCard,
    find_card,
    issue_card,
)
from webapp.ca.material import read_certificate
from webapp.config import CONSOLE, Config, Secret
from webapp.demo.people import (
    BIRTH_DATE,
    EMAIL,
    LOGIN_ID,
    NAME,
    OPERATOR_LOGIN_ID,
    OPERATOR_NAME,
    PHONE,
    SECOND_OPERATOR_LOGIN_ID,
    SECOND_OPERATOR_NAME,
)
from webapp.pki.authority import (
    Authority,
    encrypt_key,
    load_key,
    make_issuing,
    make_root,
    new_serial,
)
from webapp.pki.crl import build_crl
from webapp.pki.errors import AuthorityNameError
from webapp.pki.names import ORGANISATION, validate_ca_name
from webapp.private_file import replace_private
from webapp.ra.operators import service
from webapp.ra.operators.service import NewOperator
from webapp.repository.restored_database import require_not_behind
from webapp.values.brand import Brand

ROOT_LIST_LIFE = timedelta(days=365)
CLOCK_FILE = "clock"  # in the folder of a demo
SERVER_CERTIFICATE, SERVER_KEY = "server.crt", "server.key"  # of its HTTPS, there too


@dataclass(frozen=True, slots=True)
class Demo:
    """A prepared demo; password and card are there only if they were made just now."""

    config: Config
    password: str | None
    card: IssuedCard | None = None
    operator_password: str | None = None  # of somebody at the counter
    second_operator_password: str | None = None


def create_or_open(
    instance: Path,
    *,
    public_url: str,
    pki_url: str,
    now: datetime,
    brand: Brand | None = None,
) -> Demo:
    """Make what is missing in `instance` and return the configuration.

    A CA that is made now is named after the brand; one that is there stays.

    Raises:
        OSError: the folder cannot be written.
    """
    ca = instance / "ca"
    ca.mkdir(parents=True, exist_ok=True)
    instance.chmod(0o700)
    if not (ca / "issuing.crt").exists():
        _make_authorities(ca, pki_url, now, _organisation(brand or Brand()))
    config = Config(
        secret_key=Secret(_secret(instance / "secret_key")),
        database_url=Secret(f"sqlite:///{instance / 'certferry.db'}"),
        public_url=public_url,
        pki_url=pki_url,
        issuing_certificate=ca / "issuing.crt",
        issuing_key=ca / "issuing.key",
        issuing_passphrase=Secret(_secret(ca / "issuing.passphrase")),
        root_certificate=ca / "root.crt",
        root_crl=ca / "root.crl",
        demo=True,
        brand=brand or Brand(),
        identity_key=Secret(_secret(instance / "identity_key")),
        require_phone_check=True,
        require_security_card=True,
        second_checks=tuple(factor.id for factor in second_factors()),
        phone_gateway=CONSOLE,
    )
    _require_not_behind(config, instance)  # before a password is made, shown once
    engine = db.make_engine(config.database_url)
    db.migrate(engine)
    with Session(engine) as session, db.unit_of_work_on(session):
        password, card = _first_customer(session, config, now)
        first = _operator(session, OPERATOR_LOGIN_ID, OPERATOR_NAME, now)
        second = _operator(session, SECOND_OPERATOR_LOGIN_ID, SECOND_OPERATOR_NAME, now)
    engine.dispose()
    return Demo(config, password, card, first, second)


def _require_not_behind(config: Config, instance: Path) -> None:
    engine = db.make_engine(config.database_url)
    try:
        db.migrate(engine)
        command = f"certferry restore --instance {instance}"
        require_not_behind(config, engine, command)
    finally:
        engine.dispose()


def load_root(instance: Path) -> Authority:
    """Open the demo's root, for the server certificate of `--lan`."""
    ca = instance / "ca"
    passphrase = _secret(ca / "root.passphrase").encode()
    key = load_key((ca / "root.key").read_bytes(), passphrase)
    return Authority(read_certificate(ca / "root.crt"), key)


def root_fingerprint(instance: Path) -> str:
    """Return the SHA-256 fingerprint of the demo's root, in pairs."""
    certificate = read_certificate(instance / "ca" / "root.crt")
    return fingerprint_pairs(certificate.public_bytes(Encoding.DER))


def _make_authorities(ca: Path, pki_url: str, now: datetime, organisation: str) -> None:
    root = make_root(
        now,
        name=f"{organisation} root (not accredited)",
        organisation=organisation,
        serial=new_serial(secrets.token_bytes),
    )
    issuing = make_issuing(
        root,
        now,
        name=f"{organisation} issuing CA (not accredited)",
        serial=new_serial(secrets.token_bytes),
        crl_url=f"{pki_url}/pki/root.crl",
        issuer_url=f"{pki_url}/pki/root.crt",
    )
    root_list = build_crl(
        root,
        [],
        number=1,
        this_update=now,
        next_update=now + ROOT_LIST_LIFE,
    )
    _write_authority(ca, "root", root)
    replace_private(ca / "root.crl", root_list)
    _write_authority(ca, "issuing", issuing)  # last: it tells that all is there


def _write_authority(ca: Path, name: str, authority: Authority) -> None:
    passphrase = _secret(ca / f"{name}.passphrase").encode()
    replace_private(ca / f"{name}.key", encrypt_key(authority.key, passphrase))
    replace_private(
        ca / f"{name}.crt", authority.certificate.public_bytes(Encoding.PEM)
    )


def _organisation(brand: Brand) -> str:
    """Return the name that a demo's CA gets; not every name is one for a CA."""
    try:
        return validate_ca_name(f"{brand.own_name} demo")
    except AuthorityNameError:
        return ORGANISATION


def _secret(path: Path) -> str:
    if not path.exists():
        replace_private(path, secrets.token_hex(32).encode())
    return path.read_text("ascii")


def _first_customer(
    session: Session, config: Config, now: datetime
) -> tuple[str | None, IssuedCard | None]:
    if session.scalar(select(Customer.id).limit(1)) is not None:
        return None, _card_if_none(session, config, now)
    password = generate_password()
    customer = new_customer(
        login_id=LOGIN_ID,
        password=password,
        name=NAME,
        latin_name="KIM HANA",
        birth_date=BIRTH_DATE,
        phone=PHONE,
        email=EMAIL,
    )
    registered = add_customer(session, customer, now)
    return password, _issue_card(session, registered, config, now)


def _card_if_none(session: Session, config: Config, now: datetime) -> IssuedCard | None:
    # A demo that is older than security cards.
    customer = session.scalar(select(Customer).where(Customer.login_id == LOGIN_ID))
    if customer is None or find_card(session, customer) is not None:
        return None
    return _issue_card(session, customer, config, now)


def _issue_card(
    session: Session, customer: Customer, config: Config, now: datetime
) -> IssuedCard:
    key, random = read_key(config.identity_key), secrets.SystemRandom()
    return issue_card(session, customer, key, random, actor=None, now=now)


def _operator(session: Session, login_id: str, name: str, now: datetime) -> str | None:
    stmt = select(Operator.id).where(Operator.login_id == login_id)
    if session.scalar(stmt) is not None:
        return None
    password = generate_password()
    operator = NewOperator(
        login_id=login_id,
        name=name,
        role=Role.ADMINISTRATOR,
        password_hash=hash_password(password),
        must_change_password=False,
    )
    service.add(session, None, operator, now)
    return password
