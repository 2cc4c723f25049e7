"""A request is made, shown, and answered once, by the key that it says."""

import json
import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.support.asking import (
    BANK,
    CENTRE,
    CONTRACT,
    LIFE,
    NETWORK,
    OPENER,
    RECEIPT,
    TWO_DOCUMENTS,
    answer_by,
    make_request,
    seen_request,
    show_request,
    sign_statement,
)
from tests.support.customers import register
from tests.support.revocation import revoke, suspend
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking import errors, service
from webapp.relying.asking.contents import (
    Asker,
    ConsentText,
    Document,
    Documents,
    Fact,
    Facts,
    SignIn,
)
from webapp.relying.asking.openers import Opener
from webapp.relying.asking.rules import State
from webapp.relying.asking.scan_code import number_check
from webapp.relying.documents.errors import (
    SignerExpiredError,
    SignerRevokedError,
    SignerSuspendedError,
)

KEY = b"k" * 32
ALL = (SignIn(), TWO_DOCUMENTS, ConsentText("동의합니다."), Facts((Fact.NAME,)))
SECOND = timedelta(seconds=1)
OPENERS = {OPENER: Opener(name=OPENER, next_address=lambda _id: "/next")}


class Centre:
    """Approves as the view does, and remembers of what the opener was told."""

    def __init__(self, app, session, key, certificate):
        self.session, self.key, self.certificate = session, key, certificate
        self.issuer_id = certificate.issuer_id
        self.approvals = []
        self.problem = None

    def approve(self, request_id, answer, now):
        with unit_of_work_on(self.session):
            return service.approve(
                self.session,
                request_id,
                answer,
                issuer_id=self.issuer_id,
                numbers=number_check(KEY, request_id),
                openers={OPENER: self.opener},
                now=now,
            )

    def answer(self, request, **changes):
        return answer_by(self.key, self.certificate, request, **changes)

    @property
    def opener(self):
        return Opener(
            name=OPENER, next_address=lambda _id: "/next", on_approved=self._note
        )

    def _note(self, _session, approval):
        if self.problem is not None:
            raise self.problem
        self.approvals.append(approval)

    def events(self):
        entries = self.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [entry for entry in entries if entry.event.startswith("request.")]


@pytest.fixture
def centre(app, stored, factory, now):
    key = new_key(KeyKind.P_256)
    return Centre(app, stored, key, factory.issued(now - timedelta(days=1), key=key))


@pytest.fixture
def other_person(stored, now):
    return register(
        stored,
        Customer(
            login_id="other",
            password_hash="",
            session_key="other",
            name="이두리",
            latin_name="LEE DURI",
            birth_date=date(1991, 2, 3),
            number="999999",
            created_at=now,
        ),
        now,
    )


@pytest.mark.parametrize("contents", ALL, ids=lambda contents: contents.purpose)
def test_approval_reaches_who_asked_with_all_that_it_needs(centre, now, contents):
    request = seen_request(centre.session, now, contents)

    centre.approve(request.id, centre.answer(request), now)

    (approval,) = centre.approvals
    assert approval == service.find_approval(centre.session, request.id)
    assert approval.customer_id == centre.certificate.customer_id
    assert approval.certificate_id == centre.certificate.id
    assert len(approval.signatures) == len(contents.items)
    assert approval.approved_at == now
    assert service.state_of(centre.session, request.id, now) is State.APPROVED
    (event,) = centre.events()
    assert (event.event, event.actor) == ("request.approved", "key-holder")
    assert event.customer_id == centre.certificate.customer_id
    assert json.loads(event.detail) == {
        "institution": BANK.name,
        "purpose": contents.purpose,
        "request": request.id,
    }


def test_opener_that_refuses_undoes_the_approval(centre, now):
    request = seen_request(centre.session, now)
    centre.problem = errors.RequestUnknownError()

    with pytest.raises(errors.RequestUnknownError):
        centre.approve(request.id, centre.answer(request), now)

    assert service.state_of(centre.session, request.id, now) is State.SEEN
    assert service.find_approval(centre.session, request.id) is None
    assert centre.events() == []


