"""A centre on a real database, and people, cards and certificates to race over."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pyotp
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from tests.races.lock_order import LockOrder
from tests.support.certificate_factory import CertificateFactory
from tests.support.webauthn_authenticator import Authenticator
from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.accounts.holders import AccountHolder, encryption_label, holder_columns
from webapp.accounts.models import Customer, Operator, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.encryption import encrypt, read_key
from webapp.authenticators.models import Passkey, PhoneCall, TotpSecret
from webapp.authenticators.security_card.service import (
    IssuedCard,
    challenge_of,
    find_card,
    issue_card,
)
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.config import Config, VoiceGatewayConfig
from webapp.enrolment.models import Application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

CLIENTS = 20
PASSWORD = "Night-Ferry-42"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ORIGIN = "http://localhost"
ACCOUNT_TOKEN = "a-token-that-nobody-guesses"
TWILIO = {
    "phone_gateway": "twilio",
    "voice": VoiceGatewayConfig(
        account="AC" + "0" * 32, token=ACCOUNT_TOKEN, number="+8225550000"
    ),
}


class World:
    """One centre; its parts with other settings share the database."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock_order = LockOrder()
        self._apps: dict[str, Flask] = {}

    def app(self, **changes: Any) -> Flask:
        """Return the centre with changed settings."""
        name = repr(sorted(changes))
        if name not in self._apps:
            app = create_app(replace(self.config, **changes))
            engine: Engine = app.extensions["certferry.sessions"].kw["bind"]
            engine.dispose()  # whoever waits for this machine may wait
            for other in self._apps.values():  # the server's connections are few
                other.extensions["certferry.sessions"].kw["bind"].dispose()
            event.listen(engine, "connect", _PATIENT[engine.dialect.name])
            self.lock_order.watch(engine)
            self._apps[name] = app
        return self._apps[name]

    @property
    def engine(self) -> Engine:
        """The engine of the centre."""
        engine: Engine = self.app().extensions["certferry.sessions"].kw["bind"]
        return engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session of a test's own."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        for app in self._apps.values():
            app.extensions["certferry.sessions"].kw["bind"].dispose()

    def store(self, *rows: object) -> None:
        """Commit rows as they are."""
        with self.session() as session:
            session.add_all(rows)
            session.commit()

    def newest_entry(self) -> int:
        """Return how far the log has come."""
        with self.session() as session:
            return session.scalar(select(func.max(AuditEntry.id))) or 0

    def events_since(self, entry: int) -> list[str]:
        """Return what was logged after an entry, in its order."""
        with self.session() as session:
            stmt = select(AuditEntry.event).where(AuditEntry.id > entry)
            return list(session.scalars(stmt.order_by(AuditEntry.id)))

    # People

    def customer(self, **fields: Any) -> Customer:
        """Store a customer of whom nobody else knows."""
        values = {
            "login_id": f"c{secrets.token_hex(6)}",
            "password_hash": HASHED,
            "session_key": secrets.token_hex(16),
            "name": "이하나",
            "latin_name": "LEE HANA",
            "birth_date": date(1990, 1, 31),
            "phone": "+821012345678",
            "email": "hana@example.com",
            "number": f"20261122{secrets.randbelow(10**8):08d}",
            "created_at": utc_now(),
        }
        customer = Customer(**(values | fields))
        self.store(customer)
        return customer

    def operator(self, role: Role = Role.COUNTER, **fields: Any) -> Operator:
        """Store an operator."""
        values = {
            "login_id": f"o{secrets.token_hex(6)}",
            "password_hash": HASHED,
            "session_key": secrets.token_hex(16),
            "name": "박창구",
            "role": role,
            "created_at": utc_now(),
        }
        operator = Operator(**(values | fields))
        self.store(operator)
        return operator

    def browser(self, **changes: Any) -> Browser:
        """Return a browser in which nobody is signed in."""
        return Browser(self.app(**changes).test_client())

    def signed_in(self, person: AccountHolder, **changes: Any) -> Browser:
        """Return a browser in which somebody is signed in.

        An operator who has a second factor already comes as far as its page.
        """
        visitor = self.browser(**changes)
        path = "/sign-in" if person.is_customer else "/counter/sign-in"
        visitor.open(path)
        answer = visitor.submit(path, login_id=person.login_id, password=PASSWORD)
        assert answer.status_code == 302, answer.text
        visitor.open("/me/security" if person.is_customer else "/counter/password")
        return visitor

    # What customers have

    def application(self, customer: Customer, **fields: Any) -> Application:
        """Store an open application."""
        now = utc_now()
        application = Application(
            id=secrets.token_urlsafe(16),
            customer_id=customer.id,
            started_at=now,
            expires_at=now + timedelta(minutes=15),
            **fields,
        )
        self.store(application)
        return application

    def card(self, customer: Customer) -> IssuedCard:
        """Issue a security card."""
        with self.session() as session:
            holder = session.get_one(Customer, customer.id)
            chance, now = Random(secrets.randbits(64)), utc_now()
            card = issue_card(session, holder, self.key, chance, actor=None, now=now)
            session.commit()
        return card

    def card_answer(self, customer: Customer, card: IssuedCard) -> dict[str, str]:
        """Return the fields of a form that answers what a card asks for now."""
        with self.session() as session:
            stored_card = find_card(session, customer)
            assert stored_card is not None
            asked = challenge_of(stored_card)
        return {
            "first": card.codes[asked.first - 1][:2],
            "second": card.codes[asked.second - 1][2:],
            "ask_first": str(asked.first),
            "ask_second": str(asked.second),
        }

    def authenticator_app(self, holder: AccountHolder, **fields: Any) -> pyotp.TOTP:
        """Store a confirmed authenticator app, or one that is only begun."""
        secret, now = pyotp.random_base32(), utc_now()
        columns = holder_columns(holder)
        label = encryption_label(columns.get("customer_id"), columns.get("operator_id"))
        owner = f"one_time_secret:{label}"
        sealed = encrypt(secret.encode(), self.key, owner, secrets.token_bytes)
        row = TotpSecret(**columns, secret=sealed, begun_at=now)
        for name, value in ({"confirmed_at": now} | fields).items():
            setattr(row, name, value)
        self.store(row)
        return pyotp.TOTP(secret)

    def passkey(self, holder: AccountHolder) -> Authenticator:
        """Store a passkey and return the device that has it."""
        device = Authenticator(ORIGIN)
        self.store(
            Passkey(
                **holder_columns(holder),
                credential_id=device.credential_id,
                public_key=device.cose_public_key(),
                name="phone",
                made_at=utc_now(),
            )
        )
        return device

    def call(self, application: Application, state: str, **fields: Any) -> PhoneCall:
        """Store a call of the phone check."""
        now = utc_now()
        call = PhoneCall(
            id=secrets.token_urlsafe(16),
            application_id=application.id,
            customer_id=application.customer_id,
            digits="47",
            state=state,
            gateway_id=secrets.token_hex(16),
            asked_at=now,
            ends_at=now + timedelta(minutes=2),
            **fields,
        )
        self.store(call)
        return call

    def certificate(
        self, customer: Customer, *, key: object = None, **fields: Any
    ) -> Certificate:
        """Issue a real certificate, then change its row."""
        with self.session() as session:
            factory = CertificateFactory.of(self.app(**NO_CHECKS), session)
            owner = session.get_one(Customer, customer.id)
            key = key or new_key(KeyKind.P_256)
            certificate = factory.issued(utc_now(), key=key, customer=owner)
            for name, value in fields.items():
                setattr(certificate, name, value)
            session.commit()
            return certificate

    def read(self, row: Any) -> Any:
        """Return a row as it stands now."""
        with self.session() as session:
            return session.get_one(type(row), row.id)

    def count(self, model: Any, *where: Any) -> int:
        """Count rows."""
        with self.session() as session:
            stmt = select(func.count()).select_from(model).where(*where)
            return session.scalar(stmt) or 0

    @property
    def key(self) -> bytes:
        """What seals cards and secrets."""
        return read_key(self.config.identity_key)


NO_CHECKS = {"require_phone_check": False, "require_security_card": False}


def copies(visitor: Browser, app: Flask | None = None) -> list[Browser]:
    """Return as many browsers as race, all with this person's session."""
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    browsers = []
    for _ in range(CLIENTS):
        client = (app or visitor.client.application).test_client()
        client.set_cookie("session", cookie.value)
        browsers.append(Browser(client, visitor.token))
    return browsers


def _wait_for_the_file(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=30000")


def _wait_for_rows(connection: Any, _record: object) -> None:
    # Two that wait for each other are found after a second all the same.
    connection.execute("SET lock_timeout = '60s'")
    connection.commit()


_PATIENT = {"sqlite": _wait_for_the_file, "postgresql": _wait_for_rows}
