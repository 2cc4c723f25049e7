"""What relying parties and signers send, and the keys that operators make for them."""

import secrets
from functools import partial

from tests.races.counter_rounds import at_counter
from tests.races.rounds import Factory, Round
from tests.races.world import CLIENTS, World
from webapp.accounts.models import Role
from webapp.clock import utc_now
from webapp.relying.api_keys import service


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


_JSON = "application/json"
_QUERY = "application/timestamp-query"
ROWS: dict[str, tuple[Factory, ...]] = {
    "documents.prepare_pdf": (partial(from_a_page, path="/sign/pdf/prepare"),),
    "documents.complete_pdf": (partial(from_a_page, path="/sign/pdf/complete"),),
    "ra.make_api_key": (make_key,),
    "ra.revoke_api_key": (revoke_key,),
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
