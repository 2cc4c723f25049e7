"""Certificates of other issuers come into the page in Firefox and in WebKit too."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.devices import Devices
from tests.e2e.files import openssl
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import kept_in
from tests.e2e.test_bring import DROP
from tests.e2e.webkit import WebKitPage, webkit_running
from tests.support.foreign_certificates import (
    PASSWORD,
    ForeignCertificate,
    make_foreign,
    write_npki,
)

KEEP = "Keep it in this browser"
WRONG = "This is not the password of this certificate."


@pytest.fixture(scope="module")
def foreign() -> ForeignCertificate:
    """A bank's certificate of another issuer."""
    return make_foreign()


@pytest.fixture
def npki_files(tmp_path: Path, foreign: ForeignCertificate) -> list[Path]:
    """Return the two files of its folder."""
    write_npki(tmp_path / "usb", foreign)
    return sorted(path for path in (tmp_path / "usb").rglob("*.*") if path.is_file())


@pytest.fixture
def older_pfx(tmp_path: Path, foreign: ForeignCertificate) -> Path:
    """Return a file with RC2 and triple DES, as OpenSSL 1 and old browsers made it."""
    (tmp_path / "key").write_bytes(foreign.private_key_info)
    (tmp_path / "certificate").write_bytes(foreign.certificate)
    for name, program in (("key", "pkey"), ("certificate", "x509")):
        file = str(tmp_path / name)
        openssl(program, "-inform", "DER", "-in", file, "-out", f"{file}.pem")
    pfx = tmp_path / "older.p12"
    openssl(
        *("pkcs12", "-export", "-legacy", "-passout", f"pass:{PASSWORD}"),
        *(
            "-inkey",
            f"{tmp_path / 'key'}.pem",
            "-in",
            f"{tmp_path / 'certificate'}.pem",
        ),
        *("-out", str(pfx)),
    )
    return pfx


@pytest.fixture
def fox(firefox: Browser, centre):
    """A page of Firefox, and its complaints at the end."""
    devices = Devices(firefox, centre.url)
    yield devices.computer()
    devices.close()


@pytest.fixture(scope="module")
def webkit(centre, screen, tmp_path_factory):
    """The page of one WebKit for all tests."""
    home = tmp_path_factory.mktemp("webkit")
    with webkit_running(centre.url, screen, home) as page:
        yield page


def open_in_firefox(page: Page, files: list[Path]) -> None:
    """Choose the files and open the key, the second time with the right password."""
    page.goto("/bring")
    expect(page.locator("#pick-files")).to_be_enabled()
    page.set_input_files("#files-input", files)
    form = page.locator(".open-form:visible")
    form.locator("input:visible").fill("Wrong-Horse-9")
    form.locator("button.primary").click()
    expect(form.locator("[role=alert]")).to_contain_text(korean(WRONG))
    form.locator("input:visible").fill(PASSWORD)
    form.locator("button.primary").click()
    expect(page.locator(".checks li.done").first).to_be_visible(timeout=20_000)


def open_in_webkit(page: WebKitPage, files: list[Path]) -> None:
    """Do the same in WebKit."""
    page.goto("/bring")
    page.shown("#pick-files")
    page.choose_files("#files-input", files)
    page.type_in(".open-form input", "Wrong-Horse-9")
    # Its language is that of the system, which may be either.
    page.shown(".open-form [role=alert]", WRONG, korean(WRONG))
    page.type_in(".open-form input", PASSWORD)
    page.shown(".checks li.done")


def test_firefox_reads_an_npki_folder_and_the_wallet_keeps_it(
    fox: Page, foreign, npki_files
):
    open_in_firefox(fox, npki_files)
    expect(fox.locator("#certificates .certificate")).to_contain_text("홍길동")
    fox.locator(".import-card button", has_text=korean(KEEP)).click()
    expect(fox.locator(".import-card .notice.safe")).to_be_visible()

    fox.goto("/wallet")
    expect(fox.locator("#wallet .certificate")).to_contain_text("홍길동")
    [key] = [path for path in npki_files if path.suffix == ".key"]
    assert [kept["encryptedKey"] for kept in kept_in(fox)] == [key.read_bytes()]


def test_firefox_opens_a_p12_of_older_programs(fox: Page, older_pfx):
    open_in_firefox(fox, [older_pfx])

    expect(fox.locator("#certificates .certificate")).to_contain_text("홍길동")


@pytest.fixture
def npki_zip(tmp_path: Path, npki_files: list[Path]) -> bytes:
    """Return the same folder in a zip."""
    archive = tmp_path / "npki.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in npki_files:
            zipped.write(path, path.relative_to(tmp_path))
    return archive.read_bytes()


def test_firefox_reads_a_zip_that_is_dropped(fox: Page, npki_zip):
    fox.goto("/bring")
    expect(fox.locator("#pick-files")).to_be_enabled()
    fox.evaluate(DROP, list(npki_zip))

    expect(fox.locator("#certificates .certificate")).to_contain_text("홍길동")


def test_webkit_reads_a_zip_that_is_dropped(webkit: WebKitPage, npki_zip):
    webkit.goto("/bring")
    webkit.shown("#pick-files")
    webkit.run(DROP, list(npki_zip))

    webkit.shown("#certificates .certificate", "홍길동")


def test_webkit_reads_an_npki_folder_and_the_wallet_keeps_it(
    webkit: WebKitPage, foreign, npki_files
):
    open_in_webkit(webkit, npki_files)
    webkit.shown("#certificates .certificate", "홍길동")
    webkit.press(".import-card button", KEEP, korean(KEEP))
    webkit.shown(".import-card .notice.safe")

    webkit.goto("/wallet")
    webkit.shown("#wallet .certificate", "홍길동")
    [key] = [path for path in npki_files if path.suffix == ".key"]
    assert webkit.kept_keys() == [key.read_bytes()]


def test_webkit_opens_a_p12_of_older_programs(webkit: WebKitPage, older_pfx):
    open_in_webkit(webkit, [older_pfx])

    webkit.shown("#certificates .certificate", "홍길동")
