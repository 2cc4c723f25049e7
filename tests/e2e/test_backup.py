"""Everything deleted, and brought back from a file and paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import PASSWORD, kept_in

PASSPHRASE = "다섯 척의 배가 남쪽으로"
Sheets = list[list[str]]


def make_backup(page: Page, folder: Path) -> tuple[Path, Sheets]:
    """Make a backup with sheets, answer what is asked back, and save the file."""
    page.goto("/wallet")
    expect(page.locator("#wallet .certificate")).to_have_count(1)
    page.click("#backup-open")
    page.click("#backup-go")
    expect(page.locator(".paper")).to_have_count(3)
    papers = page.locator(".paper").all()
    sheets = [paper.locator("li").all_text_contents() for paper in papers]
    page.click("#backup-written")
    answer(page, sheets)
    return save(page, folder), sheets


def answer(page: Page, sheets: Sheets) -> None:
    """Type the two words that are asked for."""
    for index in (0, 1):
        label = page.locator(f"#backup-word-{index}-label").text_content() or ""
        sheet, place = map(int, re.findall(r"\d+", label))
        page.fill(f"#backup-word-{index}", sheets[sheet - 1][place - 1])
    page.click("#backup-check-go")


def save(page: Page, folder: Path) -> Path:
    """Save the file that was made."""
    expect(page.locator("#backup-save")).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        page.click("#backup-save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def delete_all(page: Page) -> None:
    """Delete the certificate that is kept."""
    page.click("#backup-finish")
    page.locator("#wallet .certificate button.quiet").last.click()
    expect(page.locator("#remove-last")).to_be_hidden()  # a backup is a copy
    page.click("#remove-go")
    expect(page.locator("#empty")).to_be_visible()


def begin_restore(page: Page, path: Path) -> None:
    """Choose the file in the wallet of whichever browser."""
    page.goto("/wallet")
    page.locator("[data-restore-open]:visible").click()
    # Its part of the page is loaded first, and begins with an empty field.
    expect(page.locator("#restore-step-choose")).to_be_visible()
    page.set_input_files("#restore-file", path)


def type_sheets(page: Page, *sheets: list[str]) -> None:
    """Type sheets and open the backup."""
    expect(page.locator("#restore-sheets")).to_be_visible()
    for at, sheet in enumerate(sheets):
        page.fill(f"#restore-sheet-{at}", " ".join(sheet))
    page.click("#restore-go")


def keys(page: Page) -> list[object]:
    """Return what lies in the store, apart from where it came from."""
    names = ("id", "certificate", "encryptedKey", "chain", "serverId", "localName")
    return [{name: record.get(name) for name in names} for record in kept_in(page)]


def test_everything_deleted_comes_back_from_the_file_and_two_sheets(
    sender: Page, tmp_path: Path
):
    sender.goto("/wallet")
    sender.locator("#wallet .certificate button.quiet").first.click()
    sender.fill("#rename-name", "세금 신고용")
    sender.click("#rename-go")
    expect(sender.locator(".local-name")).to_be_visible()
    before = keys(sender)
    path, sheets = make_backup(sender, tmp_path)
    expect(sender.locator("#backup-compare-name")).to_have_text(
        korean("No file is chosen yet.")
    )
    sender.set_input_files("#backup-compare", path)
    expect(sender.locator("#backup-compare-name")).to_have_text(path.name)
    expect(sender.locator("#backup-compared")).to_have_text(
        korean("The saved file is the right one, whole.")
    )
    delete_all(sender)
    assert kept_in(sender) == []

    begin_restore(sender, path)
    type_sheets(sender, sheets[2], [word[:4].upper() for word in sheets[0]])
    expect(sender.locator("#restore-list li")).to_have_count(1)
    expect(sender.locator("#restore-list")).to_contain_text("세금 신고용")
    sender.click("#restore-keep")
    expect(sender.locator("#restore-result li")).to_contain_text(
        korean("it is here and was read back")
    )
    sender.locator("#restore-step-done [data-restore-close]").click()

    expect(sender.locator("#wallet .certificate .local-name")).to_have_text(
        "세금 신고용"
    )
    assert keys(sender) == before
    sender.get_by_role("button", name=korean("Save as a file")).click()
    sender.fill("#export-password", PASSWORD)
    with sender.expect_download():
        sender.click("#export-go")


def test_another_phone_without_a_network_brings_it_back_by_a_passphrase(
    sender: Page, devices, tmp_path: Path
):
    sender.goto("/wallet")
    sender.click("#backup-open")
    sender.check("input[value=passphrase]")
    for field in ("backup-passphrase", "backup-passphrase-again"):
        sender.fill(f"#{field}", PASSPHRASE)
    sender.click("#backup-go")
    path = save(sender, tmp_path)
    phone = devices.phone()
    phone.goto("/wallet")
    expect(phone.locator("#app-ready")).to_be_visible(timeout=15_000)
    phone.context.set_offline(True)

    begin_restore(phone, path)
    phone.fill("#restore-passphrase", "another passphrase")
    phone.click("#restore-go")
    expect(phone.locator("#restore-refused")).to_contain_text(
        korean("This does not open the backup."), timeout=20_000
    )
    phone.fill("#restore-passphrase", PASSPHRASE)
    phone.click("#restore-go")
    phone.click("#restore-keep", timeout=20_000)
    phone.locator("#restore-step-done [data-restore-close]").click()

    expect(phone.locator("#wallet .certificate")).to_have_count(1)


def test_nothing_of_a_backup_reaches_the_centre(sender: Page, centre, tmp_path: Path):
    before = len(centre.requests())
    _path, sheets = make_backup(sender, tmp_path)
    sender.wait_for_load_state()

    request_lines = [str(request) for request in centre.requests()[before:]]
    assert not any("POST" in request for request in request_lines)
    assert not any(
        " ".join(sheet[:5]) in request for sheet in sheets for request in request_lines
    )
    assert not any(sheets[0][7] in str(record) for record in kept_in(sender))


def test_a_word_that_was_not_written_down_is_noticed(sender: Page):
    sender.goto("/wallet")
    sender.click("#backup-open")
    sender.click("#backup-go")
    expect(sender.locator(".paper")).to_have_count(3)
    papers = sender.locator(".paper").all()
    sheets = [paper.locator("li").all_text_contents() for paper in papers]
    sender.click("#backup-written")
    sender.fill("#backup-word-0", "academic acid")
    sender.click("#backup-check-go")
    expect(sender.locator("#backup-refused")).to_contain_text(
        korean("Look at the paper. If it is not there, show the sheets again.")
    )
    expect(sender.locator("#backup-step-keep")).to_be_hidden()
    sender.click("#backup-again")
    expect(sender.locator(".paper")).to_have_count(3)
    sender.click("#backup-written")
    answer(sender, sheets)

    expect(sender.locator("#backup-save")).to_be_visible(timeout=20_000)
    expect(sender.locator(".paper")).to_have_count(0)


@pytest.mark.parametrize(
    ("first", "again", "says"),
    [
        ("too short", "too short", "A passphrase has 12 characters or more."),
        (
            "password12345",
            "password12345",
            "This passphrase is one of the first that others would try.",
        ),
        (PASSPHRASE, f"{PASSPHRASE}!", "The two passphrases differ."),
    ],
)
def test_a_weak_or_mistyped_passphrase_is_refused(devices, kept, first, again, says):
    page = devices.computer(storage_state=kept.state, locale="en-US")
    page.goto("/wallet")
    page.click("#backup-open")
    page.check("input[value=passphrase]")
    page.fill("#backup-passphrase", first)
    page.fill("#backup-passphrase-again", again)
    page.click("#backup-go")

    expect(page.locator("#backup-refused")).to_contain_text(says)


def test_each_wrong_sheet_and_file_says_what_to_do_next(sender: Page, tmp_path: Path):
    path, sheets = make_backup(sender, tmp_path)
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    _other, strangers = make_backup(sender, other_folder)
    at = next(at for at in range(5, 18) if sheets[0][at] != sheets[0][at + 1])
    swapped = [*sheets[0]]
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    octets = path.read_bytes()
    files = {
        "damaged": octets[:-1] + bytes([octets[-1] ^ 1]),
        "newer": octets.replace(b"version: 1", b"version: 2"),
        "none": b"hello",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    begin_restore(sender, path)
    refused = sender.locator("#restore-refused")
    for pair, says in [
        ((sheets[0],), "It takes two sheets."),
        ((sheets[0], sheets[0]), "The same sheet was typed twice."),
        (
            (sheets[0], strangers[1]),
            "Compare the date on them, and take two sheets of one date.",
        ),
        ((strangers[0], strangers[1]), "These sheets belong to another backup."),
        ((sheets[0], sheets[1][:19]), "A sheet has 20 words; here are fewer or more."),
        (
            (swapped, sheets[1]),
            "A word of a sheet is another one, or is in another place.",
        ),
        (
            (["zzzz", *sheets[0][1:]], sheets[1]),
            "Look at it on the paper. The first four characters of each word are "
            "enough.",
        ),
    ]:
        sender.fill("#restore-sheet-1", "")
        type_sheets(sender, *pair)
        expect(refused).to_contain_text(korean(says))
    for name, says in [
        (
            "newer",
            "A newer version of this page made this backup.",
        ),
        (
            "none",
            "This file is no backup of certificates, or its beginning is damaged.",
        ),
    ]:
        sender.set_input_files("#restore-file", tmp_path / name)
        expect(refused).to_contain_text(korean(says))
        expect(sender.locator("#restore-go")).to_be_hidden()
    sender.set_input_files("#restore-file", tmp_path / "damaged")
    type_sheets(sender, sheets[0], sheets[1])
    expect(refused).to_contain_text(
        korean("What you typed is right, but the file is damaged.")
    )


def test_a_certificate_with_another_key_file_is_left_as_it_is(
    sender: Page, tmp_path: Path
):
    path, sheets = make_backup(sender, tmp_path)
    sender.evaluate(RELOCK)
    before = keys(sender)
    begin_restore(sender, path)
    type_sheets(sender, sheets[0], sheets[1])
    sender.click("#restore-keep")

    expect(sender.locator("#restore-result")).to_contain_text(
        korean("it is here already with another password, and was left as it is")
    )
    assert keys(sender) == before


def test_each_sheet_is_printed_on_a_page_of_its_own(sender: Page, tmp_path: Path):
    sender.goto("/wallet")
    sender.click("#backup-open")
    sender.click("#backup-go")
    expect(sender.locator(".paper")).to_have_count(3)
    pdf = sender.pdf(format="A4")

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 3


RELOCK = """() => new Promise((done) => {
  indexedDB.open("certferry").onsuccess = ({ target }) => {
    const work = target.result.transaction("holdings", "readwrite");
    const table = work.objectStore("holdings");
    table.getAll().onsuccess = ({ target: { result: [stored] } }) => {
      const encryptedKey = Uint8Array.from(stored.encryptedKey);
      encryptedKey[encryptedKey.length - 1] ^= 255;
      table.put({ ...stored, encryptedKey });
    };
    work.oncomplete = () => { target.result.close(); done(); };
  };
})"""
