"""A walk past everything that people can see, for those who look at all of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.cuttable_proxy import CuttableProxy
from tests.e2e.devices import Devices
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    choose_password,
    code_on,
    expect_arrived,
    expect_ended,
    expect_refused,
    link_on,
    number_on,
    open_link,
    pair,
    show_code,
    type_code,
    wait_for_done,
    wrong_of,
)
from tests.e2e.server_processes import Person
from tests.support.foreign_certificates import PASSWORD as FOREIGN_PASSWORD
from tests.support.foreign_certificates import make_foreign, write_npki
from tests.support.pdf_signing import make_pdf

KAKAOTALK = (
    "Mozilla/5.0 (Linux; Android 13; SM-S908N Build/TP1A.220624.014; wv) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/114.0.5735.196 "
    "Mobile Safari/537.36;KAKAOTALK 2410220"
)
PageVisitor = Callable[[str, Page], None]


def crawl_all(
    devices: Devices, person: Person, kept: Any, look: PageVisitor, *, locale: str
) -> None:
    """Look at everything, on both devices, with both set to one language."""
    computer, phone = devices.computer(locale=locale), devices.phone(locale=locale)
    sender = devices.computer(locale=locale, storage_state=kept.state)
    certificate_id = crawl_centre(computer, person, look)
    crawl_stored(computer, certificate_id, look)
    crawl_account(computer, look)
    crawl_pairing(sender, phone, kept.certificate, look)
    crawl_other_direction(computer, phone, look)
    crawl_refusals(sender, phone, kept.certificate, look)
    crawl_states(computer, look)
    phone.goto("/p")
    phone.click("#open-camera")
    expect(phone.locator("#viewer")).to_be_visible()
    look("camera", phone)
    crawl_bring(devices.computer(locale=locale), look)
    crawl_documents(devices.computer(locale=locale, storage_state=kept.state), look)
    crawl_requests(
        devices.computer(locale=locale),
        devices.phone(locale=locale, storage_state=kept.state),
        look,
    )
    crawl_shared_computer(computer, look)
    inside = devices.phone(locale=locale, user_agent=KAKAOTALK)
    inside.goto("/p")
    expect(inside.locator("#in-app")).to_be_visible()
    look("inside another app", inside)


def crawl_centre(page: Page, person: Person, look: PageVisitor) -> str:
    """Look at every page up to the done one; return the certificate's id."""
    _crawl_to_sign_in(page, person, look)
    page.click("form[action='/applications'] button")
    look("terms", page)
    page.evaluate("document.querySelector('[name=accepted]').form.noValidate = true")
    page.click("main button.primary")
    look("terms not accepted", page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    look("who you are", page)
    page.fill("#birth_date", "19990101")
    page.click("main button.primary")
    look("wrong date of birth", page)
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    look("type", page)
    page.click("main button.primary")
    return _keep(page, look)


def crawl_requests(computer: Page, phone: Page, look: PageVisitor) -> None:
    """Look at what a trial bank asks, on the page that asks and on the phone."""
    for purpose in ("sign_in", "sign_documents", "consent", "prove"):
        computer.goto("/demo/ask")
        look("trial bank", computer)
        computer.click(f"button[value={purpose}]")
        expect(computer.locator("#view-waiting")).to_be_visible()
        look(f"asking, {purpose}", computer)
        phone.goto(computer.locator("#waiting").get_attribute("data-address") or "")
        expect(phone.locator("#approve")).to_be_enabled()
        look(f"asked, {purpose}", phone)
        expect(computer.locator("#number-panel")).to_be_visible()
        look(f"asking and seen, {purpose}", computer)
        if purpose == "consent":
            phone.goto("/me/requests")
            look("requests for me, none", phone)
            phone.go_back()
            expect(phone.locator("#approve")).to_be_enabled()
        if purpose == "prove":
            phone.click("#decline")
            expect(computer.locator("#ended.calm")).to_be_visible()
            look("declined", phone)
            look("declined, asking page", computer)
            computer.click("#ended a")
        else:
            phone.fill("#key-password", PASSWORD)
            phone.click("#approve")
            expect(phone.locator("#ended.safe")).to_be_visible(timeout=20_000)
            look(f"approved, {purpose}", phone)
        expect(computer.locator("#asked-outcome")).to_be_visible(timeout=20_000)
        look(f"outcome, {purpose}", computer)


def crawl_documents(page: Page, look: PageVisitor) -> None:
    """Look at a document being signed, and at what is said of its signature."""
    with TemporaryDirectory() as name:
        contract, signed = Path(name) / "contract.pdf", Path(name) / "signed.pdf"
        contract.write_bytes(make_pdf())
        page.goto("/sign")
        expect(page.locator("#sign-go")).to_be_enabled()
        look("sign, nothing chosen", page)
        page.set_input_files("#document-input", contract)
        expect(page.locator("#document")).to_be_visible()
        look("sign, a document", page)
        page.fill("#key-password", "Wrong-Horse-9")
        page.click("#sign-go")
        expect(page.locator("#sign-refused")).to_be_visible()
        look("sign, wrong password", page)
        page.fill("#key-password", PASSWORD)
        page.click("#sign-go")
        expect(page.locator("#save-signed")).to_be_visible(timeout=30_000)
        look("sign, done", page)
        with page.expect_download() as saved:
            page.click("#save-signed")
        saved.value.save_as(signed)
        page.goto("/verify")
        look("verify", page)
        for file in (signed, contract):
            page.set_input_files("#files", file)
            page.click("main form .primary")
            expect(page.locator("#verdict")).to_be_visible()
            for part in page.locator(".more summary").all():
                part.click()
            look(f"verify, {file.stem}", page)


def crawl_bring(page: Page, look: PageVisitor) -> None:
    """Look at certificates of other issuers, from the choice of a folder on."""
    page.goto("/bring")
    expect(page.locator("#pick-folder")).to_be_enabled()
    for guide in page.locator("#where summary:visible").all():
        guide.click()
    look("bring your own", page)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.txt").write_text("no certificate")
        page.set_input_files("#folder-input", folder)
        expect(page.locator("#nothing h1")).to_be_visible()
        look("bring, nothing there", page)
        page.click("#nothing .primary")
        write_npki(folder, make_foreign("김하나"))
        write_npki(folder / "old", make_foreign("김하나", days=-9))
        half = write_npki(folder / "half", make_foreign("김하나"))
        (half / "signPri.key").unlink()
        page.set_input_files("#folder-input", folder)
        expect(page.locator("#certificates .certificate")).to_have_count(1)
    for part in page.locator("#found summary:visible").all():
        part.click()
    look("bring, what is there", page)
    form = page.locator("#certificates .open-form")
    form.locator("input:visible").fill("Wrong-Horse-9")
    form.locator("button.primary").click()
    expect(form.locator("[role=alert]")).to_be_visible()
    look("bring, wrong password", page)
    form.locator("input:visible").fill(FOREIGN_PASSWORD)
    form.locator("button.primary").click()
    expect(page.locator(".checks:visible")).to_have_count(1)
    look("bring, open", page)
    buttons = page.locator("#certificates .certificate > .actions button:visible")
    for at in (3, 4):  # what opens a dialog
        buttons.nth(at).click()
        for part in page.locator("dialog[open] summary:visible").all():
            part.click()
        look(f"bring, dialog {at}", page)
        page.keyboard.press("Escape")
    buttons.nth(1).click()
    expect(page.locator("#certificates .notice.safe")).to_be_visible()
    look("bring, kept", page)


def crawl_shared_computer(page: Page, look: PageVisitor) -> None:
    """Look at a sign-out that asks, and at what whoever comes next sees."""
    page.evaluate("localStorage.setItem('certferry.device', 'shared')")
    page.goto("/sign-out")
    expect(page.locator("#leaving .certificate").first).to_be_visible()
    look("sign out of a shared computer", page)
    page.click("form[data-final] button")
    page.goto("/wallet")
    expect(page.locator("#covered")).to_be_visible()
    page.click("#who-uses summary")
    look("covered wallet", page)
    page.goto("/move#send")
    expect_ended(page, "covered_here")
    look("covered, nothing to send", page)


def crawl_stored(page: Page, certificate: str, look: PageVisitor) -> None:
    """Look at lists, details and dialogs; the browser keeps the certificate."""
    page.goto("/")
    expect(page.locator("[data-kept]").first).not_to_be_empty()
    look("my certificates", page)
    page.goto(f"/certificates/{certificate}")
    look("certificate", page)
    page.goto("/wallet")
    expect(page.locator("#wallet .certificate")).to_have_count(1)
    look("wallet", page)
    page.click("#wallet details summary")
    look("wallet, details", page)
    for at, name in enumerate(("export", "rename", "vault", "remove")):
        page.locator("#wallet button").nth(at).click()
        look(f"dialog {name}", page)
        page.keyboard.press("Escape")
    page.goto("/nowhere")
    look("no such page", page)
    page.goto("/trust")
    look("trust", page)


STATUS = "**/pki/status?*"
WORDS = ("suspended", "revoked", "expired", "unknown", "on fire")


def crawl_states(page: Page, look: PageVisitor) -> None:
    """Look at what cards say of certificates that do not count, or may not."""
    for word in WORDS:
        _answer_with(page, word)
        page.goto("/wallet")
        expect(page.locator("#wallet [data-state=checking]")).to_have_count(0)
        look(f"wallet, {word}", page)
    _answer_with(page, "revoked", now=datetime(2020, 1, 1, tzinfo=UTC))
    page.goto("/revoke")
    expect(page.locator("#held [data-state=revoked]").first).to_be_visible()
    look("revoke, revoked, wrong clock", page)
    page.goto("/move#send")
    expect(page.locator("#which [data-state=revoked]").first).to_be_visible()
    look("which?, revoked", page)
    page.unroute(STATUS)


def _answer_with(page: Page, word: str, now: datetime | None = None) -> None:
    """Let the centre say one thing of all certificates, and what time it is."""
    time = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    status = {"status": word, "reason": "key_compromise", "at": time}

    def answer(route: Route) -> None:
        count = route.request.url.count("certificate=")
        route.fulfill(json={"now": time, "certificates": [status] * count})

    page.unroute(STATUS)
    page.route(STATUS, answer)


def crawl_account(page: Page, look: PageVisitor) -> None:
    """Look at what is begun and not finished, and at the password's page."""
    page.goto("/")
    page.click("form[action='/applications'] button")
    page.goto("/")
    expect(page.locator("[data-continue]")).to_be_visible()
    look("application in progress", page)
    page.goto("/me/password")
    look("change the password", page)
    page.fill("#old", "not it")
    page.fill("#new", "short")
    page.fill("#again", "short")
    page.click("main button.primary")
    expect(page.locator("#refusal")).to_be_visible()
    look("password refused", page)


def crawl_pairing(
    computer: Page, phone: Page, certificate: str, look: PageVisitor
) -> None:
    """Look at both screens while a certificate crosses over."""
    phone.goto("/wallet")
    look("empty wallet", phone)
    phone.goto("/p")
    look("scan", phone)
    link = show_code(computer, certificate)
    look("QR code", computer)
    phone.goto(link)
    code = code_on(phone)
    look("check code", phone)
    expect(computer.locator("#view-typing")).to_be_visible()
    look("six boxes", computer)
    type_code(computer, wrong_of(code))
    look("wrong digits", computer)
    type_code(computer, code)
    expect(computer.locator("#view-password")).to_be_visible()
    look("password", computer)
    expect(phone.locator("#view-matched")).to_be_visible()
    look("digits were right", phone)
    agree_to_send(computer, password="Wrong-Horse-9")
    expect(computer.locator("#send-refused")).to_be_visible()
    look("wrong password", computer)
    agree_to_send(computer)
    expect(phone.locator("#view-offer")).to_be_visible()
    look("on its way", computer)
    look("this is coming", phone)
    phone.click("#accept")
    expect_arrived(computer, phone)
    look("sent", computer)
    look("received", phone)


def crawl_other_direction(computer: Page, phone: Page, look: PageVisitor) -> None:
    """Look at both screens while it comes from the phone, by a typed number."""
    proxy = CuttableProxy(phone)
    computer.goto("/move")
    expect(computer.locator("#view-choose")).to_be_visible()
    look("move", computer)
    computer.click("a[href='#receive']")
    link_on(computer)
    look("QR code to receive", computer)
    number = number_on(computer)
    look("number", computer)
    phone.goto("/move")
    phone.click("a[href='#send']")
    expect(phone.locator("#open-camera")).to_be_visible()
    look("scan to send", phone)
    phone.click("#type-number")
    expect(phone.locator("#number")).to_be_focused()
    phone.keyboard.type(number[:-1] + str((int(number[-1]) + 1) % 10))
    expect(phone.locator("#number-note")).not_to_be_empty()
    look("mistyped number", phone)
    phone.keyboard.press("Backspace")
    phone.keyboard.type(number[-1])
    phone.click("#number-go")
    expect(phone.locator("#giving .choice")).to_have_count(1)
    look("send?", phone)
    phone.click("#giving-form .primary")
    code = code_on(computer)
    look("check code on the computer", computer)
    type_code(phone, code)
    expect(phone.locator("#sending-what")).not_to_be_empty()
    look("password on the phone", phone)
    proxy.cut()
    expect(phone.locator("#line .notice")).to_be_visible()
    look("line is cut", phone)
    proxy.restore()
    agree_to_send(phone, move=True)
    expect(computer.locator("#view-offer")).to_be_visible(timeout=15_000)
    look("this is coming to the computer", computer)
    look("on its way from the phone", phone)
    computer.click("#accept")
    expect_arrived(phone, computer)
    look("sent from the phone", phone)
    phone.goto("/move#show-send")
    expect_ended(phone, "nothing_here")
    look("nothing to send", phone)
    computer.goto("/move#send")
    expect(computer.locator("#which input")).to_have_count(2)
    look("which?", computer)


def crawl_refusals(
    computer: Page, phone: Page, certificate: str, look: PageVisitor
) -> None:
    """Look at both screens when a pairing comes to nothing."""
    pair(computer, phone, certificate)
    phone.click("#view-code [data-cancel]")
    expect_ended(computer, "cancelled")
    expect_ended(phone, "cancelled")
    look("cancelled", computer)
    look("cancelled on the phone", phone)
    computer.click("#view-result button.primary")
    link = link_on(computer)
    computer.goto("/")
    open_link(phone, link)
    look("connecting", phone)
    open_link(phone, link)
    expect_refused(phone, "not_available")
    look("code was used already", phone)


def _crawl_to_sign_in(page: Page, person: Person, look: PageVisitor) -> None:
    page.goto("/")
    look("first page", page)
    for path in ("/sign-in/help", "/demo/phone", "/demo/card"):
        page.goto(path)
        look(path, page)
    page.goto("/sign-in")
    page.click(".demo-note summary")
    look("tools of the demo", page)
    page.goto("/sign-in")
    look("sign in", page)
    page.fill("#login_id", person.login_id)
    page.fill("#password", "wrong")
    page.click("main button.primary")
    look("sign in refused", page)
    page.fill("#password", person.password)
    page.click("main button.primary")
    expect(page.locator("#login_id")).to_have_count(0)
    look("no certificate yet", page)


def _keep(page: Page, look: PageVisitor) -> str:
    page.evaluate("delete window.showDirectoryPicker")
    expect(page.locator("#make")).to_be_enabled()
    look("keep", page)
    page.check("input[value=removable-disk]")
    page.fill("#certificate-password", "비밀 번호")
    page.click("#make")
    look("password incomplete", page)
    page.fill("#certificate-password", PASSWORD)
    page.fill("#certificate-password-again", PASSWORD[1:])
    page.click("#make")
    expect(page.locator("#different")).to_be_visible()
    look("passwords differ", page)
    page.route("**/certificates", lambda route: route.abort())
    choose_password(page)
    expect_refused(page, "offline")
    look("centre is down", page)
    page.unroute("**/certificates")
    page.click("#refused button.primary")
    expect(page.locator("#save-password")).to_be_visible(timeout=30_000)
    look("save on a disk", page)
    page.fill("#save-password", "Wrong-Horse-9")
    page.click("#save-go")
    expect(page.locator("#save-refused")).to_be_visible(timeout=20_000)
    look("not saved", page)
    page.click("#save-browser")
    certificate = wait_for_done(page)
    expect(page.locator("[data-kept]")).not_to_be_empty()
    look("done", page)
    return certificate
