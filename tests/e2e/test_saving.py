"""Keeping a certificate on a disk: written, read back, and only then gone from here."""

import base64

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.e2e.files import open_p12
from tests.e2e.page_steps import (
    PASSWORD,
    choose_password,
    expect_kept,
    kept_in,
    reach_keeping,
    wait_for_done,
)
from webapp.accounts.models import Customer
from webapp.enrolment.models import Application

# The pickers, with the browser's own private folder in the place of a disk.
DISK = """
globalThis.asked = [];
window.showDirectoryPicker = async (options) => {
  asked.push(["folder", options]);
  return navigator.storage.getDirectory();
};
window.showSaveFilePicker = async (options) => {
  asked.push(["file", options]);
  const disk = await navigator.storage.getDirectory();
  return disk.getFileHandle(options.suggestedName, { create: true });
};
"""
CANCELLED = """
const no = async () => { throw new DOMException("closed", "AbortError"); };
window.showSaveFilePicker = window.showDirectoryPicker = no;
"""
BROKEN = """
const broken = {
  name: "x.p12",
  createWritable: async () => ({ write: async () => {}, close: async () => {} }),
  getFile: async () => new Blob(["half"]),
};
window.showSaveFilePicker = async () => broken;
"""
NONE = "delete window.showSaveFilePicker; delete window.showDirectoryPicker;"
ON_DISK = """async () => {
  const disk = await navigator.storage.getDirectory();
  const found = {};
  for await (const [name, handle] of disk.entries()) {
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    found[name] = btoa(String.fromCharCode(...bytes));
  }
  return found;
}"""


def choose(page: Page, person, place: str, script: str = DISK) -> None:
    """Walk to the last step and choose a place and a password."""
    page.add_init_script(script)
    reach_keeping(page, person)
    page.check(f"input[value={place}]")
    choose_password(page)
    expect(page.locator("#save")).to_be_visible(timeout=30_000)


def place_of(centre, person) -> str:
    """Return where the centre believes the certificate is."""
    wanted = select(Application.place).join(
        Customer, Customer.id == Application.customer_id
    )
    with centre.database() as session:
        return session.scalar(wanted.where(Customer.login_id == person.login_id))


@pytest.mark.parametrize("place", ["hard-disk", "removable-disk"])
def test_what_is_on_the_disk_opens_and_is_no_longer_in_the_browser(
    centre, person, computer: Page, tmp_path, place
):
    choose(computer, person, place)
    assert len(kept_in(computer)) == 1  # until it was read back
    computer.click("#save-go")
    wait_for_done(computer)

    expect(computer.locator("[data-kept]")).not_to_be_empty()
    ((name, content),) = computer.evaluate(ON_DISK).items()
    assert name.endswith(".p12")
    file = tmp_path / name
    file.write_bytes(base64.b64decode(content))
    assert "PRIVATE KEY" in open_p12(file)
    assert kept_in(computer) == kept_in(computer, "pending") == []
    assert place_of(centre, person) == place


def test_nothing_on_a_removable_disk_is_overwritten(person, computer: Page):
    choose(computer, person, "removable-disk")
    computer.evaluate(
        """async () => {
          const get = FileSystemDirectoryHandle.prototype.getFileHandle;
          const disk = await navigator.storage.getDirectory();
          FileSystemDirectoryHandle.prototype.getFileHandle = async function (name, o) {
            if (!globalThis.first) {
              globalThis.first = name;
              const file = await get.call(disk, name, { create: true });
              const stream = await file.createWritable();
              await stream.write("mine");
              await stream.close();
            }
            return get.call(this, name, o);
          };
        }"""
    )
    computer.click("#save-go")
    wait_for_done(computer)

    found = computer.evaluate(ON_DISK)
    assert len(found) == 2
    assert base64.b64encode(b"mine").decode() in found.values()


@pytest.mark.parametrize("script", [CANCELLED, BROKEN])
def test_what_was_not_saved_stays_in_the_browser_and_can_be_saved_again(
    centre, person, computer: Page, script
):
    choose(computer, person, "hard-disk", script)
    computer.click("#save-go")
    expect(computer.locator("#save-refused")).to_be_visible(timeout=20_000)
    assert len(kept_in(computer)) == 1
    assert place_of(centre, person) is None

    computer.evaluate(f"() => {{ {DISK} }}")
    computer.click("#save-go")
    wait_for_done(computer)

    assert kept_in(computer) == []
    assert place_of(centre, person) == "hard-disk"


def test_the_choice_survives_a_reload_and_the_password_is_asked_for_again(
    centre, person, computer: Page
):
    choose(computer, person, "hard-disk")
    computer.reload()
    expect(computer.locator("#save-password")).to_be_visible(timeout=20_000)
    computer.fill("#save-password", "Wrong-Horse-9")
    computer.click("#save-go")
    expect(computer.locator("#save-refused")).to_be_visible(timeout=20_000)

    computer.fill("#save-password", PASSWORD)
    computer.click("#save-go")
    wait_for_done(computer)

    assert centre.certificates_of(person) == 1
    assert place_of(centre, person) == "hard-disk"


def test_keeping_it_in_the_browser_instead_is_one_press_away(
    centre, person, computer: Page
):
    choose(computer, person, "removable-disk", CANCELLED)
    computer.click("#save-browser")
    wait_for_done(computer)

    assert place_of(centre, person) == "browser"
    expect_kept(computer, 1)


def test_a_browser_without_pickers_downloads_and_keeps_its_copy(
    centre, person, computer: Page, tmp_path
):
    choose(computer, person, "hard-disk", NONE)
    with computer.expect_download(timeout=20_000) as saved:
        computer.click("#save-go")
    saved.value.save_as(tmp_path / "one.p12")
    wait_for_done(computer)

    assert "PRIVATE KEY" in open_p12(tmp_path / "one.p12")
    assert place_of(centre, person) == "file"
    expect_kept(computer, 1)


def test_what_is_for_the_phone_leads_to_the_code_and_from_there_to_the_receipt(
    centre, person, computer: Page
):
    reach_keeping(computer, person)
    computer.check("input[value=phone]")
    choose_password(computer)
    expect(computer.locator("#qr svg")).to_be_visible(timeout=30_000)

    computer.click("a[href$='/done']")
    wait_for_done(computer)

    assert place_of(centre, person) == "browser"
