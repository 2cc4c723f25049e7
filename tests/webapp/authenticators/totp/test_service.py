"""One-time codes: the usual form, a window of one step, none twice, five errors."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support.committed import committed_module
from tests.support.customers import register
from webapp import db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.authenticators.encryption import BrokenSealError
from webapp.authenticators.models import TotpSecret
from webapp.authenticators.totp import service as totp_service
from webapp.authenticators.totp.rules import (
    MAX_ERRORS,
    counter_at,
    generate_secret,
    matching_counter,
    parse_code,
    provisioning_uri,
)

service = committed_module(totp_service)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
SECRET = b"0123456789abcdefghij"


def allowed():
    """Whoever confirms an app here may."""


def fixed(count):
    """Chance without chance: the same secret for every test."""
    return (SECRET * 3)[:count]


@pytest.fixture
def config(config):
    return replace(
        config, require_security_card=True, second_checks=("one-time-code", "card")
    )


@pytest.fixture
def phone(stored, hana, key, now):
    """Her authenticator app, set up a while ago."""
    before = now - timedelta(minutes=5)
    service.begin_totp(stored, hana, key, fixed, now=before)
    app = pyotp.TOTP(service.pending_secret(stored, hana, key, before))
    service.confirm_totp(stored, hana, key, app.at(before), before, allow=allowed)
    return app


def shown(app, now, away=0):
    """Return what the app shows, so many steps away from now."""
    return app.at(now + timedelta(seconds=30 * away))


def wrong_of(app, now):
    near = {shown(app, now, away) for away in range(-3, 4)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in near)


def lock(stored, hana, key, phone, now):
    for _ in range(MAX_ERRORS):
        with pytest.raises(service.TotpError):
            service.verify_totp(stored, hana, key, wrong_of(phone, now), now)


# The rules, without a database.


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (2000000000, "279037"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)

    assert matching_counter(RFC_SECRET, code, at) == seconds // 30


def test_one_step_to_either_side_fits_and_no_more():
    now = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)
    app = pyotp.TOTP(RFC_SECRET)

    fitting = [
        away
        for away in range(-4, 5)
        if matching_counter(RFC_SECRET, shown(app, now, away), now) is not None
    ]

    assert fitting == [-1, 0, 1]
    assert matching_counter(RFC_SECRET, shown(app, now, -1), now) == counter_at(now) - 1


def test_what_an_app_scans_is_what_it_needs():
    secret = generate_secret(fixed)

    read = pyotp.parse_uri(provisioning_uri(secret, "hana", "은하은행"))

    assert (read.secret, read.name, read.issuer) == (secret, "hana", "은하은행")
    assert (read.digits, read.interval) == (6, 30)
    assert len(secret) == 32


@pytest.mark.parametrize(
    "typed", ["123456", "123 456", " 123456 ", "123\t456", "１２３４５６"]
)
def test_spaces_do_not_matter(typed):
    assert parse_code(typed) == "123456"


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "一二三四五六", "-12345"]
)
def test_anything_but_six_digits_is_no_code(typed):
    assert parse_code(typed) is None


# Setting up.


def test_an_app_counts_only_when_it_showed_the_right_code(stored, hana, key, now):
    service.begin_totp(stored, hana, key, fixed, now=now)
    app = pyotp.TOTP(service.pending_secret(stored, hana, key, now))

    with pytest.raises(service.NoTotpError):
        service.verify_totp(stored, hana, key, app.at(now), now)
    with pytest.raises(service.TotpWrongError):
        service.confirm_totp(stored, hana, key, wrong_of(app, now), now, allow=allowed)
    service.confirm_totp(stored, hana, key, app.at(now), now, allow=allowed)

    assert service.find_totp(stored, hana).confirmed_at == now


def test_ten_minutes_after_it_was_begun_it_has_to_be_begun_again(
    stored, hana, key, now
):
    service.begin_totp(stored, hana, key, fixed, now=now)
    ends = now + service.ENROLMENT_TIMEOUT

    assert service.pending_secret(stored, hana, key, ends - timedelta(seconds=1))
    with pytest.raises(service.TotpNotBegunError):
        service.pending_secret(stored, hana, key, ends)


@pytest.mark.usefixtures("phone")
def test_a_confirmed_secret_is_never_shown_again(stored, hana, key, now):
    with pytest.raises(service.TotpNotBegunError):
        service.pending_secret(stored, hana, key, now)


@pytest.mark.usefixtures("phone")
def test_an_app_that_is_set_up_is_not_replaced(stored, hana, key, now):
    before = service.find_totp(stored, hana).secret

    with pytest.raises(service.TotpExistsError):
        service.begin_totp(stored, hana, key, fixed, now=now)
    assert service.find_totp(stored, hana).secret == before


def test_the_code_that_confirmed_is_of_no_further_use(stored, hana, key, now):
    service.begin_totp(stored, hana, key, fixed, now=now)
    app = pyotp.TOTP(service.pending_secret(stored, hana, key, now))
    service.confirm_totp(stored, hana, key, app.at(now), now, allow=allowed)

    with pytest.raises(service.TotpUsedError):
        service.verify_totp(stored, hana, key, app.at(now), now)


# Answering.


def test_a_code_counts_once(stored, hana, key, phone, now):
    service.verify_totp(stored, hana, key, phone.at(now), now)
    stored.commit()

    with pytest.raises(service.TotpUsedError):
        service.verify_totp(stored, hana, key, phone.at(now), now)


def test_a_code_older_than_one_that_was_used_is_refused(stored, hana, key, phone, now):
    service.verify_totp(stored, hana, key, phone.at(now), now)
    stored.commit()

    with pytest.raises(service.TotpUsedError):
        service.verify_totp(stored, hana, key, shown(phone, now, -1), now)
    service.verify_totp(stored, hana, key, shown(phone, now, 1), now)


def test_when_the_clock_was_set_back_no_code_counts_again(
    stored, hana, key, phone, now
):
    service.verify_totp(stored, hana, key, phone.at(now), now)
    stored.commit()
    earlier = now - timedelta(seconds=30)

    with pytest.raises(service.TotpUsedError):
        service.verify_totp(stored, hana, key, phone.at(earlier), earlier)


def test_five_wrong_codes_lock_and_the_counter_unlocks(stored, hana, key, phone, now):
    lock(stored, hana, key, phone, now)
    with pytest.raises(service.TotpLockedError):
        service.verify_totp(stored, hana, key, phone.at(now), now)

    service.unlock_totp(stored, hana, actor=Actor.operator(1), now=now)
    stored.commit()

    service.verify_totp(stored, hana, key, phone.at(now), now)
    stored.commit()
    assert service.find_totp(stored, hana).errors == 0
    facts = stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert facts[-2:] == ["one_time.locked", "one_time.unlocked"]


def test_what_is_no_code_is_no_try(stored, hana, key, phone, now):
    with pytest.raises(service.TotpIncompleteError):
        service.verify_totp(stored, hana, key, "12345", now)

    assert service.find_totp(stored, hana).errors == 0


def test_what_was_removed_is_refused(stored, hana, key, phone, now):
    service.remove_totp(stored, hana, actor=Actor.operator(1), now=now)
    stored.commit()

    for refused in (
        lambda: service.verify_totp(stored, hana, key, phone.at(now), now),
        lambda: service.remove_totp(stored, hana, actor=None, now=now),
        lambda: service.unlock_totp(stored, hana, actor=None, now=now),
    ):
        with pytest.raises(service.NoTotpError):
            refused()


def test_codes_sent_at_once_are_no_more_than_five(
    config, stored, hana, key, phone, now
):
    engine = db.make_engine(config.database_url)
    compared, begin = [], threading.Barrier(8)
    wrong, real = wrong_of(phone, now), totp_service.matching_counter

    def counting(*args):
        compared.append(args)
        return real(*args)

    def guess(_number):
        begin.wait(20)
        for _ in range(6):
            with Session(engine) as own:
                person = own.get(Customer, hana.id)
                try:
                    service.verify_totp(own, person, key, wrong, now)
                except (service.TotpError, OperationalError):
                    continue

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totp_service, "matching_counter", counting)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(guess, range(8)))
    engine.dispose()

    assert len(compared) == MAX_ERRORS
    assert service.find_totp(stored, hana).locked_at is not None


# At rest.


def test_the_secret_is_not_in_the_database_file(config, stored, phone):
    stored.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    stored.commit()

    content = Path(config.database_url.removeprefix("sqlite:///")).read_bytes()
    assert phone.secret.encode() not in content
    assert phone.byte_secret() not in content


@pytest.mark.usefixtures("phone")
def test_a_secret_that_was_copied_to_another_customer_does_not_open(
    stored, hana, key, now
):
    new = new_customer(
        login_id="mallory",
        password="long-enough-1",
        name="말로리",
        latin_name="MALLORY",
        birth_date=hana.birth_date,
    )
    mallory = register(stored, new, now)
    service.begin_totp(stored, mallory, key, lambda n: b"m" * n, now=now)
    mallorys = pyotp.TOTP(service.pending_secret(stored, mallory, key, now))
    hers = service.find_totp(stored, mallory).secret
    stored.execute(
        update(TotpSecret).where(TotpSecret.customer_id == hana.id).values(secret=hers)
    )
    stored.commit()

    with pytest.raises(BrokenSealError):
        service.verify_totp(stored, hana, key, mallorys.at(now), now)


# The step.


def test_the_app_takes_the_place_of_the_card(customer, hana, phone, now, capfd):
    where = f"/applications/{customer.walk()}/security-card"
    page = customer.open(where).text

    assert 'autocomplete="one-time-code"' in page
    code = phone.now()
    answer = customer.submit(f"{where}/one-time-code", code=code)

    assert answer.headers["Location"].endswith("/keep")
    output = "".join(capfd.readouterr())
    assert code not in output
    assert phone.secret not in output


def test_the_step_leads_to_the_other_ways_that_there_are(customer, hana, phone, issued):
    where = f"/applications/{customer.walk()}/security-card"

    assert f"{where}?way=card" in customer.open(where).text
    other = customer.open(f"{where}?way=card").text
    assert 'name="first"' in other
    assert f"{where}?way=one-time-code" in other
    assert "way=passkey" not in other


def test_a_wrong_code_stays_at_the_app_and_counts(customer, hana, phone, now):
    where = f"/applications/{customer.walk()}/security-card"
    customer.open(where)

    answer = customer.submit(f"{where}/one-time-code", code=wrong_of(phone, now))

    assert answer.status_code == 422
    assert 'id="tries"' in answer.text


def test_a_locked_app_leaves_the_card(customer, stored, hana, key, phone, issued, now):
    lock(stored, hana, key, phone, now)
    where = f"/applications/{customer.walk()}/security-card"

    assert 'name="first"' in customer.open(where).text
