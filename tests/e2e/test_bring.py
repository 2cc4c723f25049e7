"""Certificates of other issuers: from a disk into the page, and on to the phone."""

import secrets
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from playwright.sync_api import Page, expect

from mobile_bridge.npki.files.pem import write_pem
from mobile_bridge.npki.key_file import decrypt_key
from mobile_bridge.npki.pfx import write_pfx
from tests.e2e.conftest import keep_one
from tests.e2e.files import close_export, openssl
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import PASSWORD as OWN_PASSWORD
from tests.e2e.page_steps import (
    code_on,
    expect_arrived,
    kept_in,
    link_on,
    open_link,
    open_link_to_send,
    show_to_receive,
    type_code,
    wait_until,
)
from tests.e2e.test_blind_relay import traces
from tests.e2e.test_saving import DISK, on_disk
from tests.support.foreign_certificates import (
    PASSWORD,
    ForeignCertificate,
    make_foreign,
    write_npki,
)

SEND = ".certificate > .actions .primary:visible"


@pytest.fixture(scope="module")
def foreign() -> ForeignCertificate:
    """A bank's certificate of another issuer."""
    return make_foreign()


@pytest.fixture(scope="module")
def management() -> ForeignCertificate:
    """Its second pair, for encryption."""
    return make_foreign()


@pytest.fixture
def folder(tmp_path: Path, foreign, management) -> Path:
    """A USB stick with an NPKI folder of four files."""
    write_npki(tmp_path / "usb", foreign, management)
    return tmp_path / "usb"


def pick_folder(page: Page, folder: Path) -> None:
    """Open the page and choose a folder."""
    page.goto("/bring")
    expect(page.locator("#pick-folder")).to_be_enabled()
    page.set_input_files("#folder-input", folder)


def open_card(page: Page, password: str = PASSWORD) -> None:
    """Type the password of the one certificate that is there."""
    form = page.locator(".open-form:visible")
    form.locator("input:visible").fill(password)
    form.locator("button.primary").click()


