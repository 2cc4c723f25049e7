"""Operators: sign in apart from customers, first password, roles, the command."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.webapp.browser_client import Browser
from tests.webapp.ra.conftest import HASHED, WHY, WORD
from webapp import create_app
from webapp.accounts.models import Customer, Operator, Role
from webapp.accounts.service import SignInRefusedError
from webapp.audit.models import AuditEntry
from webapp.cli.main import main
from webapp.ra.approvals.acts import Justification
from webapp.ra.operators import sign_in

NEW = "Quiet-Harbour-7"


def test_a_customer_does_not_get_in_with_their_password(operator_of, visitor, password):
    operator_of()
    visitor.open("/counter/sign-in")

    answer = visitor.submit("/counter/sign-in", login_id="demo", password=password)

    assert answer.status_code == 401


def test_an_operator_is_no_customer_and_a_customer_no_operator(operator_of, customer):
    browser = operator_of()

    for path in ("/counter", "/counter/customers", "/counter/log"):
        assert (
            "/counter/sign-in"
            in customer.client.get(path, headers={"Accept": "text/html"}).headers[
                "Location"
            ]
        )
    assert browser.submit("/applications").headers["Location"].startswith("/sign-in")


def test_signing_in_at_the_counter_ends_the_customers_session(
    operator_of, customer, stored
):
    login_id = stored.get(Operator, operator_of().operator).login_id
    customer.open("/counter/sign-in")
    customer.submit("/counter/sign-in", login_id=login_id, password=WORD)

    assert customer.open("/counter").status_code == 200
    assert customer.submit("/applications").status_code in (302, 400)


def test_the_first_password_is_changed_before_anything_else(operator_of, stored):
    browser = operator_of(must_change_password=True)

    assert "/counter/password" in browser.open("/counter/customers").request.path
    wrong = browser.submit("/counter/password", old="x", fresh=NEW, again=NEW)
    assert wrong.status_code == 422
    differ = browser.submit("/counter/password", old=WORD, fresh=NEW, again="y")
    assert differ.status_code == 422
    same = browser.submit("/counter/password", old=WORD, fresh=WORD, again=WORD)
    assert same.status_code == 422
    done = browser.submit("/counter/password", old=WORD, fresh=NEW, again=NEW)
    assert done.status_code == 302
    assert browser.open("/counter/customers").request.path == "/counter/customers"
    assert stored.get(Operator, browser.operator).must_change_password is False


def test_an_administrator_manages_others(operator_of, stored):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of(Role.COUNTER)
    path = f"/counter/operators/{other.operator}"

    added = chief.submit(
        "/counter/operators", login_id="newone", name="최신입", role="auditor"
    )
    assert "first-password" in added.text
    assert chief.submit(f"{path}/role", role="auditor", **WHY).status_code == 303
    assert chief.submit(f"{path}/role", role="auditor", **WHY).status_code == 409
    stored.expire_all()
    assert stored.get(Operator, other.operator).role == Role.AUDITOR
    assert chief.submit(f"{path}/role", role="king", **WHY).status_code == 422
    assert other.open("/counter").status_code == 200
    assert "first-password" in chief.submit(f"{path}/password", **WHY).text
    assert other.open("/counter").request.path == "/counter/sign-in"
    assert chief.submit(f"{path}/close", **WHY).status_code == 303
    assert chief.submit(f"{path}/close", **WHY).status_code == 409


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"login_id": "최신입", "name": "최신입"}, "login_id"),
        ({"login_id": "a b", "name": "최신입"}, "login_id"),
        ({"login_id": "newone", "name": " "}, "name"),
    ],
)
def test_what_is_wrong_with_a_new_operator_is_said_beside_it(
    operator_of, fields, field
):
    chief = operator_of(Role.ADMINISTRATOR)

    answer = chief.submit("/counter/operators", role="counter", **fields)

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert answer.text.count('class="wrong"') == 1


def test_an_id_that_an_operator_has_is_said_beside_it(operator_of):
    chief = operator_of(Role.ADMINISTRATOR)
    chief.submit("/counter/operators", login_id="newone", name="최", role="counter")

    answer = chief.submit(
        "/counter/operators", login_id="New One", name="최", role="counter"
    )

    assert answer.status_code == 409
    assert 'id="login_id-wrong"' in answer.text


def test_a_closed_operators_sessions_end_and_nobody_signs_in(operator_of, stored):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of(Role.COUNTER)
    login_id = stored.get(Operator, other.operator).login_id

    chief.submit(f"/counter/operators/{other.operator}/close", **WHY)

    assert other.open("/counter").request.path == "/counter/sign-in"
    answer = other.submit("/counter/sign-in", login_id=login_id, password=WORD)
    assert answer.status_code == 401


def test_a_role_is_read_from_the_form_and_never_from_the_address(operator_of, stored):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of(Role.COUNTER)
    path = f"/counter/operators/{other.operator}/role?role=administrator"

    assert chief.submit(path, **WHY).status_code == 422
    assert chief.submit(path, role="auditor", **WHY).status_code == 303

    assert stored.get(Operator, other.operator).role == Role.AUDITOR


@pytest.mark.parametrize("action", ["role", "close", "password"])
def test_nobody_changes_themselves(operator_of, action):
    chief = operator_of(Role.ADMINISTRATOR)

    answer = chief.submit(
        f"/counter/operators/{chief.operator}/{action}", role="counter", **WHY
    )

    assert answer.status_code == 403


ADDED = {"login_id": "newone", "name": "최신입", "role": "counter"}


def first_password_of(page):
    return re.search(r'id="first-password">([^<]+)<', page.text)[1]


def test_a_new_operator_gets_in_once_a_second_administrator_confirms(
    app, operator_of, stored
):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    password = first_password_of(chief.submit("/counter/operators", **ADDED))
    added = stored.scalar(select(Operator).where(Operator.login_id == "newone"))
    newone = Browser(app.test_client())
    newone.open("/counter/sign-in")
    fields = {"login_id": "newone", "password": password}

    early = newone.submit("/counter/sign-in", **fields)
    assert early.status_code == 403  # and not 401: the password is right
    path = f"/counter/operators/{added.id}/confirm"
    own = chief.submit(path, role="counter")
    assert (own.status_code, "own_change" in own.text) == (403, True)
    assert second.submit(path, role="administrator").status_code == 409
    assert path in second.open("/counter/operators").text
    assert path not in chief.open("/counter/operators").text
    assert second.submit(path, role="counter").status_code == 303
    assert second.submit(path, role="counter").status_code == 409

    assert newone.submit("/counter/sign-in", **fields).status_code == 302


def test_an_unconfirmed_administrator_confirms_nobody_and_is_not_the_last_one(
    operator_of, stored, now
):
    chief = operator_of(Role.ADMINISTRATOR)
    chief.submit("/counter/operators", **{**ADDED, "role": "administrator"})
    from webapp.ra.errors import LastAdministratorError
    from webapp.ra.operators import lookup
    from webapp.ra.operators import service as operators

    me = stored.get(Operator, chief.operator)
    for login_id in ("operator", "colleague"):
        operators.close(
            stored,
            me,
            lookup.find_by_login_id(stored, login_id),
            justification=Justification("left"),
            now=now,
        )

    with pytest.raises(LastAdministratorError):
        operators.require_administrator_left(stored, me)


@pytest.mark.parametrize(
    ("old", "new", "asks"),
    [
        (Role.COUNTER, Role.ADMINISTRATOR, True),
        (Role.AUDITOR, Role.ADMINISTRATOR, True),
        (Role.AUDITOR, Role.COUNTER, True),
        (Role.COUNTER, Role.AUDITOR, False),
        (Role.ADMINISTRATOR, Role.COUNTER, False),
        (Role.ADMINISTRATOR, Role.AUDITOR, False),
    ],
)
def test_more_rights_are_confirmed_by_a_second_administrator_and_fewer_count_at_once(
    operator_of, stored, old, new, asks
):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    other = operator_of(old)
    path = f"/counter/operators/{other.operator}"

    assert chief.submit(f"{path}/role", role=new, **WHY).status_code == 303
    stored.expire_all()
    assert stored.get(Operator, other.operator).role == (old if asks else new)
    if asks:
        assert chief.submit(f"{path}/confirm", role=new).status_code == 403
        assert other.submit(f"{path}/confirm", role=new).status_code == 403
        assert second.submit(f"{path}/confirm", role=new).status_code == 303
    stored.expire_all()
    assert stored.get(Operator, other.operator).role == new


def test_what_was_asked_for_is_withdrawn_by_asking_for_the_role_that_is(
    operator_of, stored
):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    path = f"/counter/operators/{operator_of(Role.COUNTER).operator}"
    chief.submit(f"{path}/role", role="administrator", **WHY)

    assert chief.submit(f"{path}/role", role="counter", **WHY).status_code == 303

    confirmed = second.submit(f"{path}/confirm", role="administrator")
    assert confirmed.status_code == 409


def test_the_command_confirms_where_there_is_one_administrator(
    config, operator_of, stored
):
    run = CliRunner().invoke
    where = ["--database", str(config.database_url)]
    operator_of(Role.ADMINISTRATOR).submit("/counter/operators", **ADDED)
    assert "not confirmed yet" in run(main, ["operators", "list", *where]).output

    done = run(main, ["operators", "confirm", "newone", *where])

    assert (done.exit_code, "counter" in done.output) == (0, True)
    assert run(main, ["operators", "confirm", "newone", *where]).exit_code == 2
    assert run(main, ["operators", "confirm", "nobody", *where]).exit_code == 2
    operator = stored.scalar(select(Operator).where(Operator.login_id == "newone"))
    assert not operator.awaits_confirmation


@pytest.mark.parametrize("role", [Role.COUNTER, Role.AUDITOR])
@pytest.mark.parametrize(
    "action", ["", "/1/role", "/1/close", "/1/password", "/1/confirm"]
)
def test_only_administrators_manage(operator_of, role, action):
    answer = operator_of(role).submit(f"/counter/operators{action}", role="counter")

    assert answer.status_code == 403


def test_the_last_administrator_stays(app, operator_of, stored, now):
    from webapp.ra.errors import LastAdministratorError
    from webapp.ra.operators import lookup
    from webapp.ra.operators import service as operators

    chief = stored.get(Operator, operator_of(Role.ADMINISTRATOR).operator)
    demo = stored.scalar(select(Operator).where(Operator.login_id == "operator"))
    operators.close(stored, chief, demo, justification=Justification("left"), now=now)
    colleague = lookup.find_by_login_id(stored, "colleague")
    operators.close(
        stored, chief, colleague, justification=Justification("left"), now=now
    )

    with pytest.raises(LastAdministratorError):
        operators.require_administrator_left(stored, chief)


def test_an_id_is_given_once(operator_of):
    chief = operator_of(Role.ADMINISTRATOR)
    fields = {"login_id": "operator", "name": "또", "role": "counter"}

    assert chief.submit("/counter/operators", **fields).status_code == 409
    fields |= {"login_id": "other", "customer": "nobody"}
    assert chief.submit("/counter/operators", **fields).status_code == 404


def test_the_command_adds_lists_and_helps(config, app, stored):
    run = CliRunner().invoke
    where = ["--database", str(config.database_url)]

    added = run(
        main,
        [
            *("operators", "add", "newone", "--name", "최신입"),
            *("--role", "auditor", "--customer", "demo", *where),
        ],
    )
    assert added.exit_code == 0, added.output
    operator = stored.scalar(select(Operator).where(Operator.login_id == "newone"))
    assert operator.must_change_password
    assert operator.customer_id is not None
    again = run(main, ["operators", "add", "newone", "--name", "최신입", *where])
    assert again.exit_code == 2
    listed = run(main, ["operators", "list", *where])
    assert "newone" in listed.output
    helped = run(main, ["operators", "set-password", "newone", *where])
    assert helped.exit_code == 0
    assert run(main, ["operators", "set-password", "nobody", *where]).exit_code == 2


def test_the_demo_has_an_operator_and_an_older_demo_gets_one(config, app, stored):
    demo = stored.scalar(select(Operator).where(Operator.login_id == "operator"))

    assert demo.role == Role.ADMINISTRATOR
    assert demo.password_hash != HASHED


@pytest.mark.parametrize("next_", ["//evil.example", "/certificates", "/counterx"])
def test_signing_in_leads_to_the_counter_only(operator_of, visitor, stored, next_):
    login_id = stored.get(Operator, operator_of().operator).login_id
    visitor.open("/counter/sign-in")

    answer = visitor.submit(
        "/counter/sign-in", login_id=login_id, password=WORD, next=next_
    )

    assert answer.headers["Location"] == "/counter"


def test_a_password_changed_meanwhile_is_not_changed_over_it(operator_of, stored, now):
    operator = stored.get(Operator, operator_of().operator)
    operator.password_hash = "another"
    stored.commit()

    with pytest.raises(SignInRefusedError):
        sign_in.choose_password(stored, operator, was=HASHED, new="new", now=now)

    stored.refresh(operator)
    assert operator.password_hash == "another"


@pytest.mark.parametrize("where", ["/sign-out", "/counter/sign-out"])
@pytest.mark.parametrize("who", ["operator_of", "customer"])
def test_signing_out_ends_every_session_wherever_it_is_done(
    request, operator_of, stored, where, who
):
    fixture = request.getfixturevalue(who)
    visitor = fixture() if who == "operator_of" else fixture
    model, id_ = (
        (Operator, visitor.operator)
        if who == "operator_of"
        else (Customer, stored.scalar(select(Customer.id)))
    )
    key = stored.get(model, id_).session_key

    answer = visitor.submit(where)

    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"cache"'  # what "Back" would show
    stored.expire_all()
    assert stored.get(model, id_).session_key != key


def test_attempts_are_counted_by_the_name_that_is_looked_up(config):
    app = create_app(replace(config, rate_limits=True))
    visitor = Browser(app.test_client())
    visitor.open("/counter/sign-in")
    names = [f"oper{chr(0x200B) * count}ator" for count in range(10)]

    for name in names:
        answer = visitor.submit("/counter/sign-in", login_id=name, password="x")
        assert answer.status_code == 401

    path = "/counter/sign-in"
    assert visitor.submit(path, login_id=" Operator").status_code == 429
    assert visitor.submit(path, login_id="else").status_code == 401
    # What the address says is no name at all.
    assert visitor.submit(f"{path}?login_id=operator").status_code == 401


def test_an_administrator_says_which_customer_an_operator_is(operator_of, stored):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of(Role.COUNTER)
    path = f"/counter/operators/{other.operator}/customer"

    assert chief.submit(path, customer="nobody").status_code == 404
    assert chief.submit(path, customer="demo").status_code == 303
    assert chief.submit(path, customer="demo").status_code == 409
    assert stored.get(Operator, other.operator).customer_id is not None
    assert chief.submit(path, customer="").status_code == 303
    newest = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    assert stored.scalar(newest).event == "operator.linked"
    assert other.submit(path, customer="demo").status_code == 403


def test_nobody_unlinks_themselves(operator_of, stored):
    chief = operator_of(Role.ADMINISTRATOR)
    path = f"/counter/operators/{chief.operator}/customer"

    assert chief.submit(path, customer="").status_code == 403
    assert chief.submit(path, customer="demo").status_code == 303
    assert chief.submit(path, customer="").status_code == 403
