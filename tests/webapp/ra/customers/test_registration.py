"""Customers are registered whole, alone or by the sheet, or not at all."""

import io
import unicodedata
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.webapp.ra.conftest import make_customer
from tests.webapp.ra.customers.test_csv_import import confirm_import, wait_for_imports
from webapp.accounts.models import Customer, Role
from webapp.audit.models import AuditEntry
from webapp.ra.customers import csv_rows
from webapp.ra.customers.forms import CustomerForm, RequiredFields

TODAY = date(2026, 11, 22)
GOOD = {
    "kind": "corporate",
    "name": "바른상사",
    "latin_name": "Barun Trading",
    "birth_date": "19800415",
    "phone": "010-1234-5678",
    "email": "office@example.com",
    "login_id": "Barun",
}
TEMPLATE = csv_rows.template(RequiredFields())
HEADER = "login_id,name,latin_name,birth_date,kind,phone,email\r\n"


def read(typed, **required):
    """Return a form that judged what was typed."""
    form = CustomerForm(typed, RequiredFields(**required), today=TODAY)
    form.validate()
    return form


def test_one_page_shows_password_and_card_once(operator_of, stored):
    browser = operator_of()

    page = browser.submit("/counter/customers/new", **GOOD)

    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    password = page.text.split('id="first-password">')[1].split("<")[0]
    customer = stored.scalar(select(Customer).where(Customer.login_id == "barun"))
    assert customer.phone == "+821012345678"
    assert customer.must_change_password
    assert page.text.count("printed-card-code") == 35
    assert password not in browser.open(f"/counter/customers/{customer.id}").text
    assert password not in str(page.headers)
    browser.open("/counter/customers/new")
    assert browser.submit("/counter/customers/new", **GOOD).status_code == 422


def test_all_mistakes_are_said_at_once_beside_their_fields(operator_of):
    page = operator_of().submit("/counter/customers/new", phone="1", email="x")

    assert page.status_code == 422
    for field in ("name", "latin_name", "birth_date", "phone", "email", "login_id"):
        assert f'id="{field}-wrong"' in page.text


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("name", "", "missing"),
        ("name", "김(하나)", "name_unfit"),
        ("name", "\u202e\u200b", "missing"),
        ("name", "가" * 16, "name_too_long"),
        ("latin_name", "김하나", "latin_name_unfit"),
        ("birth_date", "20010229", "date_unreadable"),
        ("birth_date", "03/04/2001", "date_unreadable"),
        ("birth_date", "20261123", "date_impossible"),
        ("birth_date", "18991231", "date_impossible"),
        ("phone", "010-12", "phone_unreadable"),
        ("email", "hana@", "email_unreadable"),
        ("name", "홍\ue000", "name_unfit"),
        ("login_id", "가나다", "login_id_unfit"),
        ("login_id", "ab", "login_id_unfit"),
        ("kind", "robot", "kind_unknown"),
    ],
)
def test_each_mistake_has_its_word(field, typed, code):
    form = read(GOOD | {field: typed})

    assert form.errors == {field: [code]}


def test_today_and_a_leap_day_are_birth_dates():
    for born in ("20261122", "20240229", "2000-02-29"):
        assert not read(GOOD | {"birth_date": born}).errors


def test_what_the_centre_asks_for_is_asked():
    form = read(GOOD | {"phone": ""}, phone=True, account=True)

    assert set(form.errors) == {"phone", "account_number", "account_pin"}


@pytest.mark.parametrize(
    ("kind", "field", "typed", "stored"),
    [
        ("personal", "birth_date", "1980. 4. 15.", date(1980, 4, 15)),
        ("personal", "phone", "\u202d+82 (0)10\u20111234\u20115678", "+821012345678"),
        (
            "personal",
            "name",
            "\u1100\u1175\u11b7\u1112\u1161\u1102\u1161\u200b",
            "김하나",
        ),
        ("personal", "latin_name", "O\u2019Brien\u2010Kim Hana", "O'BRIEN-KIM HANA"),
        ("personal", "latin_name", "ＫＩＭ　ＨＡＮＡ", "KIM HANA"),
        ("personal", "login_id", " Hana.2001 ", "hana.2001"),
        ("personal", "email", "\u200boffice@example.com\u00a0", "office@example.com"),
        ("personal", "email", "mailto:office@example.com", "office@example.com"),
        ("personal", "email", "<office@example.com>", "office@example.com"),
        ("personal", "name", "(주)바른상사", "(주)바른상사"),
        ("사업자", "latin_name", "3M & AT&T Korea Ltd.", "3M & AT&T KOREA LTD."),
        ("Corporate ", "name", "케이티&지 21", "케이티&지 21"),
    ],
)
def test_every_spelling_of_one_meaning_is_taken(kind, field, typed, stored):
    form = read(GOOD | {"kind": kind, field: typed})

    assert not form.errors
    assert form.customer_data().columns[field] == stored