def test_request_is_not_approved_unseen(centre, now):
    request_id = make_request(centre.session, now)
    request = service.find(centre.session, request_id)

    with pytest.raises(errors.RequestUnseenError):
        centre.approve(request_id, centre.answer(request), now)
    with pytest.raises(errors.RequestUnseenError):
        service.decline(centre.session, request_id, openers=OPENERS, now=now)


def test_approval_is_not_replayed(centre, now):
    request = seen_request(centre.session, now)
    answer = centre.answer(request)
    centre.approve(request.id, answer, now)

    with pytest.raises(errors.RequestApprovedError):
        centre.approve(request.id, answer, now + SECOND)
    assert len(centre.approvals) == 1


def test_signature_for_one_request_answers_no_other(centre, now):
    first = seen_request(centre.session, now)
    second = seen_request(centre.session, now)

    with pytest.raises(errors.SignatureError):
        centre.approve(second.id, centre.answer(first), now)
    assert service.state_of(centre.session, second.id, now) is State.SEEN


@pytest.mark.parametrize("contents", ALL, ids=lambda contents: contents.purpose)
def test_signature_for_one_purpose_is_worthless_for_another(centre, now, contents):
    request = seen_request(centre.session, now, contents)
    for other in ALL:
        statement = service.statement_of(request, centre.certificate, CENTRE)
        signatures = sign_statement(centre.key, replace(statement, contents=other))
        answer = replace(centre.answer(request), signatures=signatures)
        if other.purpose == contents.purpose:
            continue
        with pytest.raises(errors.SignatureError):
            centre.approve(request.id, answer, now)
    assert centre.approvals == []


