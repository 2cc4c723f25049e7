"""What customers send, with a state in which it can be done: a row for each route."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from tests.makers import make_request
from tests.races.rounds import Factory, Round, codes, form, forms, json
from tests.races.world import CLIENTS, ORIGIN, PASSWORD, World, copies
from tests.support.certificate_factory import signed
from tests.support.webauthn_authenticator import Authenticator
from tests.webapp.browser_client import Browser
from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.authenticators.holders import held_by
from webapp.authenticators.models import (
    Passkey,
    PasskeyChallenge,
    PhoneCall,
    TotpSecret,
)
from webapp.certificates.lifecycle import Initiator, Purpose, StoredState
from webapp.certificates.models import Certificate, CertificateCopy
from webapp.clock import utc_now
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import Proof
from webapp.web.rate_limits.attempts import limiter

SECURITY = "/me/security"
NEW_PASSWORD = "Blauer-Wal-1863"


# Accounts


def sign_in(world: World) -> Round:
    person = world.customer()
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/sign-in")
    fields = {"login_id": person.login_id, "password": PASSWORD}
    send = forms(browsers, "/sign-in", **fields)
    return Round(send=send, events={"customer.signed_in": CLIENTS}, succeed=CLIENTS)


def sign_out(world: World) -> Round:
    visitor = world.signed_in(world.customer())
    return Round(send=form(visitor, "/sign-out"), events={"customer.signed_out": 1})


def choose_language(world: World) -> Round:
    visitor = world.signed_in(world.customer())
    return Round(send=form(visitor, "/language/en", next="/"), succeed=CLIENTS)


def choose_password(world: World) -> Round:
    visitor = world.signed_in(world.customer())
    fields = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    send = form(visitor, "/me/password", **fields)
    return Round(send=send, events={"customer.password_chosen": 1}, succeed=1)


# Applications


def begun(world: World, *steps: str, **fields: Any) -> tuple[Browser, Application]:
    """Return a customer who has passed these steps of an application."""
    now = utc_now()
    passed = {
        "terms": {
            "terms_accepted_at": now,
            "terms_version": TERMS_VERSION,
            "privacy_accepted_at": now,
            "privacy_version": PRIVACY_VERSION,
        },
        "you": {"identity_confirmed_at": now},
        "type": {"type_id": "personal-sign"},
        "phone": {"phone_checked_at": now},
        "card": {"card_checked_at": now},
    }
    for step in steps:
        fields = {**passed[step], **fields}
    kind = fields.pop("kind", "personal")
    config = fields.pop("config", {})
    customer = world.customer(kind=kind, **fields.pop("customer", {}))
    application = world.application(customer, **fields)
    return world.signed_in(customer, **config), application


def owner_of(world: World, row: Any) -> Customer:
    with world.session() as session:
        return session.get_one(Customer, row.customer_id)


def start(world: World) -> Round:
    customer = world.customer()
    visitor = world.signed_in(customer)

    def check(answers: Any) -> None:
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert world.count(Application, Application.customer_id == customer.id) == 1

    return Round(send=form(visitor, "/applications"), succeed=CLIENTS, check=check)


def begin_again(world: World) -> Round:
    visitor, application = begun(world, "terms")
    mine = Application.customer_id == application.customer_id

    def check(_answers: Any) -> None:
        assert world.count(Application, mine, Application.closed_at.is_(None)) == 1
        assert world.count(Application, mine) == 2

    send = form(visitor, f"/applications/{application.id}/begin-again")
    return Round(send=send, check=check)


def accept_terms(world: World) -> Round:
    visitor, application = begun(world)
    path = f"/applications/{application.id}/terms"
    ticked = {"accepted": "yes", "privacy": "yes", "privacy_version": PRIVACY_VERSION}
    send = form(visitor, path, version=TERMS_VERSION, **ticked)
    once = {"terms.accepted": 1, "privacy.accepted": 1}
    return Round(send=send, events=once, succeed=CLIENTS)


def confirm_identity(world: World) -> Round:
    visitor, application = begun(world, "terms")
    send = form(visitor, f"/applications/{application.id}/you", birth_date="19900131")
    return Round(send=send, succeed=CLIENTS)


def wrong_account(world: World) -> Round:
    visitor, application = begun(
        world,
        "terms",
        customer={"account_number": "1234567", "account_pin_hash": "x"},
        config={"ask_account": True},
    )
    fields = {"birth_date": "19900131", "account_number": "1", "account_pin": "1111"}

    def check(answers: Any) -> None:
        assert codes(answers) == {"who_mismatch": 4, "who_locked": CLIENTS - 4}
        assert owner_of(world, application).account_pin_errors == 5

    send = form(visitor, f"/applications/{application.id}/you", **fields)
    events = {"customer.account_check_locked": 1, "customer.identity_mistaken": 4}
    return Round(send=send, events=events, check=check)


def wrong_birth_dates(world: World) -> Round:
    visitor, application = begun(world, "terms", config={"rate_limits": True})
    limiter.enabled = True

    def check(answers: Any) -> None:
        limiter.enabled = False  # it is one for all centres of this process
        compared = {"identity_mismatch": 10, "too_many_attempts": CLIENTS - 10}
        assert codes(answers) == compared

    send = form(visitor, f"/applications/{application.id}/you", birth_date="19900101")
    events = {"customer.identity_mistaken": 10}
    return Round(send=send, events=events, check=check)


def choose_type(world: World) -> Round:
    visitor, application = begun(world, "terms", "you")
    send = form(visitor, f"/applications/{application.id}/type", type="personal-sign")
    return Round(send=send, succeed=CLIENTS)


def ask_approval(world: World) -> Round:
    passed = ("terms", "you", "phone", "card")
    visitor, application = begun(
        world, *passed, type_id="corporate-bank", kind="corporate"
    )
    send = form(visitor, f"/applications/{application.id}/approval")
    return Round(send=send, events={"approval.asked": 1}, succeed=CLIENTS)


# The phone check


def ask_call(world: World) -> Round:
    visitor, application = begun(world, "terms", "you", "type")
    send = form(visitor, f"/applications/{application.id}/phone-check")

    def check(_answers: Any) -> None:
        assert world.count(PhoneCall, PhoneCall.application_id == application.id) == 1

    return Round(send=send, events={"phone.called": 1}, succeed=CLIENTS, check=check)


def ask_call_in_sign_in(world: World) -> Round:
    customer = world.customer()
    visitor = world.signed_in(customer)
    path, aim = f"{SECURITY}/prove/phone", "revoke.0123abcd"
    visitor.open(f"{path}?aim={aim}")  # what this sign-in is known by

    def check(_answers: Any) -> None:
        mine = PhoneCall.customer_id == customer.id
        assert world.count(PhoneCall, mine, PhoneCall.application_id.is_(None)) == 1

    send = form(visitor, path, aim=aim)
    return Round(send=send, events={"phone.called": 1}, succeed=CLIENTS, check=check)


def press(world: World, *, key: str, **expected: Any) -> Round:
    _, application = begun(world, "terms", "you", "type")
    call = world.call(application, "in_progress")
    owner = world.browser()
    owner.open(f"/voice/console/{call.gateway_id}")
    path = f"/voice/console/{call.gateway_id}"
    return Round(send=form(owner, path, so_far="4", key=key), **expected)


# The second check


def at_card(world: World) -> tuple[Browser, Application, Customer]:
    visitor, application = begun(world, "terms", "you", "type", "phone")
    return visitor, application, owner_of(world, application)


def answer_card(world: World) -> Round:
    visitor, application, customer = at_card(world)
    fields = world.card_answer(customer, world.card(customer))
    send = form(visitor, f"/applications/{application.id}/security-card", **fields)
    return Round(send=send, events={"card.answered": 1}, succeed=CLIENTS)


def wrong_card(world: World) -> Round:
    visitor, application, customer = at_card(world)
    fields = world.card_answer(customer, world.card(customer))
    fields["second"] = f"{(int(fields['second']) + 1) % 100:02d}"
    send = form(visitor, f"/applications/{application.id}/security-card", **fields)
    events = {"card.mistaken": 4, "card.locked": 1}
    return Round(send=send, events=events, succeed=0)


def answer_one_time(world: World) -> Round:
    visitor, application, customer = at_card(world)
    code = world.authenticator_app(customer).now()
    path = f"/applications/{application.id}/security-card/one-time-code"
    send = form(visitor, path, code=code)
    return Round(send=send, events={"one_time.used": 1}, succeed=CLIENTS)


def wrong_one_time(world: World) -> Round:
    visitor, application, customer = at_card(world)
    app = world.authenticator_app(customer)
    near = {app.at(utc_now() + timedelta(seconds=30 * i)) for i in range(-3, 4)}
    wrong = next(code for code in ("000000", "000001", "000002") if code not in near)
    path = f"/applications/{application.id}/security-card/one-time-code"
    events = {"one_time.mistaken": 4, "one_time.locked": 1}
    return Round(send=form(visitor, path, code=wrong), events=events, succeed=0)


def ask_passkey(world: World) -> Round:
    visitor, application, customer = at_card(world)
    world.passkey(customer)
    step = f"/applications/{application.id}/security-card"
    return asking(world, visitor, customer, f"{step}/passkey/options")


def asking(world: World, visitor: Browser, holder: AccountHolder, path: str) -> Round:
    def check(_answers: Any) -> None:
        asked = held_by(PasskeyChallenge, holder)
        assert world.count(PasskeyChallenge, asked) == CLIENTS

    return Round(send=json(visitor, path, {}), succeed=CLIENTS, check=check)


def answer_passkey(world: World, *, each_its_own: bool = False) -> Round:
    visitor, application, customer = at_card(world)
    device = world.passkey(customer)
    path = f"/applications/{application.id}/security-card/passkey"
    bodies = signed_bodies(visitor, device, path, CLIENTS if each_its_own else 1)
    browsers = copies(visitor)
    return Round(
        send=lambda number: browsers[number].send_json(
            path, bodies[number % len(bodies)]
        ),
        events={"passkey.used": 1},
    )


def signed_bodies(
    visitor: Browser, device: Authenticator, path: str, count: int
) -> list[dict[str, Any]]:
    bodies = []
    for _ in range(count):
        asked = visitor.send_json(f"{path}/options", {}).json
        device.count = -1  # as most devices, it counts nothing
        bodies.append({"id": asked["id"], "answer": device.sign(asked["options"])})
    return bodies


# Somebody's own ways


@dataclass(frozen=True)
class Place:
    """Where one kind of account holder sees to their own ways."""

    base: str
    person: Callable[[World], AccountHolder]

    def newcomer(self, world: World) -> tuple[Browser, AccountHolder]:
        """Return somebody who signed in and has nothing yet: first signed in,
        since an operator who has something is asked for it.
        """
        holder = self.person(world)
        return world.signed_in(holder), holder

    def proved(
        self, world: World, *, by_passkey: bool = False
    ) -> tuple[Browser, AccountHolder]:
        """Return somebody who may set up another way now."""
        visitor, holder = self.newcomer(world)
        if isinstance(holder, Customer):
            answered = world.card_answer(holder, world.card(holder))
            answer = visitor.submit(f"{self.base}/prove", **answered)
        elif by_passkey:
            path = f"{self.base}/prove/passkey"
            body = signed_bodies(visitor, world.passkey(holder), path, 1)[0]
            answer = visitor.send_json(path, body)
        else:
            code = world.authenticator_app(holder).now()
            answer = visitor.submit(f"{self.base}/prove/one-time-code", code=code)
        assert answer.status_code < 400, answer.text
        return visitor, holder


CUSTOMERS = Place(SECURITY, World.customer)


def prove_by_card(world: World) -> Round:
    customer = world.customer()
    fields = world.card_answer(customer, world.card(customer))
    send = form(world.signed_in(customer), f"{SECURITY}/prove", **fields)
    return Round(send=send, events={"card.answered": 1}, succeed=1)


def prove_by_one_time(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.newcomer(world)
    app = world.authenticator_app(holder)
    path = f"{place.base}/prove/one-time-code"

    def check(_answers: Any) -> None:
        mine = held_by(TotpSecret, holder)
        assert world.count(TotpSecret, mine, TotpSecret.locked_at.is_(None)) == 1

    return Round(
        send=form(visitor, path, code=app.now()),
        events={"one_time.used": 1},
        succeed=1,
        check=check,
    )


def prove_by_password(world: World) -> Round:
    visitor = world.signed_in(world.customer(phone=None))
    path = f"{SECURITY}/prove/password"
    send = form(visitor, path, password=PASSWORD, aim="revoke.0123abcd")
    return Round(send=send, succeed=CLIENTS)


def ask_own_passkey(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.newcomer(world)
    world.passkey(holder)
    return asking(world, visitor, holder, f"{place.base}/prove/passkey/options")


def prove_by_passkey(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.newcomer(world)
    device, path = world.passkey(holder), f"{place.base}/prove/passkey"
    body = signed_bodies(visitor, device, path, 1)[0]
    return Round(send=json(visitor, path, body), events={"passkey.used": 1}, succeed=1)


def begin_one_time(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.proved(world, by_passkey=True)

    def check(_answers: Any) -> None:
        assert world.count(TotpSecret, held_by(TotpSecret, holder)) == 1

    send = form(visitor, f"{place.base}/one-time")
    return Round(send=send, succeed=CLIENTS, check=check)


def confirm_one_time(
    world: World, place: Place = CUSTOMERS, *, first: bool = False
) -> Round:
    """Confirm an app; the first of somebody who needs no proof for it, or another."""
    if first:
        visitor, holder = place.newcomer(world)
    else:
        visitor, holder = place.proved(world, by_passkey=True)
    app = world.authenticator_app(holder, confirmed_at=None)
    send = form(visitor, f"{place.base}/one-time/confirm", code=app.now())
    return Round(send=send, events={"one_time.enrolled": 1}, succeed=CLIENTS)


def remove_one_time(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.proved(world, by_passkey=True)
    world.authenticator_app(holder)
    send = form(visitor, f"{place.base}/one-time/remove")
    return Round(send=send, events={"one_time.removed": 1}, succeed=1)


def begin_passkey(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, _ = place.proved(world)
    path = f"{place.base}/passkey/options"
    return Round(send=json(visitor, path, {}), succeed=CLIENTS)


def enrol_passkey(
    world: World,
    place: Place = CUSTOMERS,
    *,
    devices: int,
    kept: int,
    first: bool = False,
) -> Round:
    visitor, holder = place.newcomer(world) if first else place.proved(world)
    bodies = []
    for _ in range(devices):
        asked = visitor.send_json(f"{place.base}/passkey/options", {}).json
        answer = Authenticator(ORIGIN).make(asked["options"])
        bodies.append({"id": asked["id"], "answer": answer, "name": "phone"})
    browsers = copies(visitor)

    def check(_answers: Any) -> None:
        assert world.count(Passkey, held_by(Passkey, holder)) == kept

    return Round(
        send=lambda number: browsers[number].send_json(
            f"{place.base}/passkey", bodies[number % devices]
        ),
        events={"passkey.enrolled": kept},
        succeed=kept,
        check=check,
    )


def remove_passkey(world: World, place: Place = CUSTOMERS) -> Round:
    visitor, holder = place.proved(world)
    world.passkey(holder)
    with world.session() as session:
        id_ = session.scalars(select(Passkey.id).where(held_by(Passkey, holder))).one()
    send = form(visitor, f"{place.base}/passkey/{id_}/remove")
    return Round(send=send, events={"passkey.removed": 1}, succeed=1)


def begin_passkey_sign_in(world: World) -> Round:
    visitor = world.browser()
    visitor.open("/sign-in")
    send = json(visitor, f"{SECURITY}/sign-in/options", {})
    return Round(send=send, succeed=CLIENTS)


def sign_in_by_passkey(world: World) -> Round:
    device = world.passkey(world.customer())
    visitor = world.browser()
    visitor.open("/sign-in")
    body = signed_bodies(visitor, device, f"{SECURITY}/sign-in", 1)[0]
    send = json(visitor, f"{SECURITY}/sign-in", body)
    return Round(send=send, events={"customer.signed_in": 1}, succeed=1)


# Certificates


def issue(world: World) -> Round:
    visitor, application = begun(world, "terms", "you", "type", "phone", "card")
    request = make_request(key=new_key(KeyKind.P_256))
    browsers = copies(visitor)

    def check(answers: Any) -> None:
        assert len({answer.data for answer in answers}) == 1
        mine = Certificate.application_id == application.id
        assert world.count(Certificate, mine) == 1

    return Round(
        send=lambda number: browsers[number].order(application.id, request),
        events={"certificate.issued": 1},
        succeed=CLIENTS,
        check=check,
    )


def deliver(world: World) -> Round:
    visitor, application = begun(world, "terms", "you", "type", "phone", "card")
    issued = visitor.order(application.id, make_request(key=new_key(KeyKind.P_256)))
    place = issued.headers["Location"]
    id_ = place.rsplit("/", 1)[-1]

    def check(_answers: Any) -> None:
        assert world.count(CertificateCopy, CertificateCopy.certificate_id == id_) == 1

    return Round(
        send=json(visitor, f"{place}/delivered", {"place": "browser"}),
        events={"certificate.delivered": 1},
        succeed=CLIENTS,
        check=check,
    )


def holder(world: World, **fields: Any) -> tuple[Browser, Certificate]:
    """Return a customer with a certificate."""
    customer = world.customer()
    certificate = world.certificate(customer, **fields)
    visitor = world.signed_in(customer)
    visitor.has_shown()
    return visitor, certificate


def open_again(world: World, door: str) -> Round:
    ends = {"not_after": utc_now() + timedelta(days=20)} if door == "renew" else {}
    visitor, certificate = holder(world, **ends)
    mine = Application.replaces_id == certificate.id

    def check(answers: Any) -> None:
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert world.count(Application, mine) == 1

    send = form(visitor, f"/certificates/{certificate.id}/{door}")
    return Round(send=send, succeed=CLIENTS, check=check)


def suspend(world: World) -> Round:
    visitor, certificate = holder(world)
    send = form(visitor, f"/certificates/{certificate.id}/suspend")
    return Round(send=send, events={"certificate.suspended": 1}, succeed=1)


def raise_alarm(world: World) -> Round:
    visitor, _ = holder(world)
    send = form(visitor, "/me/not-me")
    events = {"alarm.raised": 1, "certificate.suspended": 1, "customer.signed_out": 1}
    return Round(send=send, events=events, succeed=1)


def switch_notices_off(world: World) -> Round:
    visitor, _ = holder(world)
    send = form(visitor, "/me/notices", told="off")
    return Round(send=send, events={"customer.notices_off": 1}, succeed=CLIENTS)


def resume(world: World) -> Round:
    visitor, certificate = holder(world, **held(Initiator.HOLDER))
    send = form(visitor, f"/certificates/{certificate.id}/resume")
    return Round(send=send, events={"certificate.resumed": 1}, succeed=1)


def held(initiator: Initiator) -> dict[str, Any]:
    return {
        "state": StoredState.SUSPENDED,
        "suspended_at": utc_now(),
        "suspended_by": initiator,
    }


REVOKE = {"reason": "key_compromise", "confirmed": "yes"}


def revoke(world: World) -> Round:
    visitor, certificate = holder(world)
    send = form(visitor, f"/certificates/{certificate.id}/revoke", **REVOKE)
    return Round(send=send, events={"certificate.revoked": 1}, succeed=1)


def revoke_line(world: World) -> Round:
    visitor, certificate = holder(world)
    customer = owner_of(world, certificate)
    world.certificate(customer, lineage_id=certificate.lineage_id)
    path = f"/certificates/{certificate.id}/revoke"
    send = form(visitor, path, scope="line", **REVOKE)
    return Round(send=send, events={"certificate.revoked": 2}, succeed=1)


def prove_key(world: World) -> Round:
    key = new_key(KeyKind.P_256)
    ends = utc_now() + timedelta(days=20)
    visitor, certificate = holder(world, key=key, not_after=ends)
    challenge = secrets.token_bytes(32)
    application = world.application(
        owner_of(world, certificate),
        purpose=Purpose.RENEW,
        replaces_id=certificate.id,
        type_id="personal-sign",
        terms_accepted_at=utc_now(),
        privacy_accepted_at=utc_now(),
        proof_challenge=challenge,
    )
    proof = Proof(
        purpose=Purpose.RENEW,
        origin=ORIGIN,
        application_id=application.id,
        fingerprint=certificate.fingerprint,
        challenge=challenge,
    )
    signature, browsers = signed(key, proof), copies(visitor)

    def send(number: int) -> Any:
        browser = browsers[number]
        headers = {"X-CSRFToken": browser.token}
        path = f"/applications/{application.id}/proof"
        return browser.client.post(path, data=signature, headers=headers)

    def check(_answers: Any) -> None:
        assert world.read(application).proved_at is not None

    return Round(send=send, succeed=1, check=check)


def _revocable(world: World) -> tuple[Browser, dict[str, Any]]:
    key = new_key(KeyKind.P_256)
    certificate = world.certificate(world.customer(), key=key)
    visitor = world.browser()
    visitor.open("/revoke")
    asked = visitor.send_json("/revoke/challenge", {"serial": certificate.serial}).json
    proof = Proof(
        purpose="revoke",
        origin=ORIGIN,
        application_id="",
        fingerprint=certificate.fingerprint,
        challenge=bytes.fromhex(asked["challenge"]),
    )
    return visitor, {
        "serial": certificate.serial,
        "challenge": asked["challenge"],
        "signature": signed(key, proof).hex(),
        "reason": "key_compromise",
    }


def ask_revocation(world: World) -> Round:
    visitor, body = _revocable(world)
    asked = {"serial": body["serial"]}
    return Round(send=json(visitor, "/revoke/challenge", asked), succeed=CLIENTS)


def revoke_by_proof(world: World) -> Round:
    visitor, body = _revocable(world)
    send = json(visitor, "/revoke/proof", body)
    return Round(send=send, events={"certificate.revoked": 1}, succeed=1)


def kept(world: World) -> Round:
    visitor, certificate = holder(world)
    before = world.count(
        CertificateCopy, CertificateCopy.certificate_id == certificate.id
    )

    def check(_answers: Any) -> None:
        after = world.count(
            CertificateCopy, CertificateCopy.certificate_id == certificate.id
        )
        assert after == before + 1

    return Round(
        send=json(
            visitor,
            f"/certificates/{certificate.id}/kept",
            {"place": "file", "how": "saved"},
        ),
        events={"certificate.saved": 1},
        succeed=CLIENTS,
        check=check,
    )


RIGHT = {"events": {"phone.checked": 1}}
WRONG = {"events": {"phone.refused": 2}}
ROWS: dict[str, tuple[Factory, ...]] = {
    "accounts.check_sign_in": (sign_in,),
    "accounts.sign_out": (sign_out,),
    "accounts.choose_language": (choose_language,),
    "account.choose_password": (choose_password,),
    "applications.start": (start,),
    "applications.begin_again": (begin_again,),
    "applications.accept_terms": (accept_terms,),
    "applications.confirm_identity": (
        confirm_identity,
        wrong_account,
        wrong_birth_dates,
    ),
    "applications.choose_type": (choose_type,),
    "applications.ask_approval": (ask_approval,),
    "phone_check.ask": (ask_call,),
    "phone_proof.ask": (ask_call_in_sign_in,),
    "voice.press": (partial(press, key="7", **RIGHT), partial(press, key="8", **WRONG)),
    "security_card.answer": (
        answer_card,
        wrong_card,
        answer_one_time,
        wrong_one_time,
        answer_passkey,
        partial(answer_passkey, each_its_own=True),
    ),
    "security_card.challenge": (ask_passkey,),
    "identity.prove": (prove_by_card, prove_by_one_time, prove_by_passkey),
    "identity.prove_by_password": (prove_by_password,),
    "identity.challenge": (ask_own_passkey,),
    "identity.begin_enrolment": (begin_passkey,),
    "identity.submit_enrolment": (
        begin_one_time,
        partial(enrol_passkey, devices=1, kept=1),
        partial(enrol_passkey, devices=CLIENTS, kept=10),
    ),
    "identity.finish_enrolment": (confirm_one_time,),
    "identity.remove": (remove_one_time, remove_passkey),
    "identity.begin_sign_in": (begin_passkey_sign_in,),
    "identity.sign_in": (sign_in_by_passkey,),
    "issuance.issue": (issue,),
    "issuance.delivered": (deliver,),
    "replacement.open_reissue": (partial(open_again, door="reissue"),),
    "replacement.open_renewal": (partial(open_again, door="renew"),),
    "alarm.suspend_all": (raise_alarm,),
    "notices.choose": (switch_notices_off,),
    "lifecycle.suspend": (suspend,),
    "lifecycle.resume": (resume,),
    "lifecycle.revoke": (revoke, revoke_line),
    "replacement.prove": (prove_key,),
    "public_certificates.revocation_challenge": (ask_revocation,),
    "public_certificates.revoke_by_proof": (revoke_by_proof,),
    "records.kept": (kept,),
}
