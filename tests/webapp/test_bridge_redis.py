"""Several workers need a Redis, and with one they count attempts together."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.support.redis_server import RedisServer
from tests.support.servers import free_port
from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.bridge_redis import is_reachable
from webapp.cli import serve
from webapp.cli.main import main
from webapp.config import Secret


@pytest.fixture
def redis_server(tmp_path):
    with RedisServer(tmp_path) as running:
        yield running


def serve_demo(tmp_path, monkeypatch, url, *options):
    """Return what the command says, and what it would have served."""
    served = []
    monkeypatch.setattr(serve, "serve", lambda *arguments: served.append(arguments))
    monkeypatch.setattr("gevent.monkey.patch_all", lambda: None)
    monkeypatch.setenv("CERTFERRY_REDIS_URL", url)
    where = ["--instance", str(tmp_path / "i"), "--port", str(free_port())]
    done = CliRunner().invoke(main, ["serve", "--demo", *where, *options])
    return done, served


def test_several_workers_without_redis_are_refused_with_what_to_set(
    tmp_path, monkeypatch
):
    done, served = serve_demo(tmp_path, monkeypatch, "", "--workers", "2")

    assert done.exit_code == 2
    assert "CERTFERRY_REDIS_URL: for example redis://" in done.output
    assert served == []
    assert not (tmp_path / "i").exists()


def test_what_is_no_address_of_a_redis_is_refused(tmp_path, monkeypatch):
    done, served = serve_demo(tmp_path, monkeypatch, "http://:sesame@redis")

    assert done.exit_code == 2
    assert "CERTFERRY_REDIS_URL" in done.output
    assert "sesame" not in done.output
    assert served == []


def test_a_redis_that_does_not_answer_yet_is_said_and_the_centre_starts(
    tmp_path, monkeypatch
):
    url = f"redis://127.0.0.1:{free_port()}/0"
    done, served = serve_demo(tmp_path, monkeypatch, url)

    assert done.exit_code == 0
    assert "Redis does not answer" in done.output
    assert len(served) == 1


def test_a_demo_with_a_redis_has_as_many_workers_as_asked_for(
    tmp_path, monkeypatch, redis_server
):
    done, served = serve_demo(tmp_path, monkeypatch, redis_server.url, "--workers", "3")

    ((config, where, _),) = served
    assert done.output == ""
    assert where.workers == 3
    assert config.redis_url == redis_server.url


def test_a_redis_is_asked_whether_it_answers(redis_server):
    assert is_reachable(redis_server.url)
    assert not is_reachable(f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def two_workers(config, redis_server):
    """Two visitors of one centre, each at another worker."""
    shared = replace(config, redis_url=Secret(redis_server.url), rate_limits=True)
    return [Browser(create_app(shared).test_client()) for _ in range(2)]


def test_attempts_to_sign_in_are_counted_for_all_workers_together(two_workers):
    one, two = two_workers

    for visitor in two_workers:
        for _ in range(5):
            assert visitor.sign_in("demo", "wrong").status_code != 429

    assert one.sign_in("demo", "wrong").status_code == 429
    assert two.sign_in("demo", "wrong").status_code == 429


def test_while_redis_is_away_people_sign_in_and_attempts_are_still_counted(
    two_workers, redis_server, password
):
    one, _ = two_workers
    redis_server.kill()

    assert one.sign_in("demo", password).status_code == 302
    codes = [one.sign_in("demo", "wrong").status_code for _ in range(12)]
    assert 429 in codes
