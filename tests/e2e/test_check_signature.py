"""Anybody reads in a page whether a signature is genuine, and whose it is."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.test_sign_document import choose, save, sign
from tests.support.pdf_signing import make_pdf


def check(page: Page, *files: Path) -> None:
    """Choose files and press the button."""
    page.goto("/verify")
    page.set_input_files("#files", files)
    page.click("main form .primary")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(make_pdf())
    return path


@pytest.fixture
def signed(sender: Page, contract: Path, tmp_path: Path) -> Path:
    """A contract that was signed in the page."""
    choose(sender, contract)
    sign(sender)
    return save(sender, tmp_path / "signed.pdf")


def test_what_the_page_signed_is_genuine_for_a_stranger(sender, signed, devices):
    expect(sender.locator("#signed a[href='/verify']")).to_be_visible()
    stranger = devices.phone()
    check(stranger, signed)

    expect(stranger.locator("#verdict")).to_have_text(korean("Genuine"))
    expect(stranger.locator("section[data-verdict=valid]")).to_contain_text("김하나")


def test_a_changed_document_is_not_to_be_trusted(signed, computer, tmp_path):
    changed = tmp_path / "changed.pdf"
    octets = signed.read_bytes()
    assert b"Contract, page 1" in octets
    changed.write_bytes(octets.replace(b"Contract, page 1", b"Contract, page 9"))

    check(computer, changed)

    expect(computer.locator("#verdict")).to_have_text(korean("Do not trust this"))


def test_a_signature_beside_its_document_is_checked_without_scripts(
    sender, contract, devices, tmp_path
):
    choose(sender, contract)
    sender.check("[name=way][value=file]", force=True)
    sign(sender)
    signature = save(sender, tmp_path / "contract.pdf.p7s")
    page = devices.computer(java_script_enabled=False)

    check(page, signature, contract)

    expect(page.locator("#verdict")).to_have_text(korean("Genuine"))


def test_what_is_no_signature_is_said_so(computer, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("hello", "utf-8")

    check(computer, letter)

    expect(computer.locator("#verdict")).to_have_text(korean("This cannot be checked"))
