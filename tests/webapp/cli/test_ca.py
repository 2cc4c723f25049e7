"""`certferry ca` makes a root and an issuing CA once, and never harms what is there."""

import os
import pty
import re
import stat
import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from requests import Session as Browser
from sqlalchemy.orm import Session

from mobile_bridge.npki.identity_seal import seal_random_number
from tests.deploy.centre import Centre
from tests.makers import make_request
from tests.support.customers import register
from tests.webapp.browser_client import STEPS
from webapp import db
from webapp.accounts.service import new_customer
from webapp.ca import store
from webapp.cli.ca import ca
from webapp.cli.preflight.addresses import crl_urls, issuer_urls
from webapp.clock import utc_now
from webapp.demo import people
from webapp.pki.ca_key import new_key
from webapp.pki.crl import crl_number
from webapp.pki.key_policy import KeyKind

ROOT_WORDS, ISSUING_WORDS = "root words kept apart", "issuing words of the centre"
PASSPHRASES = {
    "CERTFERRY_ROOT_PASSPHRASE": ROOT_WORDS,
    "CERTFERRY_ISSUING_PASSPHRASE": ISSUING_WORDS,
}
HERE = Path(__file__).resolve().parents[3]
NAME, URL = "Hanul 은행", "http://pki.hanul.example"


def run(*arguments, env=None):
    return CliRunner().invoke(ca, [str(part) for part in arguments], env=env)


def init(folder, *more, name=NAME, url=URL, env=PASSPHRASES):
    return run(
        "init", "--folder", folder, "--name", name, "--pki-url", url, *more, env=env
    )


@pytest.fixture(scope="module")
def hierarchy(tmp_path_factory):
    """A folder with a CA; only for looking at."""
    folder = tmp_path_factory.mktemp("keys") / "ca"
    answer = init(folder)
    assert answer.exit_code == 0, answer.output
    return folder, answer.output


@pytest.fixture
def folder(tmp_path):
    """A CA of the test's own."""
    assert init(tmp_path / "ca").exit_code == 0
    return tmp_path / "ca"


def certificate(file):
    return x509.load_pem_x509_certificate(file.read_bytes())


def crl(file):
    return x509.load_der_x509_crl(file.read_bytes())


def openssl(*arguments):
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_both_carry_the_name_and_openssl_takes_the_chain(hierarchy):
    folder, _ = hierarchy
    root, issuing = folder / "root" / "root.crt", folder / "issuing" / "issuing.crt"

    names = [certificate(file).subject.rfc4514_string() for file in (root, issuing)]

    assert names == [
        "CN=Hanul 은행 root (not accredited),O=Hanul 은행,C=KR",
        "CN=Hanul 은행 issuing CA (not accredited),O=Hanul 은행,C=KR",
    ]
    checked = openssl("verify", "-x509_strict", "-CAfile", root, issuing)
    assert checked.stdout.endswith(": OK\n"), checked.stderr


def test_the_issuing_folder_has_all_that_a_centre_needs_and_no_key_of_the_root(
    hierarchy,
):
    folder, _ = hierarchy

    files = {
        str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
    }

    assert files == {
        *("root/root.key", "root/root.crt", "root/root.crl"),
        *("issuing/issuing.key", "issuing/issuing.crt"),
        *("issuing/root.crt", "issuing/root.crl"),
    }
    assert [path.name for path in folder.parent.iterdir()] == ["ca"]


