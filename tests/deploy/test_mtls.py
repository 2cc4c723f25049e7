"""A real nginx with the files of `examples/mtls` lets in a good certificate alone."""

import os
import shutil
import ssl
import subprocess
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_bridge.pki.certificate import fingerprint_pairs
from tests.deploy.documents import Shell, blocks, replaced
from tests.deploy.mtls import EXAMPLE, MtlsServer
from tests.support.status_centre import running_centre
from webapp.clock import utc_now
from webapp.demo.instance import load_root
from webapp.pki.crl import build_crl

WITHIN = 30  # seconds for what shows after one, on a busy machine
REFUSED = {
    "revoked": "FAILED:certificate revoked",
    "suspended": "FAILED:certificate revoked",
    "expired": "FAILED:certificate has expired",
}


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


def refresh(centre, folder, *command):
    """Run the script as a timer does; return its exit code and what it wrote."""
    done = subprocess.run(
        [EXAMPLE / "refresh_lists.sh", centre.address, folder, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def visit(server, centre, name=None):
    """Go to the bank with a certificate, as curl does; return status and text."""
    files = ("--cert", centre.certificate(name), "--key", centre.key(name))
    done = subprocess.run(
        [
            *("curl", "-sS", "--noproxy", "*", "--cacert", centre.root),
            *(files if name else ()),
            *("-w", "\n%{http_code}", server.url),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    text, _, status = done.stdout.rpartition("\n")
    assert status.isdigit(), done.stderr
    return int(status), text


@pytest.fixture(scope="module")
def by_list(centre, tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-list")
    server = MtlsServer(folder, centre, "by-list.conf")
    assert refresh(centre, folder) == (0, "")
    with server:
        yield server


def test_by_list_a_good_certificate_comes_in_and_the_bank_knows_whose_it_is(
    centre, by_list
):
    status, text = visit(by_list, centre, "good")

    assert status == 200
    assert "(KIM HANA)" in text


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_by_list_a_bad_certificate_stays_outside_and_is_told_why(
    centre, by_list, name, reason
):
    status, text = visit(by_list, centre, name)

    assert status == 403
    assert reason in text
    assert "인증센터에서 확인" in text
    assert "see at the certificate centre" in text


def test_without_a_certificate_nobody_comes_in(centre, by_list):
    status, text = visit(by_list, centre)

    assert status == 403
    assert "(NONE)" in text


def test_what_is_revoked_is_refused_after_the_next_refresh(centre, by_list):
    centre.issue("next")
    assert visit(by_list, centre, "next")[0] == 200
    centre.revoke_and_publish("next")
    old = by_list.workers()

    code, _ = refresh(centre, by_list.folder, *by_list.command, "-s", "reload")

    assert code == 0
    by_list.wait_for_other_workers(old)
    assert visit(by_list, centre, "next")[0] == 403
    assert visit(by_list, centre, "good")[0] == 200


def test_by_list_nobody_comes_in_when_the_lists_have_ended(centre, tmp_path):
    now = utc_now()
    pem = [
        x509.load_der_x509_crl(
            build_crl(
                authority,
                [],
                number=1,
                this_update=now - timedelta(days=2),
                next_update=now - timedelta(days=1),
            )
        ).public_bytes(Encoding.PEM)
        for authority in (centre.authority(), load_root(centre.folder))
    ]
    (tmp_path / "lists.pem").write_bytes(b"".join(pem))

    with MtlsServer(tmp_path, centre, "by-list.conf") as server:
        status, text = visit(server, centre, "good")

    assert status == 403
    assert "FAILED:CRL has expired" in text


BY_OCSP = {
    "revoked": "FAILED:certificate revoked",
    "suspended": "FAILED:certificate revoked",
    "expired": "FAILED:certificate has expired",
    "unknown": "FAILED:",
}


@pytest.fixture(scope="module")
def by_ocsp(centre, tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-ocsp")
    with MtlsServer(folder, centre, "by-ocsp.conf") as server:
        yield server


def test_by_ocsp_a_good_certificate_comes_in(centre, by_ocsp):
    status, text = visit(by_ocsp, centre, "good")

    assert status == 200
    assert "(KIM HANA)" in text


@pytest.mark.parametrize(("name", "reason"), BY_OCSP.items())
def test_by_ocsp_a_bad_certificate_stays_outside(centre, by_ocsp, name, reason):
    status, text = visit(by_ocsp, centre, name)

    assert status == 403
    assert reason in text


def test_by_ocsp_a_revocation_counts_at_the_next_connection(centre, by_ocsp):
    centre.issue("stopped")
    assert visit(by_ocsp, centre, "stopped")[0] == 200

    centre.revoke("stopped")

    end = time.monotonic() + WITHIN
    while visit(by_ocsp, centre, "stopped")[0] == 200:
        assert time.monotonic() < end, "the responder still says good"


def test_by_ocsp_nobody_comes_in_while_the_responder_is_away(centre, tmp_path):
    away = MtlsServer(tmp_path, centre, "by-ocsp.conf")
    away.change(
        "ssl_ocsp leaf;", "ssl_ocsp leaf; ssl_ocsp_responder http://127.0.0.1:9;"
    )
    with away:
        status, text = visit(away, centre, "good")

    assert status == 403
    assert "FAILED:" in text


# What follows is of the script alone.


@pytest.fixture
def folder(centre, tmp_path):
    """A folder as an operator prepares it."""
    for ca in ("root", "issuing"):
        shutil.copy(centre.certificate(ca), tmp_path)
    return tmp_path


def test_refresh_runs_its_command_only_when_the_lists_changed(centre, folder):
    note = ("sh", "-c", f"echo loaded >>{folder}/noted")

    assert [refresh(centre, folder, *note) for _ in range(2)] == [(0, "")] * 2
    assert (folder / "noted").read_text() == "loaded\n"


def test_refresh_runs_a_command_again_that_failed(centre, folder):
    assert refresh(centre, folder, "false")[0] == 1

    assert refresh(centre, folder, "touch", folder / "noted") == (0, "")
    assert (folder / "noted").exists()


def contents_of(folder):
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if "crl" in path.name
    } | {"lists.pem": (folder / "lists.pem").read_bytes()}


def test_refresh_refuses_a_list_of_another_ca(centre, folder):
    refresh(centre, folder)
    before = contents_of(folder)
    shutil.copy(centre.root, folder / "issuing.pem")

    code, text = refresh(centre, folder)

    assert code == 1
    assert "not signed by" in text
    assert contents_of(folder) == before


def test_refresh_refuses_what_is_no_list_and_an_address_where_nobody_is(
    centre, folder, tmp_path
):
    refresh(centre, folder)
    before = contents_of(folder)
    place = tmp_path / "elsewhere" / "pki"
    place.mkdir(parents=True)
    (place / "issuing.crl").write_text("<p>Maintenance</p>")

    for address, reason in (
        (f"file://{place.parent}", "is no list"),
        (f"file://{tmp_path}/nowhere", "cannot be fetched"),
    ):
        done = subprocess.run(
            [EXAMPLE / "refresh_lists.sh", address, folder],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert reason in done.stderr
    assert contents_of(folder) == before


@pytest.mark.parametrize(
    ("number", "days", "reason"),
    [(9, -1, "ended on"), (16, 1, None), (7, 1, "a lower number")],
)
def test_refresh_takes_a_current_list_with_a_higher_number_alone(
    centre, folder, tmp_path, number, days, reason
):
    place, now = tmp_path / "elsewhere" / "pki", utc_now()
    place.mkdir(parents=True)
    sign = {"issuing": centre.authority(), "root": load_root(centre.folder)}
    for ca, authority in sign.items():
        ours = build_crl(
            authority,
            [],
            number=8,
            this_update=now - timedelta(days=2),
            next_update=now + timedelta(days=1),
        )
        theirs = build_crl(
            authority,
            [],
            number=number,
            this_update=now - timedelta(days=2),
            next_update=now + timedelta(days=days),
        )
        pem = x509.load_der_x509_crl(ours).public_bytes(Encoding.PEM)
        (folder / f"{ca}.crl.pem").write_bytes(pem)
        (place / f"{ca}.crl").write_bytes(theirs)

    done = subprocess.run(
        [EXAMPLE / "refresh_lists.sh", f"file://{place.parent}", folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (1 if reason else 0)
    assert (reason or "") in done.stderr
    assert (folder / "lists.pem").exists() == (reason is None)


def test_script_can_be_run():
    assert os.access(EXAMPLE / "refresh_lists.sh", os.X_OK)


def test_readme_s_commands_fetch_the_cas(centre, tmp_path):
    (commands, *_) = blocks("examples/mtls/README.md", "## 1. The CAs")
    own = {"http://pki.example": centre.address, "/etc/ssl/certferry": str(tmp_path)}

    with Shell(tmp_path, replaced(commands, own), {}) as shell:
        text = shell.wait_for("issuing.pem: OK", "Fingerprint=")

    root = centre.root.read_bytes()
    issuing = centre.issuing.read_bytes()
    assert (tmp_path / "chain.pem").read_bytes() == issuing + root
    fingerprint = fingerprint_pairs(ssl.PEM_cert_to_DER_cert(root.decode()))
    assert fingerprint in text
