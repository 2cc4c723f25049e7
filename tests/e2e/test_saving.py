"""Keeping a certificate on a disk: written, read back, and only then gone from here."""

import base64

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from mobile_bridge.npki.files.folder import folder_parts
from mobile_bridge.npki.identity import read_random_number
from mobile_bridge.npki.key_file import KeyForm, decrypt_key, read_form
from tests.e2e.files import open_key, open_p12
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
  const files = {};
  const walk = async (folder, path) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "directory") await walk(handle, `${path}${name}/`);
      else {
        const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        files[path + name] = btoa(String.fromCharCode(...bytes));
      }
    }
  };
  await walk(await navigator.storage.getDirectory(), "");
  return files;
}"""


def choose(page: Page, person, place: str, script: str = DISK) -> None:
    """Walk to the last step and choose a place and a password."""
    page.add_init_script(script)
    reach_keeping(page, person)
    page.check(f"input[value={place}]")
    choose_password(page)
    expect(page.locator("#save")).to_be_visible(timeout=30_000)


def on_disk(page: Page) -> dict[str, bytes]:
    """Return the files of the disk by path."""
    files = page.evaluate(ON_DISK)
    return {path: base64.b64decode(octets) for path, octets in files.items()}


def say_yes(page: Page) -> None:
    """Say that the folder is on the removable disk."""
    expect(page.locator("[data-question=removable]")).to_be_visible(timeout=20_000)
    page.click("[data-question=removable] button[value=yes]")


def place_of(centre, person) -> str:
    """Return where the centre believes the certificate is."""
    stmt = select(Application.place).join(
        Customer, Customer.id == Application.customer_id
    )
    with centre.database() as session:
        return session.scalar(stmt.where(Customer.login_id == person.login_id))


@pytest.mark.parametrize("place", ["hard-disk", "removable-disk"])
@pytest.mark.parametrize("form", ["npki-b", "npki-a"])
def test_an_npki_folder_on_the_disk_opens_and_is_no_longer_in_the_browser(
    centre, person, computer: Page, place, form
):
    choose(computer, person, place)
    [stored] = kept_in(computer)  # until it was read back
    computer.check(f"#save-form input[value={form}]")
    computer.click("#save-go")
    if place == "removable-disk":
        say_yes(computer)
    wait_for_done(computer)

    expect(computer.locator("[data-kept]")).not_to_be_empty()
    tree = on_disk(computer)
    files = {path.split("/")[-1]: path for path in tree}
    path = files["signPri.key"]
    key = tree[path]
    assert path.startswith("NPKI/")
    assert "/USER/cn=김하나" in path
    assert tree[files["signCert.der"]] == stored["certificate"]
    assert read_form(key) is {"npki-a": KeyForm.A, "npki-b": KeyForm.B}[form]
    before = open_key(stored["encryptedKey"])
    assert decrypt_key(key, PASSWORD) == before.pkcs8
    assert read_random_number(before.pkcs8) == before.random_number
    assert kept_in(computer) == kept_in(computer, "pending") == []
    assert place_of(centre, person) == place


@pytest.mark.parametrize("place", ["hard-disk", "removable-disk"])
def test_one_file_on_the_disk_opens_and_is_no_longer_in_the_browser(
    centre, person, computer: Page, tmp_path, place
):
    choose(computer, person, place)
    computer.check("#save-form input[value=p12]")
    computer.click("#save-go")
    if place == "removable-disk":
        say_yes(computer)
    wait_for_done(computer)

    ((name, content),) = on_disk(computer).items()
    assert name.endswith(".p12")
    file = tmp_path / name
    file.write_bytes(content)
    assert "PRIVATE KEY" in open_p12(file)
    assert kept_in(computer) == kept_in(computer, "pending") == []
    assert place_of(centre, person) == place


def test_a_folder_that_is_not_on_the_removable_disk_is_left_alone(
    centre, person, computer: Page
):
    choose(computer, person, "removable-disk")
    computer.click("#save-go")
    expect(computer.locator("[data-question=removable]")).to_be_visible(timeout=20_000)
    computer.click("[data-question=removable] button[value=no]")

    expect(computer.locator("#save-refused")).to_be_visible()
    assert on_disk(computer) == {}
    assert len(kept_in(computer)) == 1
    assert place_of(centre, person) is None


@pytest.mark.parametrize("answer", ["beside", "replace"])
def test_a_certificate_that_lies_there_is_overwritten_only_when_that_is_said(
    person, computer: Page, answer
):
    choose(computer, person, "hard-disk")
    [stored] = kept_in(computer)
    names = folder_parts(stored["certificate"])
    computer.evaluate(LIES_THERE, ["NPKI", *names])
    computer.click("#save-go")
    expect(computer.locator("[data-question=conflict]")).to_be_visible(timeout=20_000)
    computer.click(f"[data-question=conflict] button[value={answer}]")
    wait_for_done(computer)

    files = on_disk(computer)
    assert len([path for path in files if path.endswith("signPri.key")]) == (
        2 if answer == "beside" else 1
    )
    assert (b"mine" in files.values()) is (answer == "beside")


LIES_THERE = """async (names) => {
  let folder = await navigator.storage.getDirectory();
  for (const name of names)
    folder = await folder.getDirectoryHandle(name, { create: true });
  const file = await folder.getFileHandle("signPri.key", { create: true });
  const stream = await file.createWritable();
  await stream.write("mine");
  await stream.close();
}"""


@pytest.mark.parametrize("script", [CANCELLED, BROKEN])
def test_what_was_not_saved_stays_in_the_browser_and_can_be_saved_again(
    centre, person, computer: Page, script
):
    choose(computer, person, "hard-disk", script)
    computer.check("#save-form input[value=p12]")
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
    computer.check("#save-form input[value=p12]")
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
