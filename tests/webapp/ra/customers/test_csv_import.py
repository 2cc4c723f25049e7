"""A sheet is registered in the background: all or nobody, and passwords are kept."""

import io
import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.webapp.ra.conftest import HASHED, WHY, make_customer
from webapp.accounts.models import AccountChange, Customer, Operator, Role
from webapp.accounts.password_hash import verify
from webapp.clock import utc_now
from webapp.ra.customers import csv_import, csv_rows, registration
from webapp.ra.customers.forms import RequiredFields
from webapp.ra.models import CustomerImport, ImportState
from webapp.ra.operators import service

HEADER = "login_id,name,latin_name,birth_date\r\n"


def rows(count):
    lines = [f"many{n},김하나,KIM HANA,20010203\r\n" for n in range(count)]
    return HEADER + "".join(lines)


def confirm_import(browser, page, text):
    """Press the button of the page that was shown for a sheet."""
    import_id = re.search(r'name="import" value="([^"]+)"', page)[1]
    path = "/counter/import/confirm"
    return browser.submit(path, text=text, **{"import": import_id})


def wait_for_imports():
    """Wait until the threads that this test began have ended."""
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join(120)
            assert not thread.is_alive()


def ask(browser, text):
    """Send a sheet and confirm it; return where to look."""
    browser.open("/counter/import")
    file = (io.BytesIO(text.encode()), "customers.csv")
    look = browser.submit("/counter/import", sheet=file)
    return confirm_import(browser, look.text, text).headers["Location"]


def count(stored):
    stored.rollback()
    return stored.scalar(select(func.count(Customer.id)))


def passwords_on(page):
    return re.findall(r'<td class="code">([a-z0-9]{5}(?:-[a-z0-9]{5}){2})</td>', page)


@pytest.fixture
def settings(config):
    return csv_import.import_settings(config)


@pytest.fixture
def begun(operator_of, stored, settings, now):
    """An import that nobody works on yet, and whoever asked for it."""
    browser, import_id = operator_of(), csv_import.new_id()
    operator = stored.get(Operator, browser.operator)
    csv_import.begin(
        stored,
        operator,
        import_id,
        text=rows(12),
        total=12,
        settings=settings,
        now=now - csv_import.GRACE,
    )
    stored.commit()
    return browser, import_id


def state_of(stored, import_id):
    stored.rollback()
    return stored.get(CustomerImport, import_id, populate_existing=True)


@contextmanager
def cheap(monkeypatch):
    """Hash nothing slowly."""
    monkeypatch.setattr(registration, "hash_password", lambda secret: f"hash {secret}")
    yield


def test_first_passwords_are_shown_again_until_they_are_closed(operator_of, stored):
    browser = operator_of()
    where = ask(browser, rows(3))
    wait_for_imports()

    first, again = (passwords_on(browser.open(where).text) for _ in range(2))

    assert len(first) == 3
    assert first == again
    hashes = stored.scalars(
        select(Customer.password_hash)
        .where(Customer.login_id.startswith("many"))
        .order_by(Customer.id)
    ).all()
    assert all(verify(word, hash_) for word, hash_ in zip(first, hashes, strict=True))
    assert where in browser.open("/counter/import").text
    assert browser.submit(f"{where}/close", **WHY).status_code == 303
    assert passwords_on(browser.open(where).text) == []
    assert browser.submit(f"{where}/close", **WHY).status_code == 409


def test_they_stand_encrypted_and_are_in_no_log(operator_of, stored, capfd):
    browser = operator_of()
    where = ask(browser, rows(2))
    wait_for_imports()
    words = passwords_on(browser.open(where).text)

    kept = state_of(stored, where.rsplit("/", 1)[-1])
    assert kept.sheet is None
    written = "".join(capfd.readouterr())
    for word in words:
        assert word.encode() not in kept.passwords
        assert word not in written


def test_nobody_else_looks_at_them(operator_of):
    browser = operator_of()
    where = ask(browser, rows(1))
    wait_for_imports()

    for role in Role:
        other = operator_of(role).open(where)
        assert other.status_code in (403, 404)
        assert passwords_on(other.text) == []


@pytest.mark.parametrize("by_command", [False, True], ids=["page", "command"])
def test_a_new_password_of_the_importer_opens_no_passwords_of_customers(
    operator_of, stored, by_command, now
):
    browser, chief = operator_of(), operator_of(Role.ADMINISTRATOR)
    where = ask(browser, rows(1))
    wait_for_imports()
    assert len(passwords_on(browser.open(where).text)) == 1
    importer = stored.get(Operator, browser.operator)

    if by_command:
        service.reset_password(stored, None, importer, "x", justification=None, now=now)
        stored.commit()
    else:
        chief.submit(f"/counter/operators/{browser.operator}/password", **WHY)

    kept = state_of(stored, where.rsplit("/", 1)[-1])
    assert (kept.state, kept.passwords) == (ImportState.CLOSED, None)
    values = {"must_change_password": False, "password_hash": HASHED}
    stored.execute(
        update(Operator).where(Operator.id == browser.operator).values(**values)
    )
    stored.commit()
    browser.enter(importer.login_id)
    page = browser.open(where)
    assert (page.status_code, passwords_on(page.text)) == (200, [])