def test_nobody_else_can_read_the_files(hierarchy):
    folder, _ = hierarchy

    for path in (folder, *folder.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected


@pytest.mark.parametrize(
    ("file", "words"), [("root/root", ROOT_WORDS), ("issuing/issuing", ISSUING_WORDS)]
)
def test_each_key_opens_with_its_own_passphrase_only(hierarchy, file, words):
    key = hierarchy[0] / f"{file}.key"
    other = {ROOT_WORDS, ISSUING_WORDS} - {words}

    assert b"ENCRYPTED" in key.read_bytes()
    assert openssl("pkey", "-in", key, "-passin", f"pass:{words}").returncode == 0
    assert openssl("pkey", "-in", key, "-passin", f"pass:{other.pop()}").returncode


def test_it_says_what_to_carry_away_and_what_to_set_and_no_secret(hierarchy):
    folder, output = hierarchy

    assert "Carry this whole folder away" in output
    assert f"CERTFERRY_ISSUING_KEY={folder / 'issuing' / 'issuing.key'}" in output
    assert f"CERTFERRY_PKI_URL={URL}" in output
    assert ROOT_WORDS not in output
    assert ISSUING_WORDS not in output


@pytest.mark.parametrize("kind", ["rsa-3072", "p-384"])
def test_the_keys_are_of_the_kind_that_was_asked_for(tmp_path, kind):
    init(tmp_path / "ca", "--key", kind)

    shown = openssl(
        "x509", "-noout", "-text", "-in", tmp_path / "ca/issuing/issuing.crt"
    )

    assert {"rsa-3072": "3072 bit", "p-384": "384 bit"}[kind] in shown.stdout


def test_nothing_is_overwritten(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    answer = init(folder)

    assert answer.exit_code == 2
    assert "nothing is overwritten" in answer.output
    assert {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == before


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "ca").mkdir()

    assert init(tmp_path / "ca").exit_code == 0


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(path, _content):
        if path.name == "issuing.key":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "create_private", full)

    answer = init(tmp_path / "ca")

    assert answer.exit_code == 2
    assert "No space left" in answer.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "yessign",
            "Yes Sign",
            "yes-sign",
            "ＹＥＳＳＩＧＮ",
            "KICA",
            "K.I.C.A",
            "My KISA",
        ),
        *("Sign Korea", "CrossCert", "TradeSign", "Accredited CA", "not accredited"),
        *("한국 공인 인증", "공동인증센터", "금융결제원", "금융인증서", "코스콤"),
        *("уessign", "A<script>", "A\nB\u202e", "=", " ", "", "가" * 13, "a" * 37),
    ],
)
def test_a_name_that_is_somebody_elses_or_does_not_fit_is_refused(tmp_path, name):
    answer = init(tmp_path / "ca", name=name)

    assert answer.exit_code == 2
    assert not (tmp_path / "ca").exists()


@pytest.mark.parametrize(
    "name", ["Hana & Sons, Ltd.", "가" * 12, "Musikica 7", "a" * 36]
)
def test_other_names_are_taken(tmp_path, name):
    assert init(tmp_path / "ca", name=name).exit_code == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://pki.example",
        "pki.example",
        "http://a b",
        "",
        "http://pki.example/lists",
        "http://me:word@pki.example",
        "http://pki.example:0",
        "http://1.2.3",
    ],
)
def test_lists_have_a_plain_address(tmp_path, url):
    answer = init(tmp_path / "ca", url=url)

    assert answer.exit_code == 2
    assert "plain http:// address" in answer.output


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "Set CERTFERRY_ROOT_PASSPHRASE"),
        (PASSPHRASES | {"CERTFERRY_ISSUING_PASSPHRASE": "short"}, "12 characters"),
        (PASSPHRASES | {"CERTFERRY_ISSUING_PASSPHRASE": ROOT_WORDS}, "are the same"),
    ],
)
def test_a_passphrase_that_protects_nothing_is_refused(tmp_path, env, expected):
    answer = init(tmp_path / "ca", env=env)

    assert answer.exit_code == 2
    assert expected in answer.output
    assert not (tmp_path / "ca").exists()


def test_without_a_name_the_centre_gives_its_own(tmp_path):
    arguments = ("init", "--folder", tmp_path / "ca", "--pki-url", URL)

    nameless = run(*arguments, env=PASSPHRASES)
    named = run(*arguments, env={**PASSPHRASES, "CERTFERRY_CENTRE_NAME": "은하은행"})

    assert nameless.exit_code == 2
    assert "CERTFERRY_CENTRE_NAME" in nameless.output
    assert named.exit_code == 0, named.output
    root = certificate(tmp_path / "ca" / "root" / "root.crt")
    assert "O=은하은행" in root.subject.rfc4514_string()