CHANGES = {
    "another institution": {"asker": Asker("other", BANK.name, BANK.origin)},
    "another name": {"asker": Asker(BANK.institution_id, "우리은행", BANK.origin)},
    "another origin": {"asker": replace(BANK, origin="https://bank.example.evil")},
    "another page": {"centre": "https://phishing.example"},
    "another request": {"request_id": "0" * 32},
    "another certificate": {"fingerprint": "0" * 64},
    "another document": {
        "contents": Documents((Document(CONTRACT.title, bytes(32)), RECEIPT))
    },
    "another title": {
        "contents": Documents((Document("해지서", CONTRACT.digest), RECEIPT))
    },
    "another binding": {"contents": Documents(TWO_DOCUMENTS.documents, b"other")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_signature_binds_every_part(centre, now, change):
    request = seen_request(centre.session, now, TWO_DOCUMENTS)
    statement = replace(
        service.statement_of(request, centre.certificate, CENTRE), **change
    )
    signatures = sign_statement(centre.key, statement)

    with pytest.raises(errors.SignatureError):
        centre.approve(
            request.id, replace(centre.answer(request), signatures=signatures), now
        )


@pytest.mark.parametrize("moment", ["asked_at", "expires_at"])
def test_signature_binds_both_times(centre, now, moment):
    request = seen_request(centre.session, now)
    statement = service.statement_of(request, centre.certificate, CENTRE)
    shifted = replace(statement, **{moment: getattr(statement, moment) + SECOND})
    answer = replace(
        centre.answer(request), signatures=sign_statement(centre.key, shifted)
    )

    with pytest.raises(errors.SignatureError):
        centre.approve(request.id, answer, now)


def test_each_document_wants_its_own_signature(centre, now):
    request = seen_request(centre.session, now, TWO_DOCUMENTS)
    answer = centre.answer(request)
    first, second = answer.signatures

    for signatures in ((), (first,), (first, first), (second, first), (first, b"")):
        with pytest.raises(errors.SignatureError):
            centre.approve(request.id, replace(answer, signatures=signatures), now)
    centre.approve(request.id, answer, now)


def test_key_of_another_certificate_signs_nothing(centre, factory, now):
    request = seen_request(centre.session, now)
    answer = answer_by(new_key(KeyKind.P_256), centre.certificate, request)

    with pytest.raises(errors.SignatureError):
        centre.approve(request.id, answer, now)


@pytest.mark.parametrize("serial", ["", "0", "zz", "1", "f" * 90, "한글"])
def test_unknown_serial_is_refused(centre, now, serial):
    request = seen_request(centre.session, now)

    with pytest.raises(errors.ForeignCertificateError):
        centre.approve(request.id, replace(centre.answer(request), serial=serial), now)


def test_certificate_that_does_not_count_approves_nothing(centre, now):
    request = seen_request(centre.session, now)
    suspend(centre.session, centre.certificate, actor=None, now=now)
    with pytest.raises(SignerSuspendedError):
        centre.approve(request.id, centre.answer(request), now)
    revoke(
        centre.session,
        centre.certificate,
        reason=ReasonCode.UNSPECIFIED,
        actor=None,
        now=now,
    )
    with pytest.raises(SignerRevokedError):
        centre.approve(request.id, centre.answer(request), now)
    assert service.state_of(centre.session, request.id, now) is State.SEEN


def test_certificate_that_ran_out_approves_nothing(centre, now):
    later = centre.certificate.not_after + SECOND
    request = show_request(centre.session, make_request(centre.session, later), later)

    with pytest.raises(SignerExpiredError):
        centre.approve(request.id, centre.answer(request), later)


def test_request_for_one_person_is_approved_by_no_other(
    centre, factory, now, other_person
):
    key = new_key(KeyKind.P_256)
    theirs = factory.issued(now - timedelta(days=1), key=key, customer=other_person)
    own = centre.certificate.customer_id
    request_id = make_request(centre.session, now, customer_id=own)
    request = show_request(centre.session, request_id, now)

    with pytest.raises(errors.OtherPersonError):
        centre.approve(request_id, answer_by(key, theirs, request), now)
    # Their key under our certificate's number, and our key under theirs.
    for signer, certificate in ((key, centre.certificate), (centre.key, theirs)):
        with pytest.raises((errors.SignatureError, errors.OtherPersonError)):
            centre.approve(request_id, answer_by(signer, certificate, request), now)
    centre.approve(request_id, centre.answer(request), now)
    (approval,) = centre.approvals
    assert approval.customer_id == own


def test_nobody_sees_another_person_s_requests(centre, factory, now, other_person):
    own = make_request(centre.session, now, customer_id=centre.certificate.customer_id)
    make_request(centre.session, now)

    listed, rest = service.list_waiting(centre.session, factory.customer, now)

    assert ([request.id for request in listed], rest) == ([own], None)
    assert service.list_waiting_ids(centre.session, factory.customer, now) == [own]
    assert service.list_waiting(centre.session, other_person, now) == ([], None)
    assert service.list_waiting_ids(centre.session, other_person, now) == []


def test_time_of_a_request_is_over_for_everybody(centre, now):
    request = seen_request(centre.session, now)
    end = request.expires_at

    for act in (
        lambda: centre.approve(request.id, centre.answer(request), end),
        lambda: service.open_request(centre.session, request.id, now=end),
        lambda: service.decline(centre.session, request.id, openers=OPENERS, now=end),
        lambda: service.withdraw(centre.session, request.id, openers=OPENERS, now=end),
    ):
        with pytest.raises(errors.RequestExpiredError):
            act()
    assert service.state_of(centre.session, request.id, end) is State.EXPIRED
    assert service.state_of(centre.session, request.id, end - SECOND) is State.SEEN


def test_withdrawn_request_is_not_approved(centre, now):
    request = seen_request(centre.session, now)
    with unit_of_work_on(centre.session):
        service.withdraw(centre.session, request.id, openers=OPENERS, now=now)

    with pytest.raises(errors.RequestWithdrawnError):
        centre.approve(request.id, centre.answer(request), now)
    with pytest.raises(errors.RequestWithdrawnError):
        service.open_request(centre.session, request.id, now=now)


def test_declined_request_is_over_and_in_the_log(centre, now):
    request = seen_request(centre.session, now)
    with unit_of_work_on(centre.session):
        service.decline(centre.session, request.id, openers=OPENERS, now=now)

    with pytest.raises(errors.RequestDeclinedError):
        centre.approve(request.id, centre.answer(request), now)
    (event,) = centre.events()
    assert (event.event, event.actor) == ("request.declined", "unknown")


@pytest.mark.parametrize(
    ("browser", "device", "is_asked"),
    [
        (NETWORK, NETWORK, False),
        (NETWORK, "198.51.100.7", True),
        ("", "", True),
        (NETWORK, "", True),
        ("", NETWORK, True),
    ],
)
def test_number_is_asked_for_unless_both_are_on_one_network(
    centre, now, browser, device, is_asked
):
    request = seen_request(centre.session, now, network=browser)
    answer = centre.answer(request, network=device)

    assert service.needs_number(request, device) is is_asked
    if is_asked:
        with pytest.raises(errors.NumberNeededError):
            centre.approve(request.id, answer, now)
        shown = number_check(KEY, request.id).shown
        answer = replace(answer, number=shown)
    centre.approve(request.id, answer, now)
    assert len(centre.approvals) == 1


@pytest.mark.parametrize("network", [NETWORK, "198.51.100.7"])
def test_wrong_number_ends_the_request(centre, now, network):
    request = seen_request(centre.session, now)
    numbers = number_check(KEY, request.id)
    wrong = next(one for one in numbers.offered if one != numbers.shown)

    with pytest.raises(errors.NumberWrongError):
        centre.approve(
            request.id, centre.answer(request, number=wrong, network=network), now
        )

    assert service.state_of(centre.session, request.id, now) is State.DECLINED
    with pytest.raises(errors.RequestDeclinedError):
        centre.approve(request.id, centre.answer(request, number=numbers.shown), now)
    assert [event.event for event in centre.events()] == ["request.number_wrong"]


@pytest.mark.parametrize("life", [timedelta(), -LIFE, timedelta(days=7, seconds=1)])
def test_request_lives_as_long_as_it_may(stored, now, life):
    with pytest.raises(errors.LifetimeError):
        service.ask(
            stored,
            BANK,
            SignIn(),
            opener=OPENER,
            browser=None,
            expires_at=now.replace(microsecond=0) + life,
            now=now.replace(microsecond=0),
            random=secrets.token_bytes,
        )


@pytest.mark.parametrize("request_id", ["", "0" * 32, "0" * 33, "한글"])
def test_unknown_request_is_none(stored, now, request_id):
    for act in (
        lambda: service.state_of(stored, request_id, now),
        lambda: service.open_request(stored, request_id, now=now),
        lambda: service.decline(stored, request_id, openers=OPENERS, now=now),
        lambda: service.withdraw(stored, request_id, openers=OPENERS, now=now),
        lambda: service.find_approval(stored, request_id),
    ):
        with pytest.raises(errors.RequestUnknownError):
            act()


@pytest.mark.parametrize(
    ("birth_date", "is_adult"),
    [
        (date(2007, 3, 5), True),
        (date(2007, 3, 6), False),
        (date(2004, 2, 29), True),
        (date(2030, 1, 1), False),
    ],
)
def test_facts_are_the_centre_s_own(factory, birth_date, is_adult):
    customer = factory.customer
    customer.birth_date = birth_date

    facts = service.facts_of(customer, (Fact.ADULT, Fact.BIRTH_DATE), date(2026, 3, 5))

    assert facts == {"adult": is_adult, "birth_date": birth_date.isoformat()}
    assert service.facts_of(customer, (Fact.NAME,), date(2026, 3, 5)) == {
        "name": customer.name
    }