def open_and_check(page: Page, folder: Path) -> None:
    """Go on until its key is open and all is said."""
    pick_folder(page, folder)
    open_card(page)
    expect(page.locator(".checks li.done").first).to_be_visible()


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what lies in a tree, by file name."""
    return {
        path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()
    }


def test_a_stranger_reads_whose_it_is_in_plain_words(computer: Page, folder):
    computer.goto("/")
    computer.click("nav a[href='/bring']")
    computer.wait_for_url("**/bring")
    pick_folder(computer, folder)

    card = computer.locator("#certificates .certificate")
    expect(computer.locator("#found-title")).to_be_focused()
    expect(card).to_contain_text("홍길동")
    expect(card).to_contain_text(korean("Personal, for banks and insurance"))
    expect(card).to_contain_text(korean("KFTC (yessign)"))
    expect(card).to_contain_text("WOORI")
    expect(card).to_contain_text("23:59까지")
    expect(card).to_contain_text("파일 4개")
    expect(card.locator(".badge")).to_have_attribute("data-state", "in_date")
    open_card(computer)
    expect(card.locator(".checks .done")).to_have_count(3)


def test_a_wrong_password_is_told_and_the_right_one_goes_on(computer: Page, folder):
    pick_folder(computer, folder)
    open_card(computer, "Wrong-Horse-9")
    refusal = computer.locator(".open-form [role=alert]")
    expect(refusal).to_contain_text(
        korean("This is not the password of this certificate.")
    )

    open_card(computer)

    expect(computer.locator(".checks .done").first).to_be_visible()
    expect(computer.locator(".open-form")).to_be_hidden()


def test_an_empty_password_is_told_from_a_wrong_one(computer: Page, folder):
    pick_folder(computer, folder)
    open_card(computer, "")

    expect(computer.locator(".open-form [role=alert]")).to_contain_text(
        korean("No password was typed.")
    )


def test_it_goes_from_the_disk_to_the_phone_byte_for_byte(
    computer: Page, phone: Page, folder
):
    open_and_check(computer, folder)
    computer.click(SEND)
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    expect(computer.locator("#view-password fieldset")).to_be_hidden()
    expect(computer.locator("#send-password-field")).to_be_hidden()  # typed just now
    computer.click("#send-go")
    phone.click("#accept")
    expect_arrived(computer, phone)

    expect(computer.locator("#view-result")).to_contain_text("원래 파일은 그 자리에")
    [kept] = kept_in(phone)
    on_disk = files_of(folder)
    assert kept["certificate"] == on_disk["signCert.der"]
    assert kept["encryptedKey"] == on_disk["signPri.key"]
    assert kept["kmCertificate"] == on_disk["kmCert.der"]
    assert kept["encryptedKmKey"] == on_disk["kmPri.key"]
    assert kept_in(computer) == []  # it went through the page's memory alone


def test_no_request_carries_any_byte_of_it(computer: Page, foreign, folder):
    seen: list[bytes] = []

    def note(request):
        seen.append(f"{request.url} {request.headers}".encode())
        seen.append(request.post_data_buffer or b"")

    computer.context.on("request", note)
    computer.on(
        "websocket",
        lambda line: line.on(
            "framesent",
            lambda data: seen.append(data.encode() if isinstance(data, str) else data),
        ),
    )
    open_and_check(computer, folder)
    visited = len(seen)
    computer.locator(
        ".import-card button", has_text=korean("Keep it in this browser")
    ).click()
    expect(computer.locator(".import-card .notice.safe")).to_be_visible()
    for form in ("as-it-is", "npki-a", "p12"):
        save(computer, form)
    change_password(computer, "Another-Horse-8")
    pick_folder(computer, folder)

    on_disk = files_of(folder)
    secrets = {
        **on_disk,
        "password": PASSWORD.encode(),
        "new password": b"Another-Horse-8",
        "open key": foreign.private_key_info,
        "R": foreign.random_number,
        "serial": bytes.fromhex(foreign.serial),
        "serial in text": foreign.serial.encode(),
        "name": "홍길동".encode(),
    }
    assert visited > 0
    assert traces(secrets, b"\n".join(seen)) == []
    assert not any(
        b"/pki/" in message for message in seen
    )  # nobody is asked of a foreign one


def test_kept_here_it_is_the_same_and_the_wallet_shows_where_it_is_from(
    computer: Page, folder
):
    open_and_check(computer, folder)
    computer.locator(
        ".import-card button", has_text=korean("Keep it in this browser")
    ).click()
    expect(computer.locator(".import-card .notice.safe")).to_be_visible()

    [kept] = kept_in(computer)
    assert kept["encryptedKey"] == files_of(folder)["signPri.key"]
    computer.goto("/wallet")
    expect(computer.locator("#wallet .certificate")).to_contain_text(
        "파일에서 가져왔어요"
    )


def test_a_key_that_is_here_with_another_password_is_not_pushed_out_unasked(
    computer: Page, folder
):
    open_and_check(computer, folder)
    keep = computer.locator(
        ".import-card button", has_text=korean("Keep it in this browser")
    )
    keep.click()
    expect(computer.locator(".import-card .notice.safe")).to_be_visible()
    [before] = kept_in(computer)
    change_password(computer, "Another-Horse-8")
    keep.click()
    expect(computer.locator("#replace button[value=keep]")).to_be_focused()
    computer.keyboard.press("Enter")
    expect(computer.locator("#replace")).to_be_hidden()
    assert kept_in(computer)[0]["encryptedKey"] == before["encryptedKey"]

    keep.click()
    computer.click("#replace button[value=replace]")
    expect(computer.locator(".import-card .notice.safe")).to_be_visible()

    assert kept_in(computer)[0]["encryptedKey"] != before["encryptedKey"]


def test_saved_as_it_is_it_comes_back_byte_for_byte(computer: Page, folder, tmp_path):
    open_and_check(computer, folder)

    saved = save(computer, "as-it-is", tmp_path)

    with zipfile.ZipFile(saved) as archive:
        names = {Path(name).name: archive.read(name) for name in archive.namelist()}
        assert all("/yessign/USER/cn=홍길동" in name for name in archive.namelist())
    assert names == files_of(folder)


def test_on_a_removable_disk_it_is_written_under_npki_and_read_back(
    computer: Page, folder
):
    computer.add_init_script(DISK)
    open_and_check(computer, folder)
    save_button = computer.locator(
        ".import-card button", has_text=korean("Save or convert")
    )
    save_button.click()
    choose_form(computer, "as-it-is")
    computer.check("#export input[value=removable-disk]")
    computer.click("#export-go")
    computer.click("[data-question=removable] button[value=yes]")
    expect(computer.locator("#export-done")).to_contain_text("NPKI/yessign/USER/")
    expect(computer.locator("#export-done-title")).to_be_focused()
    expect(computer.locator("#export-done-title")).to_be_in_viewport()

    written = on_disk(computer)
    assert {
        path.split("/")[-1]: octets for path, octets in written.items()
    } == files_of(folder)
    assert all(path.startswith("NPKI/yessign/USER/cn=홍길동") for path in written)


def test_the_certificate_before_it_on_a_disk_is_put_away_when_it_was_read_back(
    computer: Page, folder, foreign
):
    before = make_foreign(days=-10)
    there = {"signCert.der": before.certificate, "signPri.key": before.locked()}
    file = write_pfx(
        *(before.private_key_info, before.certificate, (), PASSWORD),
        random=secrets.token_bytes,
    )
    computer.add_init_script(DISK)
    open_and_check(computer, folder)
    names = ["NPKI", "yessign", "USER", "cn=old"]
    for name, octets in there.items():
        computer.evaluate(WRITE, [[*names, name], list(octets)])
    computer.evaluate(WRITE, [["old.p12"], list(file)])
    computer.locator(".import-card button", has_text=korean("Save or convert")).click()
    choose_form(computer, "as-it-is")
    computer.check("#export input[value=hard-disk]")
    computer.click("#export-go")
    question = computer.locator("[data-question=predecessor]")
    expect(question).to_contain_text("cn=old")
    expect(question).to_contain_text("old.p12")
    question.locator("button[value=put-away]").click()
    expect(computer.locator("#export-done")).to_be_visible(timeout=20_000)

    on_it = on_disk(computer)
    new = {path: octets for path, octets in on_it.items() if "/USER/" in path}
    assert {path.split("/")[-1]: octets for path, octets in new.items()} == files_of(
        folder
    )
    away = {path: octets for path, octets in on_it.items() if "/USER/" not in path}
    assert away == {
        f"NPKI/old-certificates/yessign/cn=old/{name}": octets
        for name, octets in there.items()
    } | {"old-certificates/old.p12": file}


def test_from_the_phone_it_comes_back_to_a_disk_byte_for_byte(
    computer: Page, phone: Page, devices, folder, tmp_path
):
    phone.goto("/bring")
    phone.set_input_files(
        "#files-input", [path for path in folder.rglob("*.*") if path.is_file()]
    )
    open_card(phone)
    phone.click(SEND)
    expect(phone.locator(".import-card .notice.safe")).to_be_visible()
    open_link_to_send(phone, show_to_receive(computer))
    type_code(phone, code_on(computer))
    phone.check("#view-password input[value=copy]")
    phone.fill("#send-password", PASSWORD)
    phone.click("#send-go")
    computer.click("#accept")
    expect_arrived(phone, computer)

    computer.goto("/wallet")
    computer.locator("#wallet button", has_text=korean("Save as a file")).click()
    computer.fill("#export-password", PASSWORD)
    saved = save_in_dialog(computer, "as-it-is", tmp_path)

    with zipfile.ZipFile(saved) as archive:
        names = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert names == files_of(folder)


def test_a_p12_of_it_opens_in_openssl_with_r_inside(
    computer: Page, foreign, folder, tmp_path
):
    open_and_check(computer, folder)

    p12 = save(computer, "p12", tmp_path)

    output = openssl("pkcs12", "-in", p12, "-passin", f"pass:{PASSWORD}", "-nodes")
    attribute = output.split("1.2.410.200004.10.1.1.3", 1)[1].split("-----BEGIN", 1)[0]
    assert foreign.random_number.hex() in "".join(attribute.lower().split()).replace(
        ":", ""
    )


def test_a_key_without_r_is_said_to_be_of_less_use(computer: Page, tmp_path):
    write_npki(tmp_path, make_foreign(has_random_number=False))
    pick_folder(computer, tmp_path)
    open_card(computer)

    expect(computer.locator(".checks .wrong")).to_have_count(1)
    expect(computer.locator(SEND)).to_be_visible()


def test_where_all_is_over_it_is_shown_and_not_offered_for_sending(
    computer: Page, tmp_path
):
    write_npki(tmp_path, make_foreign(days=-10))
    pick_folder(computer, tmp_path)
    expect(computer.locator("#certificates .certificate")).to_have_count(0)

    computer.locator("#ended .certificate button:visible").first.click()
    open_card(computer)

    expect(computer.locator(".checks .done").first).to_be_visible()
    expect(computer.locator(SEND)).to_have_count(0)


def test_half_a_set_says_which_half_is_missing(computer: Page, foreign, tmp_path):
    holder = write_npki(tmp_path, foreign)
    (holder / "signPri.key").unlink()

    pick_folder(computer, tmp_path)

    expect(computer.locator("#unusable li")).to_contain_text("signPri.key")
    expect(computer.locator("#unusable li")).to_contain_text("홍길동")


def test_a_key_in_the_clear_gets_a_password_before_anything_keeps_it(
    computer: Page, foreign, tmp_path
):
    (tmp_path / "plain.pem").write_bytes(
        write_pem("CERTIFICATE", foreign.certificate)
        + write_pem("PRIVATE KEY", foreign.private_key_info)
    )
    computer.goto("/bring")
    expect(computer.locator("#pick-files")).to_be_enabled()
    computer.set_input_files("#files-input", tmp_path / "plain.pem")
    form = computer.locator(".open-form:visible")
    expect(form.locator("input:visible")).to_have_count(0)
    form.locator("button.primary").click()
    dialog = computer.locator("#change-password")
    expect(dialog.locator("h2")).to_contain_text(korean("Choose its password"))
    computer.keyboard.press("Escape")
    offered = computer.locator(".certificate > .actions button:visible")
    expect(offered).to_have_text([korean("Choose its password")])
    computer.locator(
        ".import-card button", has_text=korean("Choose its password")
    ).click()
    computer.fill("#new-password", "short")
    computer.fill("#new-password-again", "short")
    computer.click("#change-password-go")
    expect(dialog).to_be_visible()
    computer.fill("#new-password", "First-Horse-8")
    computer.fill("#new-password-again", "First-Horse-8")
    computer.click("#change-password-go")
    expect(dialog).to_be_hidden(timeout=20_000)
    computer.locator(
        ".import-card button", has_text=korean("Keep it in this browser")
    ).click()
    expect(computer.locator(".import-card .notice.safe")).to_contain_text(
        korean("Certificates in this browser")
    )

    [kept] = kept_in(computer)
    assert decrypt_key(kept["encryptedKey"], "First-Horse-8") == (
        foreign.private_key_info
    )
    saved = save(computer, "npki-b", tmp_path)
    with zipfile.ZipFile(saved) as archive:
        [key] = [name for name in archive.namelist() if name.endswith("signPri.key")]
        assert decrypt_key(archive.read(key), "First-Horse-8") == (
            foreign.private_key_info
        )


def test_a_key_in_openssls_own_pem_is_called_that_once(
    computer: Page, foreign, tmp_path
):
    key = foreign.key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"a")
    )
    assert b"Proc-Type: 4,ENCRYPTED" in key
    (tmp_path / "old.pem").write_bytes(
        key + write_pem("CERTIFICATE", foreign.certificate)
    )
    computer.goto("/bring")
    expect(computer.locator("#pick-files")).to_be_enabled()
    computer.set_input_files("#files-input", tmp_path / "old.pem")

    lines = computer.locator("#unusable li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("홍길동")
    expect(lines).to_contain_text("openssl pkcs8 -topk8")


def test_where_there_is_nothing_it_is_said_where_to_look(computer: Page, tmp_path):
    (tmp_path / "letter.txt").write_text("no certificate")
    pick_folder(computer, tmp_path)

    expect(computer.locator("#nothing h1")).to_be_visible()
    expect(computer.locator("#where")).to_be_visible()
    computer.click("#nothing .primary")
    expect(computer.locator("#drop")).to_be_visible()


def test_a_phone_chooses_files_and_keeps_it(phone: Page, folder):
    phone.goto("/bring")
    expect(phone.locator("#pick-folder")).to_be_hidden()
    expect(phone.locator("#pick-files")).to_be_enabled()
    phone.set_input_files(
        "#files-input", [path for path in folder.rglob("*.*") if path.is_file()]
    )
    open_card(phone)
    phone.click(SEND)

    expect(phone.locator(".import-card .notice.safe")).to_be_visible()
    expect(
        phone.locator(f"a[href^='/p#send={kept_in(phone)[0]['id']}']")
    ).to_be_visible()


def test_a_dropped_zip_is_read(computer: Page, folder, tmp_path):
    archive = tmp_path / "old.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in folder.rglob("*.*"):
            if path.is_file():
                zipped.write(path, path.relative_to(folder))
    computer.goto("/bring")
    expect(computer.locator("#pick-folder")).to_be_enabled()
    computer.evaluate(DROP, list(archive.read_bytes()))

    open_card(computer)

    expect(computer.locator(".checks .done")).to_have_count(3)


def drop_paths(page: Page, *paths: Path) -> None:
    """Drop files or folders of this computer onto the page, as a file manager does."""
    box = page.locator("#drop").bounding_box()
    assert box
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths]}
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send(
            "Input.dispatchDragEvent",
            {"type": kind, **point, "data": {**data, "dragOperationsMask": 1}},
        )


def test_a_dropped_folder_is_walked_through(computer: Page, folder):
    computer.goto("/bring")
    expect(computer.locator("#pick-folder")).to_be_enabled()
    drop_paths(computer, folder)

    card = computer.locator("#certificates .certificate")
    expect(card).to_contain_text("홍길동")
    expect(card).to_contain_text("yessign")
    open_card(computer)
    expect(computer.locator(".checks .done")).to_have_count(3)


def test_a_folder_and_a_file_dropped_together_are_both_looked_at(
    computer: Page, folder, tmp_path
):
    other = make_foreign("이두리")
    lone = tmp_path / "lone.pem"
    lone.write_bytes(
        write_pem("CERTIFICATE", other.certificate)
        + write_pem("ENCRYPTED PRIVATE KEY", other.locked())
    )
    computer.goto("/bring")
    expect(computer.locator("#pick-folder")).to_be_enabled()

    drop_paths(computer, folder / "NPKI", lone)

    cards = computer.locator("#certificates .certificate")
    expect(cards).to_have_count(2)
    expect(cards.filter(has_text="이두리")).to_have_count(1)


def test_a_dropped_folder_without_a_certificate_says_so_by_its_name(
    computer: Page, tmp_path
):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("no certificate")
    computer.goto("/bring")
    expect(computer.locator("#pick-folder")).to_be_enabled()

    drop_paths(computer, tmp_path / "letters")

    expect(computer.locator("#nothing")).to_contain_text("letters")


def saved_by_the_wallet(sender: Page, form: str, folder: Path) -> Path:
    """Save what a browser keeps of this centre, and return the file."""
    sender.goto("/wallet")
    sender.locator("#wallet button", has_text=korean("Save as a file")).click()
    sender.fill("#export-password", OWN_PASSWORD)
    saved = save_in_dialog(sender, form, folder)
    assert saved
    return saved


@pytest.mark.parametrize("form", ["npki-b", "p12"])
def test_of_one_of_ours_the_whole_list_is_asked_for_and_nothing_else(
    computer: Page, sender: Page, tmp_path, form
):
    file = saved_by_the_wallet(sender, form, tmp_path)
    asked: list[str] = []
    computer.goto("/bring")
    expect(computer.locator("#pick-files")).to_be_enabled()
    computer.context.on("request", lambda request: asked.append(request.url))
    computer.set_input_files("#files-input", file)
    open_card(computer, OWN_PASSWORD)

    card = computer.locator("#certificates .certificate")
    # Opening a .p12 takes a busy machine seconds.
    expect(card.locator(".badge")).to_have_attribute(
        "data-state", "usable", timeout=20_000
    )
    expect(card).to_contain_text("김하나")
    expect(card.locator(".checks .done").first).to_be_visible()
    # The scripts are the same for everybody, that of the worker too.
    queries = {
        url.split("/", 3)[3]
        for url in asked
        if "/static/" not in url and not url.endswith("/kdf_worker.js")
    }
    assert queries == {"pki/chain.json", "pki/issuing.crl"}


def test_one_of_ours_that_is_revoked_is_not_offered_for_sending(
    centre, browser, devices, tmp_path
):
    kept = keep_one(browser, centre)
    sender, computer = devices.computer(storage_state=kept.state), devices.computer()
    file = saved_by_the_wallet(sender, "npki-b", tmp_path)
    sender.goto("/revoke")
    sender.locator("#held input").first.check()
    sender.locator("input[name=reason]").first.check()
    sender.fill("#key-password", OWN_PASSWORD)
    sender.check("#confirmed")
    sender.click("#revoke-go")
    expect(sender.locator("#revoked h2")).to_be_visible(timeout=20_000)

    def is_told() -> bool:
        computer.goto("/bring")
        computer.set_input_files("#files-input", file)
        expect(computer.locator("#found-title")).to_be_visible()
        return computer.locator("#ended").is_visible()

    wait_until(computer, is_told)
    expect(computer.locator("#ended .badge")).to_have_attribute("data-state", "revoked")
    expect(computer.locator("#certificates .certificate")).to_have_count(0)


def test_a_certificate_that_only_names_us_as_its_issuer_is_said_to_be_unknown(
    computer: Page, tmp_path
):
    computer.goto("/bring")
    name = computer.evaluate(
        "JSON.parse(document.getElementById('about-centre').textContent).issuer"
    )
    write_npki(tmp_path, make_foreign(issuer=name))
    computer.set_input_files("#folder-input", tmp_path)

    badge = computer.locator("#certificates .badge")
    expect(badge).to_have_attribute("data-state", "unknown")


WRITE = """async ([names, octets]) => {
  let folder = await navigator.storage.getDirectory();
  const file = names.pop();
  for (const name of names)
    folder = await folder.getDirectoryHandle(name, { create: true });
  const handle = await folder.getFileHandle(file, { create: true });
  const stream = await handle.createWritable();
  await stream.write(Uint8Array.from(octets));
  await stream.close();
}"""

DROP = """(octets) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(octets)], "old.zip"));
  document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def save(page: Page, form: str, folder: Path | None = None) -> Path | None:
    """Save the open certificate in one of the forms, as a download."""
    page.locator(".import-card button", has_text=korean("Save or convert")).click()
    return save_in_dialog(page, form, folder)


def save_in_dialog(page: Page, form: str, folder: Path | None = None) -> Path | None:
    """Choose a form and the download in the dialog that is open."""
    choose_form(page, form)
    page.check("#export input[value=download]")
    with page.expect_download(timeout=20_000) as saved:
        page.click("#export-go")
    expect(page.locator("#export-done-name")).to_have_text(
        saved.value.suggested_filename, timeout=20_000
    )
    close_export(page)
    if folder is None:
        return None
    path = folder / saved.value.suggested_filename
    saved.value.save_as(path)
    return path


def choose_form(page: Page, form: str) -> None:
    """Choose what is written; what is folded is unfolded first."""
    page.evaluate("""() => {
      for (const each of document.querySelectorAll("#export details")) each.open = true;
    }""")
    page.check(f"#export input[value={form}]")


def change_password(page: Page, password: str) -> None:
    """Lock the open certificate with another password."""
    page.locator(".import-card button", has_text=korean("Change its password")).click()
    page.fill("#new-password", password)
    page.fill("#new-password-again", password)
    page.click("#change-password-go")
    expect(page.locator("#change-password")).to_be_hidden(timeout=20_000)
