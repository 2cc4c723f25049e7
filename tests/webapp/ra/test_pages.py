"""Every page of the counter opens, for whoever may, in both languages."""

import pytest
from sqlalchemy import select

from tests.webapp.ra.conftest import make_customer
from webapp.accounts.models import Role
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application

PAGES = (
    "/counter",
    "/counter?span=day",
    "/counter?span=week",
    "/counter/customers",
    "/counter/customers?q=이",
    "/counter/customers?q=010-1234-5678",
    "/counter/customers?q=nobody",
    "/counter/customers/{customer}",
    "/counter/customers/{customer}/applications/{application}",
    "/counter/certificates",
    "/counter/certificates?status=expired&from=2020-01-01&to=2026-12-31",
    "/counter/certificates?status=valid&type=personal-general&q=이하나",
    "/counter/certificates/{certificate}",
    "/counter/approvals",
    "/counter/charges",
    "/counter/password",
)
SERVING = ("/counter/customers/new", "/counter/import", "/counter/import/template.csv")


def ids(stored, customer):
    application = stored.scalar(
        select(Application.id).where(
            Application.customer_id == customer.id,
            Application.approval_asked_at.is_not(None),
        )
    )
    certificate = stored.scalar(
        select(Certificate.id).where(Certificate.customer_id == customer.id)
    )
    return {
        "customer": customer.id,
        "application": application,
        "certificate": certificate,
    }


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_for_whoever_looks(
    operator_of, stored, someone, role, language
):
    browser, targets = operator_of(role), ids(stored, someone)
    browser.submit(f"/language/{language}")

    for path in PAGES:
        page = browser.open(path.format(**targets))

        assert page.status_code == 200, path
        assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("path", SERVING)
def test_who_serves_can_register_and_an_auditor_cannot(operator_of, path):
    assert operator_of(Role.COUNTER).open(path).status_code == 200
    assert operator_of(Role.AUDITOR).open(path).status_code == 403


def test_the_log_is_for_auditors_and_administrators(operator_of, someone):
    assert operator_of(Role.AUDITOR).open("/counter/log").status_code == 200
    page = operator_of(Role.ADMINISTRATOR).open("/counter/log?what=operator.signed_in")
    assert page.status_code == 200
    assert operator_of(Role.COUNTER).open("/counter/log").status_code == 403


def test_operators_are_for_administrators(operator_of):
    assert operator_of(Role.ADMINISTRATOR).open("/counter/operators").status_code == 200
    assert operator_of(Role.AUDITOR).open("/counter/operators").status_code == 403
    assert operator_of(Role.COUNTER).open("/counter/operators").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/counter/customers/999999",
        "/counter/customers/99999999999999999999",
        "/counter/customers/-1",
        "/counter/certificates/nothing",
        "/counter/certificates/%00",
        "/counter/certificates/" + "a" * 300,
        "/counter/customers/{customer}/applications/nothing",
    ],
)
def test_what_is_not_there_is_404(operator_of, someone, path):
    page = operator_of().open(path.format(customer=someone.id))

    assert page.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01&to=9999-12-31",
        "from=2026-02-30",
        "status=none&type=none",
        "older=2026-01-01~x",
        "older=2026-01-01T00:00:00%2B00:00~x",
        "newer=2026-01-01T00:00:00%2B00:00~x&status=expired",
        "older=~&newer=%00",
        "older=0001-01-01T00:00:00%2B14:00~x",
        "newer=9999-12-31T23:59:59-14:00~x",
        "q=%00%E2%80%AE&span=no",
        "q=" + "a" * 5000,
        "q=%25_%27%22",
    ],
)
def test_no_search_breaks_the_list(operator_of, someone, query):
    browser = operator_of()

    assert browser.open(f"/counter/certificates?{query}").status_code == 200
    assert browser.open(f"/counter/customers?{query}").status_code == 200


def test_a_name_is_never_read_as_a_page(operator_of, stored, someone, now):
    name = "<script>alert(1)</script>"[:40]
    wicked = make_customer(stored, now, login_id="wicked", name=name)

    for path in ("/counter/customers", f"/counter/customers/{wicked.id}"):
        page = operator_of().open(path)

        assert "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text


def test_no_referrer_breaks_a_refusal(operator_of, someone):
    browser = operator_of()
    headers = {"Accept": "text/html", "Referer": "http://[bad"}

    page = browser.client.get("/counter/customers/999999", headers=headers)

    assert page.status_code == 404
    assert 'href="/counter"' in page.text


def test_a_serial_number_is_found_as_any_program_writes_it(
    operator_of, stored, someone
):
    id_, serial = stored.execute(
        select(Certificate.id, Certificate.serial).where(
            Certificate.customer_id == someone.id
        )
    ).first()
    even = serial.zfill(len(serial) + len(serial) % 2).upper()
    colons = ":".join(even[at : at + 2] for at in range(0, len(even), 2))
    browser = operator_of()

    last = serial[-8:].upper()
    short = (f"{last[:4]}-{last[4:]}", last, last.lower(), f"{last[:4]} {last[4:]}")
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in short[0])
    whole = (colons, f"0x{serial}", str(int(serial, 16)))
    for typed in (
        *(*whole, colons[:17], f" {serial[:9]}\u200b"),
        *(*short, wide, f"번호 {short[0]}", f"Number {short[0]}", f"…{last.lower()}"),
        *(last[:4], f"{last[:2]}:{last[2:4]}:{last[4:6]}:{last[6:]}"),
    ):
        people = browser.client.get("/counter/customers", query_string={"q": typed})
        listed = browser.client.get("/counter/certificates", query_string={"q": typed})

        assert f"/counter/customers/{someone.id}" in people.text, typed
        assert f"/counter/certificates/{id_}" in listed.text, typed
        assert short[0] in listed.text


def test_a_customer_is_found_by_a_number_pasted_from_contacts(
    operator_of, stored, someone
):
    someone.phone = "+821012345678"
    stored.commit()
    typed = "\u202d+82 (0)10\u20111234\u20115678\u202c"

    page = operator_of().client.get("/counter/customers", query_string={"q": typed})

    assert f"/counter/customers/{someone.id}" in page.text


@pytest.mark.parametrize("path", ["", "/customers", "/import", "/approvals"])
def test_the_logo_and_the_foot_stay_at_the_counter(operator_of, path):
    page = operator_of(Role.ADMINISTRATOR).open(f"/counter{path}").text

    assert '<a class="brand" href="/counter">' in page
    foot = page.split('<footer class="foot">')[1]
    assert "/counter/password" in foot
    assert "/wallet" not in foot
    assert 'href="/revoke"' not in foot


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("/counter", "/counter"),
        ("/counter/import", "/counter/customers"),
        ("/counter/customers/new", "/counter/customers"),
        ("/counter/operators", "/counter/operators"),
    ],
)
def test_one_tab_says_where_one_is(operator_of, path, tab):
    page = operator_of(Role.ADMINISTRATOR).open(path).text

    tabs = page.split('<nav class="tabs"')[1].split("</nav>")[0]
    assert tabs.count('aria-current="page"') == 1
    assert f'href="{tab}" aria-current="page"' in tabs


def test_the_rule_of_an_id_is_said_in_the_same_words_everywhere(operator_of):
    chief = operator_of(Role.ADMINISTRATOR)
    chief.submit("/language/en")

    for path in ("operators", "import", "customers/new"):
        page = chief.open(f"/counter/{path}").text
        assert "3 to 64 small letters, digits, dots" in page, path
