"""Browsers with a certificate in their own store come into a server that asks for one.

nginx runs with `examples/mtls/by-list.conf`; the certificate came as a PKCS#12 file, as
the wallet saves it.
"""

import os
import subprocess
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from tests.deploy.mtls import EXAMPLE, MtlsServer
from tests.e2e.devices import CHROMIUM, FIREFOX_LAUNCH, FLAGS
from tests.e2e.screen import Screen
from tests.support.status_centre import running_centre

PASSWORD = "hunter-22"
REFUSED = "FAILED:certificate revoked"


@pytest.fixture(scope="module")
def status_centre(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(scope="module")
def server(status_centre, tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-list")
    asking = MtlsServer(folder, status_centre, "by-list.conf")
    script = EXAMPLE / "refresh_lists.sh"
    subprocess.run([script, status_centre.address, folder], check=True, timeout=60)
    with asking:
        yield asking


def import_certificate(database, centre, name):
    """Import a certificate into NSS, as Chromium and Firefox do; trust the root."""
    database.mkdir(parents=True)
    file = database / "certificate.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            name.encode(),
            load_pem_private_key(centre.key(name).read_bytes(), None),
            x509.load_pem_x509_certificate(centre.certificate(name).read_bytes()),
            [x509.load_pem_x509_certificate(centre.issuing.read_bytes())],
            BestAvailableEncryption(PASSWORD.encode()),
        )
    )
    place = ("-d", f"sql:{database}")
    for command in (
        ("certutil", "-N", "--empty-password", *place),
        ("certutil", "-A", "-n", "root", "-t", "C,,", "-a", "-i", centre.root, *place),
        ("pk12util", "-i", file, "-W", PASSWORD, *place),
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=60)


@contextmanager
def chromium_with(playwright, folder, screen, centre, name):
    """Open a Chromium with a window whose owner imported a certificate."""
    import_certificate(folder / "home" / ".pki" / "nssdb", centre, name)
    person = Screen(screen)
    with person.managed():
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=CHROMIUM,
            headless=False,
            args=[*FLAGS],
            env={**person.env, "HOME": str(folder / "home")},
            locale="ko-KR",
        )
        yield person, context.new_page()
        context.close()


@contextmanager
def firefox_with(playwright, folder, screen, centre, name):
    """Open a Firefox whose owner imported a certificate and lets it choose."""
    import_certificate(folder / "profile", centre, name)
    context = playwright.firefox.launch_persistent_context(
        folder / "profile",
        env={**os.environ, "DISPLAY": screen, "HOME": str(folder)},
        firefox_user_prefs={"security.default_personal_cert": "Select Automatically"},
        **FIREFOX_LAUNCH,
    )
    yield context.new_page()
    context.close()


NAME_OR_REFUSAL = pytest.mark.parametrize(
    ("name", "text"), [("good", "KIM HANA"), ("revoked", REFUSED)]
)


def text_after_choosing(person, page, url):
    """Go there, press Return in the browser's question, and return what comes."""
    page.evaluate("url => { location.href = url }", url)
    for _ in range(60):
        # The question has no window of its own that could be waited for.
        person.keys("key", "Return")
        page.wait_for_timeout(250)
        if page.url == url:
            return page.inner_text("body")
    raise AssertionError("the browser did not ask for a certificate")


@NAME_OR_REFUSAL
def test_chromium_presents_the_certificate_that_its_owner_chooses(
    playwright, screen, status_centre, server, tmp_path, name, text
):
    opened = chromium_with(playwright, tmp_path, screen, status_centre, name)
    with opened as (person, page):
        assert text in text_after_choosing(person, page, server.url)


@NAME_OR_REFUSAL
def test_firefox_presents_the_certificate_that_it_has(
    playwright, screen, status_centre, server, tmp_path, name, text
):
    with firefox_with(playwright, tmp_path, screen, status_centre, name) as page:
        page.goto(server.url)

        assert text in page.inner_text("body")
