"""From the first page to "it is on my phone", in a real browser on both sides."""

import subprocess
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.walks import (
    PASSWORD,
    code_on,
    get_certificate,
    show_code,
    sign_in,
    type_code,
)


def openssl(*words: object, text: str = "") -> str:
    """Run openssl and return what it printed."""
    done = subprocess.run(
        ["openssl", *map(str, words)],
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def scan(phone: Page, computer: Page, video) -> None:
    """Open the page's own scanner and hold the phone to the PC's screen."""
    video.show_nothing()
    phone.goto("/p")
    phone.tap("#open-camera")
    video.show(computer.screenshot())
    expect(phone.locator("#view-ready")).to_be_visible(timeout=15_000)


def fetch(url: str, path: Path) -> Path:
    with urllib.request.urlopen(url) as answer:
        path.write_bytes(answer.read())
    return path


def test_a_certificate_made_in_the_browser_arrives_on_the_phone(
    centre, computer: Page, phone: Page, video, tmp_path
):
    sign_in(computer, centre.password)
    certificate = get_certificate(computer)
    show_code(computer, certificate)

    scan(phone, computer, video)
    phone.tap("#join")
    type_code(computer, code_on(phone))
    computer.fill("#send-password", PASSWORD)
    computer.click("#send-go")
    expect(phone.locator("#offer .certificate")).to_contain_text("김하나")
    phone.tap("#accept")

    expect(phone.locator("#view-result h1")).to_be_visible(timeout=15_000)
    expect(computer.locator("#view-result h2")).to_be_visible(timeout=15_000)
    phone.goto("/wallet")
    expect(phone.locator("#wallet .certificate")).to_have_count(1)

    phone.locator("#wallet button").nth(1).tap()
    phone.fill("#export-password", PASSWORD)
    with phone.expect_download(timeout=20_000) as saved:
        phone.tap("#export-go")
    p12 = tmp_path / "from_phone.p12"
    saved.value.save_as(p12)
    opened = openssl(
        "pkcs12",
        "-in",
        p12,
        "-passin",
        f"pass:{PASSWORD}",
        "-nodes",
    )
    check_chain(centre.url, opened, tmp_path)


def check_chain(url: str, pem: str, folder: Path) -> None:
    """The key belongs to the certificate, and its chain and list are in order."""
    own = folder / "own.pem"
    own.write_text(pem)
    assert openssl("x509", "-in", own, "-noout", "-pubkey") == openssl(
        "pkey", "-in", own, "-pubout"
    )
    for name in ("root.crt", "issuing.crt"):
        der = fetch(f"{url}/pki/{name}", folder / name)
        openssl("x509", "-inform", "DER", "-in", der, "-out", folder / f"{name}.pem")
    for name in ("root.crl", "issuing.crl"):
        der = fetch(f"{url}/pki/{name}", folder / name)
        openssl("crl", "-inform", "DER", "-in", der, "-out", folder / f"{name}.pem")
    said = openssl(
        "verify",
        "-crl_check_all",
        "-CAfile",
        folder / "root.crt.pem",
        "-untrusted",
        folder / "issuing.crt.pem",
        "-CRLfile",
        folder / "issuing.crl.pem",
        "-CRLfile",
        folder / "root.crl.pem",
        own,
    )
    assert said.strip().endswith("OK")
