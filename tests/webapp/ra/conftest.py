"""A counter with one operator of each role, and a customer with a bit of everything."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from tests.webapp.browser_client import Browser
from tools.vectors.recorded_random import RecordedRandom
from webapp import create_app
from webapp.accounts.models import Customer, Operator, Role
from webapp.authenticators.models import Passkey, PhoneCall, SecurityCard, TotpSecret
from webapp.authenticators.phone_call.rules import MAX_ERRORS_PER_DAY
from webapp.billing.models import Charge, ChargeState
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application

# A reason that every act takes.
WHY = {"reason": "other", "note": "as the customer asked"}
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WORD = "Night-Ferry-42"
HASHED = CHEAP.hash(WORD)

DER = RecordedRandom.load().holders[0][0]  # any certificate: pages read it


@pytest.fixture
def config(config):
    """Card checks are on, so that the counter hands out cards."""
    return replace(config, require_security_card=True)


@pytest.fixture
def app(config):
    return create_app(config)


@dataclass
class OperatorBrowser(Browser):
    """An operator in front of a browser."""

    operator: int = 0

    def enter(self, login_id: str, password: str = WORD):
        self.open("/counter/sign-in")
        path = "/counter/sign-in"
        answer = self.submit(path, login_id=login_id, password=password)
        self.open("/counter/password")
        return answer


@pytest.fixture
def operator_of(app, stored, now):
    """Make an operator of a role, and sign them in."""

    def make(role=Role.COUNTER, *, customer_id=None, login_id=None, **fields):
        operator = Operator(
            login_id=login_id or f"{role}-{secrets.token_hex(3)}",
            password_hash=HASHED,
            session_key=secrets.token_hex(16),
            name="박창구",
            role=role,
            customer_id=customer_id,
            created_at=now,
            **fields,
        )
        stored.add(operator)
        stored.commit()
        browser = OperatorBrowser(app.test_client(), operator=operator.id)
        assert browser.enter(operator.login_id).status_code == 302
        return browser

    return make


@pytest.fixture
def someone(stored, now):
    """A customer who has everything that a counter can act on."""
    return seed_customer(stored, make_customer(stored, now), now)


def make_customer(stored, now, login_id="hana2001", name="이하나", **fields):
    customer = Customer(
        login_id=login_id,
        password_hash=HASHED,
        session_key=secrets.token_hex(16),
        name=name,
        latin_name="LEE HANA",
        birth_date=date(1990, 1, 31),
        phone="+821012345678",
        email="hana@example.com",
        number=f"20261122{secrets.randbelow(10**8):08d}",
        created_at=now,
        **fields,
    )
    stored.add(customer)
    stored.commit()
    return customer


def make_application(stored, customer, now, **fields):
    application = Application(
        id=secrets.token_urlsafe(16),
        customer_id=customer.id,
        started_at=now,
        expires_at=now + timedelta(minutes=15),
        type_id="corporate-bank",
        **fields,
    )
    stored.add(application)
    stored.commit()
    return application


def make_certificate(stored, customer, now, **fields):
    done = {"closed_at": now, "closed_because": "done"}
    id_ = secrets.token_hex(16)
    values = {
        "id": id_,
        "issuer_id": "a" * 32,
        "serial": f"{1 << 126 | secrets.randbits(126):x}",
        "customer_id": customer.id,
        "application_id": make_application(stored, customer, now, **done).id,
        "key_hash": secrets.token_bytes(32),
        "idempotency_key": secrets.token_hex(16),
        "request_hash": secrets.token_bytes(32),
        "type_id": "personal-general",
        "state": StoredState.VALID,
        "to_be_signed": b"tbs",
        "der": DER,
        "not_before": now,
        "not_after": now + timedelta(days=365),
        "reserved_at": now,
        "lineage_id": id_,
    }
    certificate = Certificate(**(values | fields))
    stored.add(certificate)
    stored.commit()
    return certificate


def seed_customer(stored, customer, now):
    certificate = make_certificate(stored, customer, now)
    stored.add(
        Charge(
            id=secrets.token_hex(16),
            customer_id=customer.id,
            certificate_id=certificate.id,
            type_id="personal-general",
            won=4400,
            state=ChargeState.OPEN,
            recorded_at=now,
        )
    )
    stored.add(
        SecurityCard(
            id=secrets.token_hex(16),
            customer_id=customer.id,
            number=secrets.token_hex(5),
            codes=b"sealed",
            issued_at=now,
            ask_first=1,
            ask_second=2,
            errors=5,
            locked_at=now,
        )
    )
    stored.add(
        TotpSecret(
            customer_id=customer.id,
            secret=b"sealed",
            begun_at=now,
            confirmed_at=now,
            errors=5,
            locked_at=now,
        )
    )
    stored.add(
        Passkey(
            customer_id=customer.id,
            credential_id=secrets.token_bytes(16),
            public_key=b"public",
            name="phone",
            made_at=now,
        )
    )
    waits = {"approval_asked_at": now, "expires_at": now + timedelta(days=7)}
    application = make_application(stored, customer, now)
    for name, value in waits.items():
        setattr(application, name, value)
    customer.account_pin_errors = 5
    stored.add(
        PhoneCall(
            id=secrets.token_hex(16),
            application_id=application.id,
            customer_id=customer.id,
            digits="00",
            state="wrong",
            errors=MAX_ERRORS_PER_DAY,
            asked_at=now,
            ends_at=now,
            ended_at=now,
        )
    )
    stored.commit()
    return customer


@pytest.fixture
def targets(stored, someone, now):
    """What the paths and forms of acts are about: somebody's rows, by their names."""

    def first(column, *conditions):
        return stored.scalar(select(column).where(*conditions))

    asked = Application.approval_asked_at.is_not(None)
    return {
        "customer": someone.id,
        "certificate": first(Certificate.id, Certificate.customer_id == someone.id),
        "charge": first(Charge.id, Charge.customer_id == someone.id),
        "application": first(Application.id, asked),
        "asked_at": now.isoformat(),
    }
