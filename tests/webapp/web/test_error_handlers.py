"""Every refusal has words and a way on; a fault of ours says nothing of its cause."""

import pytest
from sqlalchemy import text

from tests.support.error_messages import ERROR_MESSAGES
from tests.webapp.browser_client import PAGE, Browser
from webapp import app as application
from webapp.exceptions import AppError
from webapp.pki.errors import PkiError
from webapp.web.error_handlers import (
    STATUS_CODES,
    error_messages,
    register_error_messages,
)

assert application.PACKAGES  # every domain is imported, and its refusals are known
FAMILIES = (PkiError, AppError)
# Only who starts or keeps the centre can meet these: key files and the terminal.
OPERATORS = {
    "authority_key_mismatch",
    "authority_name",
    "key_file",
    "not_ours",
    "unknown_customer",
    "wrong_passphrase",
}
SCRIPT = {"Accept": "application/json"}


def every(kind):
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def refusals():
    """Every class that is raised; the others only sort them."""
    return [
        kind
        for family in FAMILIES
        for kind in every(family)
        if kind.__module__.startswith("webapp.")
        and kind is not family
        # What only sorts others is never raised and has no words.
        and not (kind.__subclasses__() and kind.code not in ERROR_MESSAGES)
    ]


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_words_or_is_the_operators(kind):
    assert (kind.code in ERROR_MESSAGES) != (kind.code in OPERATORS)
    assert kind.__doc__.strip().endswith(".")


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_code_of_its_own(kind):
    assert [other for other in refusals() if other.code == kind.code] == [kind]


def test_no_words_are_kept_for_what_nobody_raises():
    raised = {kind.code for kind in refusals()} | set(STATUS_CODES.values())
    said_by_routes = {
        "busy",
        "cannot_issue",
        "csrf_refused",
        "fault",
        "old_password",
        "sign_in_needed",
    }

    assert set(ERROR_MESSAGES) == (raised - OPERATORS) | said_by_routes


def test_the_application_knows_the_words_of_all_packages(app):
    with app.app_context():
        assert error_messages() == ERROR_MESSAGES


def test_no_two_packages_have_words_for_one_code(app):
    with pytest.raises(ValueError, match="two messages for fault"):
        register_error_messages(app, {"fault": ERROR_MESSAGES["busy"]})


@pytest.mark.parametrize("code", sorted(ERROR_MESSAGES))
def test_an_answer_says_what_happened_and_what_to_do_next(app, code):
    error = ERROR_MESSAGES[code]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        english = (str(error.message), str(error.hint))
    with app.test_request_context(headers={"Accept-Language": "ko"}):
        korean = (str(error.message), str(error.hint))

    assert 400 <= error.status <= 503
    for words, translated in zip(english, korean, strict=True):
        assert words.endswith(".")
        assert words != translated


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nowhere", 404, "unknown_page"),
        ("get", "/static/nowhere.js", 404, "unknown_page"),
        ("delete", "/wallet", 405, "wrong_method"),
        ("get", "/certificates", 405, "wrong_method"),
    ],
)
def test_people_get_a_page_and_scripts_get_json(app, method, path, status, code):
    client = app.test_client()
    page = getattr(client, method)(path, headers=PAGE)
    script = getattr(client, method)(path, headers=SCRIPT)
    plain = getattr(client, method)(path)

    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert code in page.text
    for answer in (script, plain):
        assert answer.status_code == status
        assert set(answer.json) == {"code", "sentence", "next"}
        assert answer.json["code"] == code


@pytest.fixture
def broken(app, customer, stored):
    """A customer of a centre whose database lost a table."""
    stored.execute(text("ALTER TABLE customer RENAME TO customer_away"))
    stored.commit()
    return customer


@pytest.mark.parametrize("path", ["/", "/certificates/x", "/nowhere"])
def test_a_fault_says_neither_cause_nor_place(broken, path, capfd):
    page = broken.client.get(path, headers=PAGE)
    script = broken.client.get(path, headers=SCRIPT)

    output = page.text + script.text + "".join(capfd.readouterr())
    assert page.status_code in (404, 500)
    for secret in ("SELECT", "sqlite", "Traceback", "session_key"):
        assert secret not in output


def test_a_fault_is_a_page_with_a_code_to_quote(broken):
    page = broken.client.get("/", headers=PAGE)
    script = broken.client.get("/", headers=SCRIPT)

    assert page.status_code == 500
    assert "<code>fault</code>" in page.text
    assert (script.status_code, script.json["code"]) == (500, "fault")


def test_a_fault_is_logged_by_kind_and_place(broken, capfd):
    broken.client.get("/", headers=PAGE)

    logged = capfd.readouterr().out
    assert "fault" in logged
    assert "OperationalError" in logged
    assert ".py:" in logged


def test_after_a_fault_the_next_request_is_served(broken, app, stored):
    assert broken.client.get("/", headers=PAGE).status_code == 500
    stored.execute(text("ALTER TABLE customer_away RENAME TO customer"))
    stored.commit()

    assert broken.open("/").status_code == 200
    assert Browser(app.test_client()).open("/").status_code == 200