def test_a_person_types_each_passphrase_twice_and_sees_neither(tmp_path):
    master, terminal = pty.openpty()
    arguments = ["--folder", str(tmp_path / "ca"), "--name", NAME, "--pki-url", URL]
    bare = {name: value for name, value in os.environ.items() if "CERTF" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp", "ca", "init", *arguments],
        cwd=HERE,
        env=bare,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = ""
    typed = iter(["short", "short", *[ROOT_WORDS] * 2, *[ISSUING_WORDS] * 2])
    asked = 0
    while True:
        try:
            shown += os.read(master, 4096).decode()
        except OSError:  # the program has ended
            break
        while len(re.findall(r"(?:Passphrase of|Repeat for)[^\n]*: ", shown)) > asked:
            asked += 1
            os.write(master, next(typed).encode() + b"\n")
    os.close(master)

    assert process.wait(30) == 0, shown
    assert "needs 12 characters" in shown
    assert ROOT_WORDS not in shown
    assert (tmp_path / "ca" / "issuing" / "issuing.key").exists()


def test_the_next_list_of_the_root_has_the_next_number(folder):
    answer = run("renew-root-crl", "--root", folder / "root", env=PASSPHRASES)

    new = crl(folder / "root" / "root.crl")
    assert answer.exit_code == 0, answer.output
    assert "number 2" in answer.output
    assert crl_number(new) == 2
    assert new.next_update_utc > utc_now() + timedelta(days=364)
    run("renew-root-crl", "--root", folder / "root", "--days", "30", env=PASSPHRASES)
    assert crl_number(crl(folder / "root" / "root.crl")) == 3
    assert stat.S_IMODE((folder / "root" / "root.crl").stat().st_mode) == 0o600


def test_a_revoked_issuing_ca_stays_in_every_later_list(folder):
    issuing = folder / "issuing" / "issuing.crt"
    words = ("--revoke", issuing, "--reason", "superseded")

    run("renew-root-crl", "--root", folder / "root", *words, env=PASSPHRASES)
    run("renew-root-crl", "--root", folder / "root", *words, env=PASSPHRASES)

    (entry,) = crl(folder / "root" / "root.crl")
    assert entry.serial_number == certificate(issuing).serial_number
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.superseded
    (folder / "root.crl.pem").write_bytes(
        crl(folder / "root" / "root.crl").public_bytes(Encoding.PEM)
    )
    checked = openssl(
        *("verify", "-crl_check", "-CAfile", folder / "root" / "root.crt"),
        *("-CRLfile", folder / "root.crl.pem", issuing),
    )
    assert "certificate revoked" in checked.stderr


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda root: (root / "root.key").unlink(), "root.key"),
        (lambda root: (root / "root.crl").unlink(), "root.crl"),
        (lambda root: (root / "root.crl").write_bytes(b"x"), "No list was signed"),
        (lambda root: (root / "root.crt").write_bytes(b"x"), "No list was signed"),
    ],
)
def test_no_list_is_signed_from_what_is_broken(folder, harm, expected):
    harm(folder / "root")

    answer = run("renew-root-crl", "--root", folder / "root", env=PASSPHRASES)

    assert answer.exit_code == 2
    assert expected in answer.output


def test_a_wrong_passphrase_signs_nothing(folder):
    before = (folder / "root" / "root.crl").read_bytes()

    answer = run(
        *("renew-root-crl", "--root", folder / "root"),
        env={"CERTFERRY_ROOT_PASSPHRASE": "some other words"},
    )

    assert answer.exit_code == 2
    assert (folder / "root" / "root.crl").read_bytes() == before


def test_a_list_or_a_certificate_of_another_root_is_refused(folder, tmp_path):
    init(tmp_path / "other", name="Other")
    theirs = tmp_path / "other" / "issuing"

    revoking = run(
        *("renew-root-crl", "--root", folder / "root"),
        *("--revoke", theirs / "issuing.crt"),
        env=PASSPHRASES,
    )
    (folder / "root" / "root.crl").write_bytes((theirs / "root.crl").read_bytes())
    renewing = run("renew-root-crl", "--root", folder / "root", env=PASSPHRASES)

    assert "was not issued by this root" in revoking.output
    assert "is not signed by this root" in renewing.output


def test_show_says_what_is_there_and_until_when(hierarchy, tmp_path):
    answer = run("show", hierarchy[0])

    assert answer.exit_code == 0
    assert "O=Hanul 은행" in answer.output
    assert "list number 1" in answer.output
    assert "days left" in answer.output
    assert "Carry its folder away" in answer.output
    assert run("show", tmp_path).exit_code == 2


