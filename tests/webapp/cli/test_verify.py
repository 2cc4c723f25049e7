"""`certferry verify` leaves with 0 for what is valid alone, and says why."""

import json
import shutil

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.webapp.relying.verification.documents import TEXT, cms
from tests.webapp.relying.verification.hierarchy import (
    COMPROMISE,
    DAY,
    HOLD,
    NOON,
    certify,
    crl_of,
    hierarchy,
)
from tests.webapp.relying.verification.validation.test_embedded_data import (
    lasting,
    other,
)
from webapp.cli.main import main
from webapp.cli.verify import Exit
from webapp.pki.services.certificates import ServiceKind

AT = ("--at", "2026-03-05T12:00+09:00")  # NOON


def run(*arguments, env=None):
    return CliRunner(env={"LANG": "en_US.UTF-8", **(env or {})}).invoke(
        main, ["verify", *map(str, arguments)]
    )


@pytest.fixture
def files(tmp_path):
    """A holder, whom to trust and the lists, as files."""
    pki = hierarchy()
    (tmp_path / "holder.crt").write_bytes(pki.holder.pem)
    (tmp_path / "roots.pem").write_bytes(pki.root.pem)
    (tmp_path / "chain.pem").write_bytes(pki.authority.pem)
    (tmp_path / "root.crl").write_bytes(crl_of(pki.root))
    (tmp_path / "authority.crl").write_bytes(crl_of(pki.authority))
    return tmp_path


def options(files, *crls):
    names = crls or ("root.crl", "authority.crl")
    return [
        *("--trust", files / "roots.pem", "--intermediates", files / "chain.pem"),
        *(part for name in names for part in ("--crl", files / name)),
        *AT,
    ]


def test_a_valid_certificate_leaves_with_0(files):
    result = run(files / "holder.crt", *options(files))

    assert result.exit_code == Exit.VALID == 0
    assert "Genuine" in result.output
    assert "CN=Holder,C=KR" in result.output


def test_json_says_verdict_reasons_subject_issuer_serial_and_time(files):
    result = run(files / "holder.crt", *options(files), "--json")

    answer = json.loads(result.output)
    assert (answer["verdict"], answer["reasons"]) == ("valid", [])
    assert answer["subject"] == "CN=Holder,C=KR"
    assert answer["issuer"] == "CN=Authority,C=KR"
    assert answer["serial"] == f"{hierarchy().holder.serial:x}"
    assert answer["at"] == "2026-03-05T03:00:00Z"


def test_a_time_without_a_zone_is_korean_time(files):
    arguments = options(files)[:-1]

    result = run(files / "holder.crt", *arguments, "2026-03-05T12:00", "--json")

    assert json.loads(result.output)["at"] == "2026-03-05T03:00:00Z"


@pytest.mark.parametrize(
    ("reason", "exit_code"), [(COMPROMISE, Exit.REVOKED), (HOLD, Exit.SUSPENDED)]
)
def test_what_does_not_count_has_an_exit_code_of_its_own(files, reason, exit_code):
    pki = hierarchy()
    revoked = crl_of(pki.authority, [(pki.holder, NOON - DAY, reason)])
    (files / "authority.crl").write_bytes(revoked)

    result = run(files / "holder.crt", *options(files))

    assert result.exit_code == exit_code


def test_without_a_list_the_status_is_unavailable(files):
    result = run(
        *(files / "holder.crt", "--trust", files / "roots.pem", *AT),
        *("--intermediates", files / "chain.pem"),
    )

    assert result.exit_code == Exit.STATUS_UNAVAILABLE


def test_a_stranger_is_untrusted(files):
    (files / "stranger.crt").write_bytes(certify("Stranger").der)

    result = run(files / "stranger.crt", *options(files))

    assert result.exit_code == Exit.UNTRUSTED


