"""One round: many clients send at the same moment, and what must hold afterwards."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.races.world import CLIENTS, World, copies
from tests.support.error_messages import ERROR_MESSAGES
from tests.webapp.browser_client import Browser
from webapp.accounts.models import Operator
from webapp.audit.checkpoint import verify
from webapp.ra.locks import IS_ADMINISTRATOR

Send = Callable[[int], TestResponse]
AS_JSON = {"Accept": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Round:
    """What clients send, by their number, and what has to come of it.

    `events` says how often each event is logged, exactly; an event that is not named
    is not logged. `each_logs` is logged as often as a request was not refused, at least
    once: who comes after another was answered may do it again. `check` looks at the
    answers and at the database.
    """

    send: Send
    events: Mapping[str, int] = field(default_factory=dict)
    each_logs: str | None = None
    settle: Callable[[], None] = lambda: None  # waits for what goes on beside
    succeed: int | None = None  # so many are not refused
    check: Callable[[list[TestResponse]], None] = lambda _answers: None


Factory = Callable[[World], Round]


def play(
    world: World, factory: Factory, *, any_event: bool = False
) -> list[TestResponse]:
    """Play a round and require what holds for every route.

    With `any_event` the caller looks at what was logged, which depends on who wins.
    """
    game = factory(world)
    before = world.newest_entry()
    world.lock_order.violations.clear()

    answers = _at_once(game.send)
    game.settle()

    for answer in answers:
        _require_clean(answer)
    assert world.lock_order.violations == []
    expected = Counter(game.events)
    if game.each_logs is not None:
        expected[game.each_logs] = max(1, sum(is_done(answer) for answer in answers))
    if not any_event:
        logged = Counter(world.events_since(before))
        assert logged == expected, (logged, expected, _told(answers))
    if game.succeed is not None:
        assert sum(is_done(answer) for answer in answers) == game.succeed, _told(
            answers
        )
    game.check(answers)
    with world.session() as session:
        verify(session)
        assert session.scalar(select(func.count(Operator.id)).where(IS_ADMINISTRATOR))
    return answers


def is_done(answer: TestResponse) -> bool:
    """Tell whether a request was not refused."""
    return answer.status_code < 400


def form(visitor: Browser, path: str, **fields: str) -> Send:
    """Send the same form from many browsers with one session.

    Refusals are asked for as JSON, so that their code can be read.
    """
    return forms(copies(visitor), path, **fields)


def forms(browsers: Sequence[Browser], path: str, **fields: str) -> Send:
    """Send the same form from many browsers."""

    def send(number: int) -> TestResponse:
        browser = browsers[number]
        fields_sent = {"csrf_token": browser.token, **fields}
        return browser.client.post(path, data=fields_sent, headers=AS_JSON)

    return send


def json(visitor: Browser, path: str, body: object) -> Send:
    """Send the same JSON from many browsers with one session."""
    browsers = copies(visitor)
    return lambda number: browsers[number].send_json(path, body)


def by_turns(*sends: Send) -> Send:
    """Have the clients send one of these each, by turns."""
    return lambda number: sends[number % len(sends)](number)


def codes(answers: Sequence[TestResponse]) -> Counter[str]:
    """Count the refusals in JSON by their code."""
    return Counter(
        answer.json["code"]
        for answer in answers
        if answer.is_json and not is_done(answer)
    )


def _at_once(send: Send) -> list[TestResponse]:
    ready = Barrier(CLIENTS)

    def one(number: int) -> TestResponse:
        ready.wait()
        return send(number)

    with ThreadPoolExecutor(CLIENTS) as threads:
        return list(threads.map(one, range(CLIENTS)))


def _require_clean(answer: TestResponse) -> None:
    """Require success, or a refusal that says what it is."""
    assert answer.status_code < 500, answer.text
    if is_done(answer):
        return
    if answer.is_json and "error" in answer.json:
        assert re.fullmatch(r"[a-z_]+", answer.json["error"])  # RFC 6749 5.2
    elif answer.is_json:
        assert answer.json["code"] in ERROR_MESSAGES
    else:
        assert "<main" in answer.text  # a page of ours that says it


def _told(answers: Sequence[TestResponse]) -> Counter[object]:
    return Counter(
        (answer.status_code, answer.json.get("code") if answer.is_json else "")
        for answer in answers
    )
