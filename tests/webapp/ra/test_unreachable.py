"""Addresses that no letter reaches are refused, and told where they stand already."""

import pytest
from sqlalchemy import select

from tests.webapp.browser_client import Browser
from tests.webapp.ra.conftest import WHY, WORD, make_customer
from webapp.accounts.models import Customer

BAD = [
    ("하나@example.com", "ko", "로마자로 된 주소"),
    ("hana@example..com", "en", "after the @"),
    (f"{'h' * 65}@example.com", "en", "too long"),
]
SHEET = (
    "login_id,name,latin_name,birth_date,email\r\n"
    "nara1,김나라,KIM NARA,19900101,{email}\r\n"
)


@pytest.fixture
def hana(stored, now):
    return make_customer(stored, now)


@pytest.mark.parametrize(("email", "language", "cause"), BAD)
def test_the_page_refuses_it_with_its_cause(
    operator_of, hana, stored, email, language, cause
):
    browser = operator_of()
    browser.submit(f"/language/{language}")

    path = f"/counter/customers/{hana.id}/contact"
    answer = browser.submit(path, phone="010-1234-5678", email=email, **WHY)

    assert answer.status_code == 422
    assert cause in answer.text


@pytest.mark.parametrize(("email", "language", "cause"), BAD)
def test_a_file_is_refused_by_the_same_rule(operator_of, email, language, cause):
    from io import BytesIO

    browser = operator_of()
    browser.submit(f"/language/{language}")
    browser.open("/counter/import")

    sheet = BytesIO(SHEET.format(email=email).encode())
    answer = browser.submit("/counter/import", sheet=(sheet, "x.csv"))

    assert answer.status_code == 422
    assert cause in answer.text


def test_marks_that_nobody_sees_are_not_stored(operator_of, hana, stored):
    path = f"/counter/customers/{hana.id}/contact"
    browser = operator_of()

    answer = browser.submit(path, phone="", email="na\u200bra@한국.kr", **WHY)

    assert answer.status_code == 303
    stored.expire_all()
    assert stored.get(Customer, hana.id).email == "nara@한국.kr"


@pytest.mark.parametrize("email", ["하나@example.com", "hana@example..com"])
def test_a_bad_address_of_old_shows_on_the_customers_page_and_to_them(
    app, operator_of, hana, stored, email
):
    hana.email = email
    stored.commit()
    browser, her = operator_of(), Browser(app.test_client())
    her.sign_in(hana.login_id, WORD)
    for visitor in (browser, her):
        visitor.submit("/language/en")

    assert "E-mail does not reach this customer." in (
        browser.open(f"/counter/customers/{hana.id}").text
    )
    assert "E-mail does not reach you at" in her.open("/").text


def test_an_address_that_a_server_refused_shows_until_there_is_another(
    operator_of, hana, stored, now
):
    hana.email_refused_at, hana.email_refused_code = now, "550"
    stored.commit()
    browser, path = operator_of(), f"/counter/customers/{hana.id}"
    browser.submit("/language/en")

    page = browser.open(path).text
    assert "refused hana@example.com for good" in page
    assert "550" in page
    browser.submit(
        f"{path}/contact", phone="010-1234-5678", email="new@example.com", **WHY
    )

    assert "E-mail does not reach" not in browser.open(path).text
    assert stored.scalar(select(Customer.email_refused_at).limit(1)) is None