def test_a_centre_issues_under_the_ca_that_was_made(folder, tmp_path):
    database = f"sqlite:///{tmp_path / 'centre.db'}"
    issuing, port_log = folder / "issuing", tmp_path / "log"
    with_customer(database)
    environ = {
        "CERTFERRY_SECRET_KEY": "0123456789abcdef" * 4,
        "CERTFERRY_DATABASE_URL": database,
        "CERTFERRY_PUBLIC_URL": "http://127.0.0.1",
        "CERTFERRY_PKI_URL": URL,
        "CERTFERRY_ISSUING_CERTIFICATE": str(issuing / "issuing.crt"),
        "CERTFERRY_ISSUING_KEY": str(issuing / "issuing.key"),
        "CERTFERRY_ISSUING_PASSPHRASE": ISSUING_WORDS,
        "CERTFERRY_ROOT_CERTIFICATE": str(issuing / "root.crt"),
        "CERTFERRY_ROOT_CRL": str(issuing / "root.crl"),
        "CERTFERRY_REQUIRE_PHONE_CHECK": "0",
        "CERTFERRY_REQUIRE_SECURITY_CARD": "0",
    }
    with Centre(environ, port_log) as centre:
        leaf, own_list = issue_at(centre.address)

    (tmp_path / "leaf.crt").write_bytes(leaf.public_bytes(Encoding.PEM))
    lists = [own_list, crl(issuing / "root.crl")]
    (tmp_path / "lists").write_bytes(
        b"".join(crl.public_bytes(Encoding.PEM) for crl in lists)
    )
    checked = openssl(
        *("verify", "-x509_strict", "-crl_check_all", "-policy_check"),
        *("-CAfile", issuing / "root.crt", "-untrusted", issuing / "issuing.crt"),
        *("-CRLfile", tmp_path / "lists", tmp_path / "leaf.crt"),
    )
    assert checked.stdout.endswith(": OK\n"), checked.stderr
    assert "O=Hanul 은행" in leaf.subject.rfc4514_string()
    assert ISSUING_WORDS not in port_log.read_text()


def with_customer(database):
    engine = db.make_engine(database)
    db.migrate(engine)
    with Session(engine) as session:
        customer = new_customer(
            login_id="hana",
            password="correct horse battery",
            name="김하나",
            latin_name="KIM HANA",
            birth_date=people.BIRTH_DATE,
        )
        register(session, customer, utc_now())
    engine.dispose()


def issue_at(address):
    """Walk through the centre over HTTP; return the certificate and the list."""
    browser = Browser()
    browser.headers["Accept"] = "text/html"

    def token():
        page = browser.get(address + "/sign-in").text
        return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]

    def submit(path, **fields):
        answer = browser.post(
            address + path, {"csrf_token": token(), **fields}, allow_redirects=False
        )
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]

    submit("/sign-in", login_id="hana", password="correct horse battery")
    application = submit("/applications").rsplit("/", 1)[-1]
    for step, fields in STEPS:
        submit(f"/applications/{application}/{step}", **fields)
    request = make_request(key=new_key(KeyKind.P_256))
    sealed = seal_random_number(
        browser.get(address + "/pki/identity-key").content,
        bytes(range(20)),
        request=request,
        application_id=application,
    )
    answer = browser.post(
        address + "/certificates",
        request,
        headers={
            "Sealed-Random-Number": b64encode(sealed).decode(),
            "Content-Type": "application/pkcs10",
            "Accept": "application/pkix-cert",
            "Application-Id": application,
            "Idempotency-Key": "k" * 16,
            "X-CSRFToken": token(),
        },
    )
    assert answer.status_code == 201, answer.text
    listed = browser.get(address + "/pki/issuing.crl").content
    return (
        x509.load_der_x509_certificate(answer.content),
        x509.load_der_x509_crl(listed),
    )


def test_a_list_and_a_certificate_are_taken_in_either_form(folder):
    root = folder / "root"
    before = crl(root / "root.crl")
    (root / "root.crl").write_bytes(before.public_bytes(Encoding.PEM))
    issuing = certificate(folder / "issuing" / "issuing.crt")
    other = folder / "issuing.der"
    other.write_bytes(issuing.public_bytes(Encoding.DER))

    renewed = run("renew-root-crl", "--root", root, "--revoke", other, env=PASSPHRASES)
    shown = run("show", folder)

    assert renewed.exit_code == 0, renewed.output
    after = crl(root / "root.crl")
    assert crl_number(after) == crl_number(before) + 1
    assert [revoked.serial_number for revoked in after] == [issuing.serial_number]
    assert shown.exit_code == 0, shown.output


def test_the_address_is_written_into_certificates_as_a_browser_spells_it(tmp_path):
    answer = init(tmp_path / "ca", url=" HTTP://PKI.Hanul.example:80/ ")

    assert answer.exit_code == 0, answer.output
    issuing = certificate(tmp_path / "ca" / "issuing" / "issuing.crt")
    assert crl_urls(issuing) == [f"{URL}/pki/root.crl"]
    assert issuer_urls(issuing) == [f"{URL}/pki/root.crt"]


def test_a_slip_in_the_name_of_a_setting_is_said_before_a_key_is_made(tmp_path):
    slip = {"CERTFERRY_ISUING_PASSPHRASE": ISSUING_WORDS}

    answer = init(tmp_path / "ca", env=PASSPHRASES | slip)

    assert answer.exit_code == 2
    assert "is CERTFERRY_ISSUING_PASSPHRASE meant?" in answer.output
    assert not (tmp_path / "ca").exists()