def test_a_latin_name_with_accents_is_offered_as_passports_write_it(operator_of):
    typed = GOOD | {"kind": "personal", "latin_name": "Müller-Lødø José"}

    form = read(typed)
    page = operator_of().submit("/counter/customers/new", **typed)

    assert form.errors == {"latin_name": ["latin_name_accents"]}
    assert form.latin_name.suggestion == "MUELLER-LOEDOE JOSE"
    assert 'value="MUELLER-LOEDOE JOSE"' in page.text


@pytest.mark.parametrize("typed", ["김하나", "Ελένη", "Müller 3", "Ĳ" * 30])
def test_a_latin_name_that_no_passport_spells_so_is_refused(typed):
    form = read(GOOD | {"kind": "personal", "latin_name": typed})

    assert form.errors == {"latin_name": ["latin_name_unfit"]}
    assert not form.latin_name.suggestion


def send(browser, content, path="/counter/import"):
    browser.open("/counter/import")
    data = {
        "csrf_token": browser.token,
        "sheet": (io.BytesIO(content), "customers.csv"),
    }
    return browser.client.post(path, data=data, headers={"Accept": "text/html"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_sheet_registers_everybody_after_a_look(operator_of, stored, encoding):
    browser, text = operator_of(), TEMPLATE

    look = send(browser, text.encode(encoding))
    assert look.status_code == 200
    assert count(stored) == 1
    done = confirm_import(browser, look.text, text)

    assert done.status_code == 303, done.text
    wait_for_imports()
    assert count(stored) == 3
    customers = stored.scalars(
        select(Customer).where(Customer.login_id != "demo")
    ).all()
    assert all(customer.must_change_password for customer in customers)
    assert {customer.login_id for customer in customers} == {"hana2001", "barun"}
    registered = select(AuditEntry.actor).where(
        AuditEntry.event == "customer.registered",
        AuditEntry.actor.startswith("operator:"),
    )
    assert len(stored.scalars(registered).all()) == 2


def test_every_bad_line_is_named_and_nobody_is_registered(operator_of, stored, now):
    make_customer(stored, now, login_id="taken")
    rows = (
        "good1,김하나,KIM HANA,20010203,,010-1234-5678,\r\n"  # 2
        "good1,김둘,KIM DUL,20010203,,,\r\n"  # 3
        "taken,김셋,KIM SET,20010203,,,\r\n"  # 4
        "good4,김넷,KIM NET,20010231,,phone,mail\r\n"  # 5
        "\r\n"  # 6
        "good5,김다섯,KIM,20010203,robot,,,,more,\r\n"  # 7
    )
    before = count(stored)

    page = send(operator_of(), (HEADER + rows).encode())

    assert page.status_code == 422
    mistakes = csv_rows.read_sheet(HEADER + rows, RequiredFields(), TODAY).mistakes
    assert [(mistake.line, mistake.code) for mistake in mistakes] == [
        (3, "login_id_twice"),
        (5, "date_unreadable"),
        (5, "phone_unreadable"),
        (5, "email_unreadable"),
        (7, "too_many_cells"),
    ]
    for line in (3, 4, 5, 7):
        assert f'<td class="number">{line}</td>' in page.text
    assert count(stored) == before


def test_a_confirmed_sheet_is_looked_at_again(operator_of, stored, now):
    browser = operator_of()
    make_customer(stored, now, login_id="barun")

    page = browser.submit("/counter/import/confirm", text=TEMPLATE)

    assert page.status_code == 422
    assert count(stored) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet_empty"),
        (HEADER.encode(), "sheet_empty"),
        (b"\xff\xfea", "not_a_sheet"),
        (b"login_id\x00,name", "not_a_sheet"),
        (b'login_id,"name', "not_a_sheet"),
        (b"login_id,colour\r\nx,y\r\n", "column_unknown"),
        (b"login_id,login_id\r\nx,y\r\n", "column_twice"),
        (b"login_id\r\nx\r\n", "column_missing"),
        ((HEADER + "a,b,c,d\r\n" * 501).encode(), "too_many_rows"),
        (b"a" * (csv_rows.MAX_BYTES + 1), "sheet_too_large"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(operator_of, content, code):
    page = send(operator_of(), content)

    assert page.status_code == 422
    text = csv_rows.decode(content)
    if text is not None and len(content) <= csv_rows.MAX_BYTES:
        mistakes = csv_rows.read_sheet(text, RequiredFields(), TODAY).mistakes
        assert code in {mistake.code for mistake in mistakes}


def test_a_file_far_too_large_is_not_read(operator_of):
    assert send(operator_of(), b"a" * 2_000_000).status_code == 413


def test_korean_headers_are_understood():
    text = "아이디,이름,영문이름,생년월일,구분\nhana1,김하나,KIM HANA,20010203,사업자\n"

    sheet = csv_rows.read_sheet(text, RequiredFields(), TODAY)

    assert not sheet.mistakes
    assert sheet.entries[0][1].columns["kind"] == "corporate"


ROW = ["Hana1", "김하나", "KIM HANA", "2001. 2. 3.", "", "010-1234-5678", "a@b.example"]
NAMES = HEADER.strip().split(",")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize("hint", [False, True])
def test_a_sheet_is_read_however_a_table_saves_it(delimiter, encoding, hint):
    lines = [f"sep={delimiter}"] * hint + [delimiter.join(NAMES), delimiter.join(ROW)]
    content = "\r\n".join(lines).encode(encoding)

    sheet = csv_rows.read_sheet(csv_rows.decode(content), RequiredFields(), TODAY)

    assert not sheet.mistakes
    assert [entry.login_id for _, entry in sheet.entries] == ["hana1"]
    assert sheet.entries[0][1].columns["birth_date"] == date(2001, 2, 3)


def test_headers_are_understood_decomposed_wide_and_with_blanks():
    names = [
        "Login ID",
        "이\u00a0름",
        "영문 성명",
        "생년월일",
        "\ufeff구분",
        "휴대폰 번호",
        "E-MAIL",
    ]
    header = unicodedata.normalize("NFD", ",".join(names))

    sheet = csv_rows.read_sheet(f"{header}\n{','.join(ROW)}\n", RequiredFields(), TODAY)

    assert not sheet.mistakes


def test_headers_of_everyday_and_cells_taken_as_text_are_understood():
    names = "ID,이름(필수),영문명,생일(YYYYMMDD),연락처"
    row = 'hana1,김하나,KIM HANA,\'20010203,="01012345678"'

    for text in (f"{names}\n{row}", f"\r\n\r\n{names}\r\n{row}"):
        sheet = csv_rows.read_sheet(text, RequiredFields(), TODAY)

        assert not sheet.mistakes
        assert sheet.entries[0][1].columns["birth_date"] == date(2001, 2, 3)
        assert sheet.entries[0][1].columns["phone"] == "+821012345678"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_sheet_without_its_mark_is_read(encoding):
    content = (HEADER + ",".join(ROW)).encode(encoding)

    assert not csv_rows.read_sheet(
        csv_rows.decode(content), RequiredFields(), TODAY
    ).mistakes


@pytest.mark.parametrize("content", [b"\r\n", b"\n\n", b" \n\t\n", b"sep=;\n"])
def test_a_sheet_of_nothing_is_called_empty(operator_of, content):
    page = send(operator_of(), content)

    assert page.status_code == 422
    sheet = csv_rows.read_sheet(csv_rows.decode(content), RequiredFields(), TODAY)
    assert [at.code for at in sheet.mistakes] == ["sheet_empty"]


def test_a_column_without_a_name_may_be_empty_and_nothing_else():
    names, row = ",".join([*NAMES, "", ""]), ",".join(ROW)

    empty = csv_rows.read_sheet(f"{names}\n{row},,\n", RequiredFields(), TODAY)
    filled = csv_rows.read_sheet(f"{names}\n{row},,note\n", RequiredFields(), TODAY)
    longer = csv_rows.read_sheet(
        f"{','.join(NAMES)}\n{row},,,\n", RequiredFields(), TODAY
    )

    assert not empty.mistakes
    assert not longer.mistakes
    assert [(at.line, at.code) for at in filled.mistakes] == [(2, "column_unnamed")]


def test_a_sheet_says_how_a_passport_writes_a_name():
    row = [*ROW[:2], "Müller", *ROW[3:]]

    sheet = csv_rows.read_sheet(f"{HEADER}{','.join(row)}", RequiredFields(), TODAY)

    assert [(at.code, at.text) for at in sheet.mistakes] == [
        ("latin_name_accents", "MUELLER")
    ]


def test_an_auditor_registers_nobody(operator_of, stored):
    browser = operator_of(Role.AUDITOR)

    assert browser.submit("/counter/customers/new", **GOOD).status_code == 403
    assert send(browser, TEMPLATE.encode()).status_code == 403
    answer = browser.submit("/counter/import/confirm", text=TEMPLATE)
    assert answer.status_code == 403
    assert count(stored) == 1


def count(stored):
    stored.rollback()
    return stored.scalar(select(func.count(Customer.id)))


def test_a_template_registers_its_own_customers_with_all_that_is_asked():
    required = RequiredFields(phone=True, account=True)

    sheet = csv_rows.read_sheet(csv_rows.template(required), required, TODAY)

    assert not sheet.mistakes
    assert {entry.login_id for _, entry in sheet.entries} == {"hana2001", "barun"}
    assert all(entry.columns["account_number"] for _, entry in sheet.entries)
    assert "account_pin" not in sheet.entries[0][1].columns


def test_every_field_is_on_page_template_and_record(operator_of, stored, now):
    browser, customer = operator_of(), make_customer(stored, now)

    page = browser.open("/counter/customers/new").text
    help_page = browser.open("/counter/import").text
    record = browser.open(f"/counter/customers/{customer.id}").text

    for field in CustomerForm(required=RequiredFields()):
        assert f'name="{field.name}"' in page
        assert f"{field.name}<br>{field.headers[0]}" in help_page
        assert field.name in csv_rows.template(RequiredFields()).splitlines()[0]
        value = getattr(customer, field.name, None)
        if field.in_record and value is not None:
            assert field.display(value) in record
