"""What institutions and the people who sign in there send at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from tests.races.rounds import Factory, Round, form, is_done
from tests.races.world import CLIENTS, World
from tests.support.openid import CALLBACK, VERIFIER, Bank, Person, register
from tests.webapp.browser_client import Browser
from webapp.accounts.models import Customer, Role
from webapp.clock import utc_now
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking.limits import MAX_OPEN, Scope
from webapp.relying.institutions.models import Institution


@dataclass
class Scene:
    """A bank, a person, and the browser in which they sign in there."""

    world: World
    bank: Bank
    person: Person
    customer: Customer

    @classmethod
    def of(cls, world: World) -> "Scene":
        """Register a bank, and issue somebody a certificate."""
        world.operator(Role.ADMINISTRATOR)
        customer, key = world.customer(), new_key(KeyKind.P_256)
        certificate = world.certificate(customer, key=key)
        with world.session() as session:
            institution, secret = register(session, utc_now())
        bank = Bank(world.app().test_client(), institution.id, secret)
        client = world.signed_in(customer).client
        return cls(world, bank, Person(client, session, key, certificate), customer)

    def consent_page(self) -> str:
        """Have the person sign; return the page that asks for the consent."""
        with self.world.session() as session:
            person = replace(self.person, session=session)
            waiting = person.open(self.bank.address())
            location: str = person.sign(waiting.location, utc_now()).location
        return location

    def code(self) -> str:
        """Have the person sign in; return the code."""
        with self.world.session() as session:
            person = replace(self.person, session=session)
            return person.sign_in(self.bank, utc_now())["code"]

    def browser(self, path: str) -> Browser:
        """Return the person's browser on a page, with its token."""
        browser = Browser(self.person.client)
        browser.open(path)
        return browser


def by_programs(
    world: World, send: Callable[[Bank], TestResponse]
) -> Callable[[int], TestResponse]:
    """Send the same from as many programs as race."""
    bank = Scene.of(world).bank
    banks = [replace(bank, client=world.app().test_client()) for _ in range(CLIENTS)]
    return lambda number: send(banks[number])


def authorize_by_form(world: World) -> Round:
    send = by_programs(
        world,
        lambda bank: bank.client.post("/openid/authorize", data=bank.parameters()),
    )
    return Round(send=send, succeed=CLIENTS)


def push(world: World) -> Round:
    send = by_programs(
        world,
        lambda bank: bank.client.post(
            "/openid/par", data=bank.parameters(), auth=bank.auth
        ),
    )
    return Round(send=send, succeed=CLIENTS)


def exchange(world: World) -> Round:
    """A code that comes twenty times works once, and its token ends."""
    scene = Scene.of(world)
    bank, code = scene.bank, scene.code()
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    clients = [world.app().test_client() for _ in range(CLIENTS)]

    def send(number: int) -> TestResponse:
        return clients[number].post("/openid/token", data=fields, auth=bank.auth)

    def check(answers: list[TestResponse]) -> None:
        (done,) = [answer for answer in answers if is_done(answer)]
        assert bank.userinfo(done.get_json()["access_token"]).status_code == 401

    return Round(send=send, succeed=1, check=check)


def userinfo(world: World) -> Round:
    scene = Scene.of(world)
    token = scene.bank.exchange(scene.code()).get_json()["access_token"]
    clients = [world.app().test_client() for _ in range(CLIENTS)]
    return Round(
        send=lambda number: clients[number].post(
            "/openid/userinfo", data={"access_token": token}
        ),
        succeed=CLIENTS,
    )


def agree(world: World) -> Round:
    scene = Scene.of(world)
    path = scene.consent_page()
    browser = scene.browser(path)
    fields: dict[str, Any] = {"answer": "yes", "claims": "name"}
    return Round(
        send=form(browser, path, **fields), events={"consent.given": 1}, succeed=1
    )


def log_out_by_form(world: World) -> Round:
    scene = Scene.of(world)
    hint = scene.bank.exchange(scene.code()).get_json()["id_token"]
    clients = [world.app().test_client() for _ in range(CLIENTS)]
    return Round(
        send=lambda number: clients[number].post(
            "/openid/logout", data={"id_token_hint": hint}
        ),
        succeed=CLIENTS,
    )


def confirm_log_out(world: World) -> Round:
    scene = Scene.of(world)
    scene.code()
    send = form(scene.browser("/openid/logout"), "/openid/signed-out")
    return Round(send=send, succeed=CLIENTS)


def end_connection(world: World) -> Round:
    scene = Scene.of(world)
    scene.code()
    path = f"/connections/{scene.bank.id}/end"
    send = form(scene.browser("/connections"), path)
    return Round(send=send, events={"consent.ended": 1}, succeed=1)


def end_all_connections(world: World) -> Round:
    scene = Scene.of(world)
    scene.code()
    send = form(scene.browser("/connections"), "/connections/end")
    return Round(send=send, events={"consent.ended": 1}, succeed=CLIENTS)


def join(world: World) -> Round:
    scene = Scene.of(world)
    scene.code()
    with world.session() as session:
        institution = session.get_one(Institution, scene.bank.id)
        institution.events_uri = "https://bank.example/events"
        institution.joining_text = "An account"
        session.commit()
    send = form(scene.browser("/join"), "/join", institutions=scene.bank.id)
    # Each is a request to this person, of which so many may be open.
    return Round(send=send, succeed=MAX_OPEN[Scope.CUSTOMER_INSTITUTION])


ROWS: dict[str, tuple[Factory, ...]] = {
    "connections.end_all": (end_all_connections,),
    "connections.end_connection": (end_connection,),
    "connections.join": (join,),
    "openid.agree": (agree,),
    "openid.confirm_log_out": (confirm_log_out,),
    "openid_programs.authorize_by_form": (authorize_by_form,),
    "openid_programs.log_out_by_form": (log_out_by_form,),
    "openid_programs.push": (push,),
    "openid_programs.token": (exchange,),
    "openid_programs.userinfo": (userinfo,),
}