def test_a_certificate_is_expired_at_a_later_time(files):
    (files / "old.crt").write_bytes(
        certify("Old", hierarchy().authority, ends=NOON - DAY).der
    )

    assert run(files / "old.crt", *options(files)).exit_code == Exit.EXPIRED


def test_a_file_with_its_signature_is_verified(files):
    (files / "text").write_bytes(TEXT)
    (files / "text.p7s").write_bytes(cms(files, TEXT, hierarchy().holder))
    signed = ("--signature", files / "text.p7s", *options(files))

    assert run(files / "text", *signed).exit_code == Exit.VALID
    (files / "text").write_bytes(TEXT + b"!")
    assert run(files / "text", *signed).exit_code == Exit.UNTRUSTED


def test_a_file_that_is_nothing_is_malformed(files):
    (files / "text").write_bytes(TEXT)

    result = run(files / "text", *options(files))

    assert result.exit_code == Exit.MALFORMED


@pytest.mark.parametrize(
    "wrong",
    [
        ("--at", "tomorrow"),
        ("--trust", "no.pem"),
        ("--algorithm", "ecdsa-sha256"),
        ("--crl", "holder.crt"),
    ],
)
def test_wrong_use_leaves_with_2_and_a_sentence(files, wrong, monkeypatch):
    monkeypatch.chdir(files)

    result = run("holder.crt", *options(files), *wrong)

    assert result.exit_code == Exit.USAGE
    assert "Traceback" not in result.output


def test_a_demo_says_whom_to_trust_and_what_is_revoked(
    demo_template, tmp_path, factory, now, stored
):
    folder, _made = demo_template
    instance = shutil.copytree(folder, tmp_path / "instance")
    certificate = factory.issued(now)
    (tmp_path / "holder.crt").write_bytes(certificate.der)
    _copy_database(stored, instance / "certferry.db")

    result = run(tmp_path / "holder.crt", "--instance", instance, "--json")

    assert json.loads(result.output)["verdict"] == "valid"
    issuer = x509.load_der_x509_certificate(certificate.der).issuer
    assert json.loads(result.output)["issuer"] == issuer.rfc4514_string()


def test_the_time_stamping_authority_of_a_demo_is_valid(
    demo_template, tmp_path, app, now
):
    folder, _made = demo_template
    instance = shutil.copytree(folder, tmp_path / "instance")
    services = app.extensions["certferry.ca"].services
    shutil.copytree(services.folder, instance / "ca" / "services", dirs_exist_ok=True)
    clock = services.signer(ServiceKind.TIME_STAMPING, now).certificate
    (tmp_path / "clock.crt").write_bytes(clock.public_bytes(Encoding.DER))

    result = run(tmp_path / "clock.crt", "--instance", instance)

    assert result.exit_code == Exit.VALID


def _copy_database(session: Session, path):
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    source = session.connection().connection.dbapi_connection
    target = engine.raw_connection()
    source.backup(target.dbapi_connection)
    target.close()
    path.chmod(0o600)


def test_without_roots_and_without_a_centre_it_asks_which(files, monkeypatch):
    monkeypatch.delenv("CERTFERRY_DATABASE_URL", raising=False)

    result = run(files / "holder.crt")

    assert result.exit_code != Exit.VALID


def test_der_is_read_as_pem_is(files):
    (files / "holder.der").write_bytes(
        hierarchy().holder.certificate.public_bytes(Encoding.DER)
    )

    assert run(files / "holder.der", *options(files)).exit_code == Exit.VALID


def test_a_document_of_another_centre_needs_its_root_alone(tmp_path):
    (tmp_path / "contract.pdf").write_bytes(lasting())
    (tmp_path / "other.pem").write_bytes(other().root.pem)
    (tmp_path / "roots.pem").write_bytes(hierarchy().root.pem)

    results = [
        run(tmp_path / "contract.pdf", "--trust", tmp_path / roots, *AT)
        for roots in ("other.pem", "roots.pem")
    ]

    assert [one.exit_code for one in results] == [Exit.VALID, Exit.UNTRUSTED]
