"""deploy/nginx.conf, in front of two centres, lets in what it should and no more."""

import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.support.relay_device import text

TIMEOUT = 10


@pytest.fixture
def visit(proxy):
    """Ask nginx, without what this machine's environment says about TLS."""
    with requests.Session() as session:
        session.verify = proxy.root  # the file of its root certificate
        session.trust_env = False

        def ask(method, url, **options):
            return session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, **options
            )

        yield ask


@pytest.mark.parametrize("path", ["root.crl", "root.crt", "issuing.crl", "issuing.crt"])
def test_lists_and_certificates_come_over_plain_http(proxy, visit, path):
    answer = visit("GET", f"{proxy.plain_address}/pki/{path}")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/pkix-")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/bridge/show", "/p"])
def test_all_else_is_led_to_https(proxy, visit, path):
    answer = visit("GET", f"{proxy.plain_address}{path}")

    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_figures_are_handed_to_this_machine_alone(proxy, visit, path):
    here = visit("GET", f"{proxy.address}{path}")
    with requests.Session() as elsewhere:
        elsewhere.verify, elsewhere.trust_env = proxy.root, False
        elsewhere.mount("https://", _From("127.0.0.2"))
        refused = elsewhere.get(f"{proxy.address}{path}", timeout=TIMEOUT)

    assert here.json()["code"] in {"unknown_page", "not_ready"}
    assert refused.status_code == 403


class _From(HTTPAdapter):
    """Connects from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *values, **options):
        options["source_address"] = (self._address, 0)
        super().init_poolmanager(*values, **options)


def test_nothing_is_posted_over_plain_http(proxy, visit):
    assert visit("POST", f"{proxy.plain_address}/pki/root.crl").status_code == 403


@pytest.mark.parametrize("path", ["/ocsp", "/ocsp/"])
def test_status_is_asked_for_over_plain_http_by_post_and_get(proxy, visit, path):
    posted = visit("POST", f"{proxy.plain_address}{path}", data=b"no request")
    # "//" and percent signs come through as they were sent.
    got = visit("GET", f"{proxy.plain_address}/ocsp/MEM//%2F%2B")

    assert posted.headers["Content-Type"] == "application/ocsp-response"
    assert got.headers["Content-Type"] == "application/ocsp-response"
    assert visit("PUT", f"{proxy.plain_address}{path}").status_code == 403


def test_the_centre_knows_that_people_reach_it_over_https(proxy, visit):
    page = visit("GET", f"{proxy.address}/sign-in")

    assert page.status_code == 200
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert "Secure" in page.headers["Set-Cookie"]


def test_what_is_larger_than_anything_to_send_is_refused(proxy, visit):
    answer = visit("POST", f"{proxy.address}/bridge/show", data=b"x" * 1_100_000)

    assert answer.status_code == 413


def test_a_file_of_customers_of_the_size_that_is_promised_comes_through(proxy, visit):
    from webapp.ra.customers.csv_rows import MAX_BYTES

    sheet = {"sheet": ("customers.csv", b"x" * MAX_BYTES)}
    answer = visit("POST", f"{proxy.address}/counter/import", files=sheet)

    # From the centre, which lets nobody but an operator send so much.
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_lists_are_there_under_both_names(proxy, visit):
    for host in ("localhost", "127.0.0.1"):
        url = f"http://127.0.0.1:{proxy.plain_port}/pki/issuing.crl"
        assert visit("GET", url, headers={"Host": host}).status_code == 200


def test_what_stands_after_the_question_mark_is_not_noted(proxy, visit):
    visit("GET", f"{proxy.address}/p?secret=open-sesame")
    visit("GET", f"{proxy.plain_address}/p?secret=open-sesame")

    assert proxy.log().count('"GET /p"') >= 2
    assert "open-sesame" not in proxy.log()


def test_under_another_name_there_is_nobody(proxy, visit):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    with (
        socket.create_connection(("127.0.0.1", proxy.port)) as line,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(line, server_hostname="evil.example")
    with pytest.raises(requests.ConnectionError):
        visit("GET", proxy.plain_address, headers={"Host": "evil.example"})


def test_only_static_files_are_compressed(proxy, visit):
    asked = {"Accept-Encoding": "gzip"}
    page = visit("GET", f"{proxy.address}/sign-in", headers=asked)
    path = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    style = visit("GET", f"{proxy.address}{urlsplit(path).path}", headers=asked)

    assert "Content-Encoding" not in page.headers
    assert style.headers["Content-Encoding"] == "gzip"


def test_attempts_are_counted_for_both_workers_together_and_by_visitor(proxy, visit):
    def codes(home, count):
        body = {"sid": text(b"nobody's pairing"), "token": text(b"t" * 16)}
        return [
            visit(
                "POST",
                f"{proxy.address}/bridge/join",
                json=body,
                headers={"X-Forwarded-For": home},
            ).json()["code"]
            for _ in range(count)
        ]

    many, another = codes("203.0.113.1", 12), codes("203.0.113.2", 1)

    assert many == ["not_available"] * 10 + ["too_many"] * 2
    assert another == ["not_available"]
