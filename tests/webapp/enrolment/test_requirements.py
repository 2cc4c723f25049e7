"""The first page of whoever is signed in: what they have, and what is open now."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mobile_bridge.pki.short_number import short_number
from tests.makers import make_request
from tests.webapp.browser_client import STEPS, Browser
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.ca.certificate_types import DEFAULT_PATH
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.enrolment.models import Application, CloseReason
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


@pytest.fixture
def issued(customer):
    """Return a function that has one issued and kept."""

    def issue():
        answer = customer.order(
            customer.walk(), make_request(key=new_key(KeyKind.P_256)), key=new_name()
        )
        where = answer.headers["Location"]
        customer.send_json(f"{where}/delivered", {"place": "browser"})
        return where.rsplit("/", 1)[-1]

    names = iter(range(100))

    def new_name():
        return f"key-{next(names):016d}"

    return issue


def change(stored, id_, **values):
    stored.execute(update(Certificate).where(Certificate.id == id_).values(**values))
    stored.commit()


def serial_of(stored, id_):
    return stored.scalar(select(Certificate.serial).where(Certificate.id == id_))


def doors_on(page, id_):
    names = ("renew", "suspend", "resume", "send")
    return {name for name in names if f'/certificates/{id_}/{name}"' in page.text}


def test_two_of_one_type_are_told_apart_by_their_numbers(customer, issued, stored):
    certificate_ids = [issued(), issued()]

    page = customer.open("/")

    for certificate_id in certificate_ids:
        assert short_number(serial_of(stored, certificate_id)) in page.text


def test_a_usable_one_can_be_sent_and_suspended_and_not_yet_renewed(customer, issued):
    one = issued()

    assert doors_on(customer.open("/"), one) == {"send", "suspend"}


def test_in_its_last_month_one_can_be_renewed(customer, issued, stored):
    one = issued()
    change(stored, one, not_after=utc_now() + timedelta(days=20))

    assert "renew" in doors_on(customer.open("/"), one)


def test_a_suspended_one_can_be_resumed_by_who_suspended_it(customer, issued, stored):
    one = issued()
    held = {"state": StoredState.SUSPENDED, "suspended_at": utc_now()}
    change(stored, one, suspended_by=Initiator.HOLDER, **held)
    by_holder = doors_on(customer.open("/"), one)
    change(stored, one, suspended_by=Initiator.COUNTER, **held)

    assert by_holder == {"resume"}
    assert doors_on(customer.open("/"), one) == set()


@pytest.mark.parametrize(
    "over",
    [
        {"state": StoredState.REVOKED, "revoked_by": Initiator.HOLDER},
        {"not_after": utc_now() - timedelta(days=1)},
    ],
)
def test_of_one_that_is_over_nothing_is_offered(customer, issued, stored, over):
    one = issued()
    change(stored, one, **over)
    for path in ("/", f"/certificates/{one}"):
        page = customer.open(path)

        assert page.status_code == 200
        assert doors_on(page, one) == set()


def test_a_certificate_says_where_it_came_from_and_what_followed(
    customer, issued, stored
):
    old, new = issued(), issued()
    change(stored, new, purpose="renew", replaces_id=old, lineage_id=old)

    for path in ("/", f"/certificates/{old}", f"/certificates/{new}"):
        page = customer.open(path).text
        assert short_number(serial_of(stored, old)) in page
        assert short_number(serial_of(stored, new)) in page


def test_the_page_of_a_certificate_shows_its_fingerprint(customer, issued):
    one = issued()
    der = customer.client.get(f"/certificates/{one}.cer").data

    page = customer.open(f"/certificates/{one}").text

    assert hashlib.sha256(der).digest().hex(":").upper() in page


def test_an_application_in_progress_is_said_and_not_silently_gone_on_with(customer):
    application = customer.walk()

    page = customer.open("/").text

    assert f'href="/applications/{application}"' in page
    assert f'action="/applications/{application}/begin-again"' in page
    assert 'action="/applications"' not in page


def test_one_that_has_run_out_is_not_in_the_way(customer, stored):
    customer.walk()
    stored.execute(
        update(Application).values(expires_at=utc_now() - timedelta(seconds=1))
    )
    stored.commit()

    page = customer.open("/").text

    assert "begin-again" not in page
    assert 'action="/applications"' in page


def test_one_that_is_issued_and_not_kept_is_said_however_late(customer, stored):
    application = customer.walk()
    customer.order(application, make_request(key=new_key(KeyKind.P_256)))
    stored.execute(update(Application).values(expires_at=utc_now() - timedelta(days=1)))
    stored.commit()

    assert f'href="/applications/{application}"' in customer.open("/").text


def test_starting_over_a_renewal_leads_back_to_its_door(customer, issued, stored):
    one = issued()
    application = customer.begin()
    stored.execute(
        update(Application)
        .where(Application.id == application)
        .values(purpose="renew", replaces_id=one, type_id="personal-sign")
    )
    stored.commit()

    answer = customer.submit(f"/applications/{application}/begin-again")

    assert answer.headers["Location"] == f"/certificates/{one}/renew"


def test_a_declined_application_says_why(customer, stored):
    application = customer.begin()
    stored.execute(
        update(Application).values(
            closed_at=utc_now(),
            closed_because=CloseReason.DECLINED,
            declined_because="등기와 달라요",
            type_id="corporate-bank",
        )
    )
    stored.commit()

    assert f"/applications/{application}/approval" in customer.open("/").text
    assert (
        "등기와 달라요" in customer.open(f"/applications/{application}/approval").text
    )


def test_nothing_on_offer_is_said_and_not_an_empty_form(customer, stored):
    stored.execute(update(Customer).values(kind="corporate"))
    stored.commit()
    application = customer.begin()
    for step in ("terms", "you"):
        customer.submit(f"/applications/{application}/{step}", **dict(STEPS)[step])

    page = customer.open(f"/applications/{application}/type")

    assert "corporate-bank" in page.text
    assert "personal-bank" not in page.text


def test_a_centre_that_issues_nothing_for_somebody_says_so(
    config, password, stored, tmp_path
):
    packaged = DEFAULT_PATH.read_text("utf-8")
    only = packaged.replace('for = "personal"', 'for = "corporate"')
    (tmp_path / "types.toml").write_text(only, "utf-8")
    # A demo adds a type of its own for everybody; this is a centre that is none.
    app = create_app(replace(config, types=tmp_path / "types.toml", demo=False))
    customer = Browser(app.test_client())
    customer.sign_in("demo", password)
    application = customer.begin()
    for step, fields in STEPS[:2]:
        customer.submit(f"/applications/{application}/{step}", **fields)

    page = customer.open(f"/applications/{application}/type")

    assert page.status_code == 200
    assert 'type="radio"' not in page.text
    assert 'class="sheet empty"' in page.text


def test_the_first_page_says_cost_time_and_what_to_have_at_hand(config):
    asking = replace(config, require_phone_check=True, require_security_card=True)
    page = Browser(create_app(asking).test_client()).open("/").text

    for words in (
        "개인 범용",
        "4,400원",
        "약 4분",
        "휴대폰",
        "보안카드",
        "이 휴대폰에 받기",
        "컴퓨터에서 가져오기",
    ):
        assert words in page, words
    assert page.index("/sign-in") < page.index("/move") < page.index('"/revoke"')


def test_whoever_has_none_reads_what_this_centre_asks_of_them(config, stored, password):
    stored.execute(update(Customer).values(phone="+821012345678"))
    stored.commit()
    asking = replace(config, require_phone_check=True)
    visitor = Browser(create_app(asking).test_client())
    visitor.sign_in("demo", password)

    page = visitor.open("/").text

    assert "약 3분" in page
    assert "5678" in page
    takes = page.split("받기 전에 알아 두세요")[1].split("</section>")[0]
    assert "1234" not in takes
    assert "보안카드" not in takes
    assert "개인 범용" in takes
    assert "사업자 범용" not in takes
