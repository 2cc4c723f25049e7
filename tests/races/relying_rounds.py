"""What relying parties and signers send, and the keys that operators make for them."""

import secrets
from functools import partial

from tests.races.counter_rounds import at_counter
from tests.races.rounds import Factory, Round
from tests.races.world import CLIENTS, World
from webapp.accounts.models import Role
from webapp.clock import utc_now
from webapp.relying.api_keys import service
from webapp.relying.deliveries import queue
from webapp.relying.institutions import service as institutions
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import parse_registration, to_json


def from_programs(world: World, path: str, content: bytes, content_type: str) -> Round:
    """Programs without a session send the same at once; nothing is logged of it."""
    clients = [world.app().test_client() for _ in range(CLIENTS)]
    return Round(
        send=lambda number: clients[number].post(
            path, data=content, content_type=content_type
        )
    )


def from_a_page(world: World, path: str) -> Round:
    """A page sends the same at once, without a document; nothing is logged of it."""
    return Round(send=at_counter(world, path, Role.ADMINISTRATOR), succeed=0)


def make_key(world: World) -> Round:
    fields = {"name": "Shop", "purpose": "Contracts", "calls": "60"}
    send = at_counter(world, "/counter/api-keys", Role.ADMINISTRATOR, **fields)
    return Round(send=send, each_logs="api_key.made")


def revoke_key(world: World) -> Round:
    operator = world.operator(Role.ADMINISTRATOR)
    with world.session() as session:
        key, _ = service.make_key(
            session,
            service.parse_new_key("Shop", "Contracts", "60"),
            operator_id=operator.id,
            chance=secrets.token_bytes(service.CHANCE),
            now=utc_now(),
        )
        session.commit()
        path = f"/counter/api-keys/{key.id}/revoke"
    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, events={"api_key.revoked": 1})


INSTITUTION = {
    "name": "Other bank",
    "reason": "Sign-in",
    "page": "https://bank.example/",
    "purposes": "sign_in",
    "redirect_uris": "https://bank.example/callback",
}


def register_institution(world: World) -> Round:
    path = "/counter/institutions/new"
    send = at_counter(world, path, Role.ADMINISTRATOR, **INSTITUTION)
    return Round(send=send, each_logs="institution.registered")


def change_institution(world: World) -> Round:
    path = f"/counter/institutions/{seed_institution(world)}"
    changed = {**INSTITUTION, "name": "Yet another bank"}
    send = at_counter(world, path, Role.ADMINISTRATOR, **changed)
    return Round(send=send, succeed=CLIENTS, events={"institution.changed": 1})


def renew_institution_secret(world: World) -> Round:
    path = f"/counter/institutions/{seed_institution(world)}/secret"
    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, each_logs="institution.secret_renewed")


def end_institution(world: World) -> Round:
    path = f"/counter/institutions/{seed_institution(world)}/end"
    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, events={"institution.ended": 1})


def send_again(world: World) -> Round:
    institution_id = seed_institution(world)
    with world.session() as session:
        delivery = queue.enqueue(
            session,
            kind="logout",
            institution_id=institution_id,
            address="https://bank.example/ended",
            subject="s",
            payload={},
            now=utc_now(),
        )
        session.commit()
        path = f"/counter/institutions/{institution_id}/deliveries/{delivery.id}/again"
    return Round(
        send=at_counter(world, path, Role.ADMINISTRATOR), succeed=CLIENTS, events={}
    )


def agree_to_institution(world: World) -> Round:
    path = f"/counter/institutions/{seed_institution(world, is_confirmed=False)}/agree"
    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, events={"institution.change_agreed": 1}, succeed=1)


def decline_institution(world: World) -> Round:
    institution_id = seed_institution(world)
    with world.session() as session:
        institution = session.get_one(Institution, institution_id)
        institution.waiting = to_json(institution.registration)
        institution.waiting_by, institution.waiting_at = institution.made_by, utc_now()
        session.commit()
    path = f"/counter/institutions/{institution_id}/decline"
    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, events={"institution.change_declined": 1}, succeed=1)


def seed_institution(world: World, *, is_confirmed: bool = True) -> str:
    """Register an institution and return its id."""
    operator = world.operator(Role.ADMINISTRATOR)
    registration = parse_registration(INSTITUTION, ["sign_in"], allow_loopback=False)
    with world.session() as session:
        institution, _ = institutions.register(
            session,
            registration,
            operator_id=operator.id,
            chance=secrets.token_bytes(institutions.CHANCE),
            now=utc_now(),
            is_confirmed=is_confirmed,
        )
        session.commit()
        return institution.id


_JSON = "application/json"
_QUERY = "application/timestamp-query"
ROWS: dict[str, tuple[Factory, ...]] = {
    "documents.prepare_pdf": (partial(from_a_page, path="/sign/pdf/prepare"),),
    "documents.complete_pdf": (partial(from_a_page, path="/sign/pdf/complete"),),
    "ra.make_api_key": (make_key,),
    "ra.revoke_api_key": (revoke_key,),
    "ra.register_institution": (register_institution,),
    "ra.change_institution": (change_institution,),
    "ra.renew_institution_secret": (renew_institution_secret,),
    "ra.end_institution": (end_institution,),
    "ra.send_again": (send_again,),
    "ra.agree_to_institution": (agree_to_institution,),
    "ra.decline_institution": (decline_institution,),
    "timestamps.time_stamp": (
        partial(from_programs, path="/tsa", content=b"\x30\x00", content_type=_QUERY),
    ),
    "verification.verify_file": (partial(from_a_page, path="/verify"),),
    "verification_api.verify": (
        partial(
            from_programs, path="/api/v1/verify", content=b"{}", content_type=_JSON
        ),
    ),
}
