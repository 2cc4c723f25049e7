"""A demo registers its example bank by itself, and hands over what it needs."""

import json
import re
import stat
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import create_app, db
from webapp.demo import instance
from webapp.demo.other_bank import FILE, NAME, PAGE, open_bank
from webapp.relying.institutions import service
from webapp.relying.institutions.errors import RegistrationAddressError
from webapp.relying.institutions.models import Institution

URL = "http://127.0.0.1:8123"
SOURCE = Path(__file__).parents[3] / "examples" / "other_bank" / "bank.py"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def config(folder, now):
    demo = instance.create_or_open(folder, public_url=URL, pki_url=URL, now=now)
    return demo.config


def handed_over(folder):
    return json.loads((folder / FILE).read_text("utf-8"))


@pytest.fixture
def stored(config):
    engine = db.make_engine(config.database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_secret_is_made_once_and_handed_over_to_the_owner_alone(
    folder, config, stored, now
):
    first = open_bank(folder, config, PAGE, now)
    before = handed_over(folder)

    again = open_bank(folder, config, PAGE, now)

    assert handed_over(folder) == before
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert again.other_bank == first.other_bank == before["CENTRE_CLIENT_ID"]
    (institution,) = stored.scalars(select(Institution)).all()
    assert institution.name == NAME
    assert service.is_secret(institution, before["CENTRE_CLIENT_SECRET"])
    assert len(before["CENTRE_CLIENT_SECRET"]) == 64
    assert before["CENTRE_SERVER_METADATA_URL"].startswith(f"{URL}/.well-known/")


def test_two_demos_have_two_secrets(tmp_path, now):
    secrets = set()
    for name in ("one", "two"):
        demo = instance.create_or_open(
            tmp_path / name, public_url=URL, pki_url=URL, now=now
        )
        open_bank(tmp_path / name, demo.config, PAGE, now)
        secrets.add(handed_over(tmp_path / name)["CENTRE_CLIENT_SECRET"])

    assert len(secrets) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"CENTRE_CLIENT_ID": 5}'])
def test_file_that_cannot_be_read_is_made_anew(folder, config, stored, now, text):
    (folder / FILE).write_text(text)

    opened = open_bank(folder, config, PAGE, now)

    institution = service.find_active(stored, opened.other_bank)
    assert service.is_secret(institution, handed_over(folder)["CENTRE_CLIENT_SECRET"])


def test_wrong_secret_in_the_file_is_replaced_and_the_bank_stays_the_same(
    folder, config, stored, now
):
    first = open_bank(folder, config, PAGE, now)
    changed = handed_over(folder) | {"CENTRE_CLIENT_SECRET": "0" * 64}
    (folder / FILE).write_text(json.dumps(changed))

    again = open_bank(folder, config, PAGE, now)

    assert again.other_bank == first.other_bank
    institution = service.find_active(stored, again.other_bank)
    assert service.is_secret(institution, handed_over(folder)["CENTRE_CLIENT_SECRET"])


def test_what_the_counter_changed_stays_and_addresses_follow(
    folder, config, stored, now
):
    first = open_bank(folder, config, PAGE, now)
    institution = service.find_active(stored, first.other_bank)
    with db.unit_of_work_on(stored):
        service.change(
            stored,
            institution,
            replace(institution.registration, name="다른은행"),
            operator_id=institution.made_by,
            now=now,
        )

    open_bank(folder, config, "https://192.0.2.7:8020", now)

    stored.refresh(institution)
    assert institution.name == "다른은행"
    assert institution.origin == "https://192.0.2.7:8020"
    assert institution.redirect_uris == (
        "https://192.0.2.7:8020/signed-in",
        "http://localhost:8020/signed-in",
    )
    assert institution.return_uris == (
        "https://192.0.2.7:8020/signed",
        "http://localhost:8020/signed",
    )
    assert institution.sector == "localhost"  # people keep their number there


def test_bank_that_the_counter_ended_is_registered_anew_at_the_next_start(
    folder, config, stored, now
):
    first = open_bank(folder, config, PAGE, now)
    institution = service.find_active(stored, first.other_bank)
    with db.unit_of_work_on(stored):
        service.end(
            stored, institution, operator_id=institution.made_by, detail={}, now=now
        )
    client = create_app(first).test_client()

    assert client.get("/demo/bank").status_code == 404
    assert open_bank(folder, config, PAGE, now).other_bank != first.other_bank


def test_https_of_a_demo_is_handed_over_with_what_trusts_it(folder, config, now):
    url = "https://192.0.2.7:8000"

    open_bank(folder, replace(config, public_url=url), "https://192.0.2.7:8020", now)

    file = handed_over(folder)
    assert Path(file["CENTRE_ROOT"]).read_text().startswith("-----BEGIN CERTIFICATE")
    assert [Path(name).parent for name in file["CERTIFICATE_AND_KEY"]] == [folder] * 2


@pytest.mark.parametrize("page", ["http://bank.example", "http://192.0.2.7:8020"])
def test_address_without_tls_elsewhere_is_refused(folder, config, now, page):
    with pytest.raises(RegistrationAddressError):
        open_bank(folder, config, page, now)

    assert not (folder / FILE).exists()


def answering(body: bytes, status: int = 200) -> HTTPServer:
    """Return a server that says one thing to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.parametrize("language", ["ko", "en"])
def test_page_leads_to_the_bank_only_while_the_bank_itself_answers(
    folder, config, now, language
):
    server = answering(b"another program")
    page = f"http://localhost:{server.server_port}"
    opened = open_bank(folder, config, page, now)
    client = create_app(opened).test_client()
    header = {"Accept-Language": language}
    other = client.get("/demo/bank", headers=header)
    server.shutdown()
    server.server_close()
    stopped = client.get("/demo/bank", headers=header)
    server = HTTPServer(
        ("127.0.0.1", server.server_port),
        type(
            "Bank",
            (BaseHTTPRequestHandler,),
            {
                "do_GET": lambda self: self.wfile.write(
                    b"HTTP/1.0 200 OK\r\n\r\n" + opened.other_bank.encode()
                )
            },
        ),
    )
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()

    running = client.get("/demo/bank", headers=header)

    thread.join(5)
    server.server_close()
    for answer in (other, stopped):
        assert answer.status_code == 200
        assert "make other-bank" in answer.text
        assert NAME in answer.text
    assert (running.status_code, running.location) == (303, f"{page}/")


def test_centre_that_is_no_demo_has_no_such_page(config):
    client = create_app(replace(config, demo=False)).test_client()

    assert client.get("/demo/bank").status_code == 404


def test_example_stays_under_a_hundred_lines_of_code():
    source = SOURCE.read_text("utf-8")
    no_code = re.compile(r'^\s*(#.*|""".*""")?$')

    code = [line for line in source.splitlines() if not no_code.match(line)]

    assert len(code) < 100