def test_an_import_that_waits_is_refused_with_a_new_password_of_the_importer(
    operator_of, begun, stored, settings
):
    browser, import_id = begun
    chief = operator_of(Role.ADMINISTRATOR)

    chief.submit(f"/counter/operators/{browser.operator}/password", **WHY)

    assert csv_import.run(stored, import_id, settings, clock=utc_now) is None
    batch = state_of(stored, import_id)
    assert (batch.state, batch.refused) == (ImportState.REFUSED, "importer_changed")
    assert batch.sheet is None
    assert count(stored) == 1


def test_a_new_password_while_passwords_are_made_leaves_none_to_read(
    operator_of, begun, stored, settings, app, monkeypatch
):
    browser, import_id = begun
    chief = operator_of(Role.ADMINISTRATOR)

    def reset():
        chief.submit(f"/counter/operators/{browser.operator}/password", **WHY)
        return True

    with cheap(monkeypatch):
        ended = csv_import.run(
            stored, import_id, settings, clock=utc_now, should_continue=reset
        )

    assert ended is None
    assert state_of(stored, import_id).refused == "importer_changed"
    assert count(stored) == 1


def test_closing_an_operator_forgets_the_passwords_of_their_imports(
    operator_of, stored
):
    browser, chief = operator_of(), operator_of(Role.ADMINISTRATOR)
    where = ask(browser, rows(1))
    wait_for_imports()

    chief.submit(f"/counter/operators/{browser.operator}/close", **WHY)

    kept = state_of(stored, where.rsplit("/", 1)[-1])
    assert (kept.state, kept.passwords) == (ImportState.CLOSED, None)


def test_they_are_forgotten_after_a_day(operator_of, stored, settings):
    browser = operator_of()
    where = ask(browser, rows(1))
    wait_for_imports()
    import_id = where.rsplit("/", 1)[-1]
    stored.execute(update(CustomerImport).values(shown_until=utc_now()))
    stored.commit()

    assert passwords_on(browser.open(where).text) == []
    assert csv_import.forget_old(stored, utc_now()) == 1
    stored.commit()
    kept = state_of(stored, import_id)
    assert (kept.state, kept.passwords) == (ImportState.CLOSED, None)


def test_a_password_that_is_another_one_by_now_is_not_shown(operator_of, stored):
    browser = operator_of()
    where = ask(browser, rows(2))
    wait_for_imports()
    stored.execute(
        update(Customer).where(Customer.login_id == "many0").values(password_hash="x")
    )
    stored.commit()

    assert len(passwords_on(browser.open(where).text)) == 1


def test_the_page_says_how_far_it_is_and_works_without_a_script(begun, stored, now):
    browser, import_id = begun
    stored.execute(
        update(CustomerImport).values(
            hashed=7, claimed_by="x", claimed_until=utc_now() + timedelta(minutes=1)
        )
    )
    stored.commit()
    where = f"/counter/imports/{import_id}"

    page = browser.open(where)
    state = browser.client.get(f"{where}/state").json

    assert "7 / 12" in page.text
    assert f'href="{where}"' in page.text
    assert state == {
        "state": "waiting",
        "hashed": 7,
        "total": 12,
        "stalled": False,
    }


def test_what_was_asked_for_just_now_is_not_called_stalled(begun, stored, now):
    _behind, import_id = begun
    kept = state_of(stored, import_id)

    assert csv_import.is_stalled(kept, now)
    kept.asked_at = now
    assert not csv_import.is_stalled(kept, now)


def test_what_a_restart_left_goes_on_by_a_press(begun, stored):
    browser, import_id = begun
    where = f"/counter/imports/{import_id}"
    assert f"{where}/resume" in browser.open(where).text

    assert browser.submit(f"{where}/resume").status_code == 303
    wait_for_imports()

    assert state_of(stored, import_id).state == ImportState.DONE
    assert count(stored) == 13


def test_the_worker_goes_on_with_what_a_restart_left(begun, stored, settings):
    _behind, import_id = begun

    [waiting] = csv_import.list_pending(stored, utc_now())
    ended = csv_import.run(stored, waiting, settings, clock=utc_now)

    assert (waiting, ended) == (import_id, ImportState.DONE)
    assert csv_import.list_pending(stored, utc_now()) == []


def test_a_crash_between_passwords_registers_nobody_and_the_next_one_all(
    begun, stored, settings, app, monkeypatch
):
    _behind, import_id = begun
    with cheap(monkeypatch):
        stopped = csv_import.run(
            stored, import_id, settings, clock=utc_now, should_continue=lambda: False
        )
        assert stopped is None
        assert count(stored) == 1
        assert csv_import.list_pending(stored, utc_now()) == []
        later = utc_now() + 2 * csv_import.CLAIM
        assert csv_import.list_pending(stored, later) == [import_id]

        ended = csv_import.run(stored, import_id, settings, clock=lambda: later)

    assert ended == ImportState.DONE
    assert count(stored) == 13


