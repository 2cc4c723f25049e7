"""Two centres as on two machines, one Redis, one database, nginx in front of them."""

from dataclasses import replace

import pytest

from tests.deploy.centre import Centre, Proxy, settings
from tests.support.redis_server import RedisServer
from webapp.cli import lan_https
from webapp.clock import utc_now
from webapp.demo import instance as demo


@pytest.fixture(scope="session")
def instance(tmp_path_factory):
    """A folder with CA and database, and the configuration of its centre."""
    folder = tmp_path_factory.mktemp("centre")
    url = "https://localhost"
    demo_instance = demo.create_or_open(
        folder, public_url=url, pki_url="http://localhost", now=utc_now()
    )
    return folder, replace(demo_instance.config, demo=False)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def centres(instance, redis_server):
    """Two that know nothing of each other but the Redis and the database."""
    folder, config = instance
    environ = settings(config, CERTFERRY_REDIS_URL=redis_server.url)
    with (
        Centre(environ, folder / "one.log") as one,
        Centre(environ, folder / "two.log") as two,
    ):
        yield one, two


@pytest.fixture(scope="session")
def proxy(instance, centres, tmp_path_factory):
    folder, _ = instance
    files = lan_https.write_server_certificate(folder, ["localhost"], utc_now())
    place = tmp_path_factory.mktemp("nginx")
    place.chmod(0o755)
    with Proxy(place, [one.port for one in centres], files) as running:
        running.root = str(folder / "ca" / "root.crt")
        yield running
