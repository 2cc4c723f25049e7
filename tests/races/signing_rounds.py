"""A program of an institution asks and withdraws, many times at once."""

from typing import Any

from tests.races.rounds import Factory, Round
from tests.races.world import CLIENTS, World
from tests.support.signing import RETURN, Program, make_program
from webapp.clock import utc_now
from webapp.relying.signing.models import SigningRequest


def programs(world: World) -> list[Program]:
    """Return one program in many processes."""
    world.operator()
    with world.session() as session:
        first = make_program(world.app().test_client(), session, utc_now())
    others = [world.app().test_client() for _ in range(CLIENTS - 1)]
    return [
        first,
        *(Program(client, first.institution, first.secret) for client in others),
    ]


def count_requests(world: World) -> int:
    with world.session() as session:
        return session.query(SigningRequest).count()


def make_once(world: World) -> Round:
    """The same call at once: one request, and one answer for all."""
    callers, before = programs(world), count_requests(world)

    def check(answers: Any) -> None:
        assert len({answer.data for answer in answers}) == 1
        assert count_requests(world) == before + 1

    return Round(
        send=lambda number: callers[number].make("key"),
        succeed=CLIENTS,
        check=check,
    )


def make_with_other_bodies(world: World) -> Round:
    """One key, another body each: one is a request, the others are refused."""
    callers, before = programs(world), count_requests(world)

    def check(_answers: Any) -> None:
        assert count_requests(world) == before + 1

    return Round(
        send=lambda number: callers[number].make("key", expires_in=60 + number),
        succeed=1,
        check=check,
    )


def withdraw(world: World) -> Round:
    callers = programs(world)
    request_id = callers[0].make(return_uri=RETURN).json["id"]
    return Round(send=lambda number: callers[number].withdraw(request_id), succeed=1)


ROWS: dict[str, tuple[Factory, ...]] = {
    "signing_api.make_request": (make_once, make_with_other_bodies),
    "signing_api.withdraw_request": (withdraw,),
}