def test_whoever_lost_the_claim_registers_nobody(
    begun, stored, settings, app, monkeypatch
):
    _behind, import_id = begun
    engine = app.extensions["certferry.sessions"].kw["bind"]
    later = utc_now() + 2 * csv_import.CLAIM

    def overtake():
        with Session(engine) as other:
            done = csv_import.run(other, import_id, settings, clock=lambda: later)
            assert done == ImportState.DONE
        return True

    with cheap(monkeypatch):
        ended = csv_import.run(
            stored, import_id, settings, clock=utc_now, should_continue=overtake
        )

    assert ended is None
    assert count(stored) == 13


def test_the_same_form_sent_twice_is_one_import(operator_of, stored):
    browser, text = operator_of(), rows(2)
    browser.open("/counter/import")
    file = (io.BytesIO(text.encode()), "customers.csv")
    look = browser.submit("/counter/import", sheet=file).text

    one, other = (confirm_import(browser, look, text) for _ in range(2))
    wait_for_imports()

    assert one.headers["Location"] == other.headers["Location"]
    assert stored.scalar(select(func.count(CustomerImport.id))) == 1
    assert count(stored) == 3


def test_an_id_that_is_taken_meanwhile_voids_it_as_a_whole(
    begun, stored, settings, now
):
    browser, import_id = begun
    make_customer(stored, now, login_id="many3")

    ended = csv_import.run(stored, import_id, settings, clock=utc_now)

    kept = state_of(stored, import_id)
    assert (ended, kept.refused) == (ImportState.REFUSED, "sheet_refused")
    assert kept.sheet is None
    assert count(stored) == 2
    page = browser.open(f"/counter/imports/{import_id}")
    assert page.status_code == 200
    assert "sheet_refused" in page.text


def test_an_id_that_is_taken_while_passwords_are_made_voids_it_too(
    begun, stored, settings, app, now, monkeypatch
):
    _behind, import_id = begun
    engine = app.extensions["certferry.sessions"].kw["bind"]

    def take():
        with Session(engine) as other:
            make_customer(other, now, login_id="many3")
        return True

    with cheap(monkeypatch):
        ended = csv_import.run(
            stored, import_id, settings, clock=utc_now, should_continue=take
        )

    assert ended == ImportState.REFUSED
    assert state_of(stored, import_id).refused == "login_taken"
    assert count(stored) == 2


def test_an_operator_who_left_meanwhile_registers_nobody(begun, stored, settings, now):
    browser, import_id = begun
    stored.execute(
        update(Operator).where(Operator.id == browser.operator).values(closed_at=now)
    )
    stored.commit()

    ended = csv_import.run(stored, import_id, settings, clock=utc_now)

    assert ended == ImportState.REFUSED
    assert state_of(stored, import_id).refused == "not_your_role"
    assert count(stored) == 1


def test_a_centre_with_another_key_voids_it(begun, stored, config):
    _behind, import_id = begun
    other = csv_import.import_settings(replace(config, identity_key="1" * 64))

    ended = csv_import.run(stored, import_id, other, clock=utc_now)

    assert ended == ImportState.REFUSED
    assert count(stored) == 1


def test_one_agreement_is_enough_for_everybody_of_an_import(operator_of, stored):
    browser, colleague = operator_of(), operator_of()
    where = ask(browser, rows(3))
    wait_for_imports()
    path = f"/counter/approvals/imports/{where.rsplit('/', 1)[-1]}/agree"

    assert path not in browser.open("/counter/approvals").text
    assert browser.submit(path).status_code == 403
    assert path in colleague.open("/counter/approvals").text
    assert colleague.submit(path).status_code == 303
    assert colleague.submit(path).status_code == 409

    stored.rollback()
    agreed = stored.scalars(select(AccountChange.agreed_by)).all()
    assert agreed == [colleague.operator] * 3


def test_a_sheet_with_a_mistake_begins_nothing(operator_of, stored, now):
    make_customer(stored, now, login_id="barun")
    browser = operator_of()

    page = browser.submit(
        "/counter/import/confirm",
        text=csv_rows.template(RequiredFields()),
        **{"import": csv_import.new_id()},
    )

    assert page.status_code == 422
    assert stored.scalar(select(CustomerImport.id)) is None


@pytest.mark.parametrize("name", ["", "x", "../../x", "é" * 20])
def test_a_name_that_is_none_is_refused(operator_of, stored, name):
    answer = operator_of().submit(
        "/counter/import/confirm", text=rows(1), **{"import": name}
    )

    assert answer.status_code == 422
    assert stored.scalar(select(CustomerImport.id)) is None
