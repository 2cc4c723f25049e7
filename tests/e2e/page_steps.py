"""What a person does, step by step, on the PC and on the phone."""

import base64
import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.server_processes import Person

PASSWORD = "Correct-Horse-7"
READ_QR = Path(__file__).with_name("read_qr.mjs")
_SIGNED_IN: WeakKeyDictionary[BrowserContext, Person] = WeakKeyDictionary()


def sign_in(page: Page, person: Person) -> None:
    """Sign in where the page is, if it asks; else go there."""
    if "/sign-in" not in page.url:
        page.goto("/sign-in")
    page.fill("#login_id", person.login_id)
    page.fill("#password", person.password)
    page.click("main button.primary")
    expect(page.locator("#login_id")).to_have_count(0)
    expect(page.locator("form[action='/sign-out']").first).to_be_attached()
    page.wait_for_load_state()  # else the next navigation interrupts this one
    _SIGNED_IN[page.context] = person


def show_again(page: Page) -> None:
    """Type the sign-in password once more, as who has no factor does before an act."""
    page.wait_for_url("**/prove/password?**")
    page.fill("#password", _SIGNED_IN[page.context].password)
    page.click("main button.primary")
    expect(page.locator("#checked")).to_be_visible()


def begin(page: Page) -> None:
    """Open an application from the first page, or go on with the one there is."""
    page.goto("/")
    page.locator("form[action='/applications'] button, a[data-continue]").click()


def pass_steps(page: Page, *, type_id: str = "personal-bank") -> None:
    """Pass terms, who you are, and type."""
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check(f"input[value={type_id}]")
    page.click("main button.primary")
    expect(page.locator("#make")).to_be_enabled()
    choose_one_place(page)


def choose_one_place(page: Page) -> None:
    """Keep it in this browser alone, where two places are proposed."""
    page.wait_for_selector("#certificate-password", state="attached")
    # In one step: a page that can keep nothing takes the choice away meanwhile.
    page.evaluate(
        """() => {
            const two = document.querySelector("input[name=place][value=both]");
            if (two?.checked)
                document.querySelector("input[name=place][value=browser]").click();
        }"""
    )


def reach_keeping(page: Page, person: Person, *, type_id: str = "personal-bank") -> str:
    """Sign in, walk to where the key is made, and return that address."""
    sign_in(page, person)
    begin(page)
    pass_steps(page, type_id=type_id)
    return page.url


def choose_password(page: Page, password: str = PASSWORD) -> None:
    """Type the certificate password twice and go on: one place, or the chosen one."""
    choose_one_place(page)
    page.fill("#certificate-password", password)
    page.fill("#certificate-password-again", password)
    page.click("#make")


def wait_for_done(page: Page) -> str:
    """Wait for the last page and return the certificate's id at the centre."""
    page.wait_for_url("**/done", timeout=30_000)
    certificate_id = page.get_attribute("section[data-certificate]", "data-certificate")
    assert certificate_id
    return certificate_id


def get_certificate(page: Page, *, type_id: str = "personal-bank") -> str:
    """Walk all steps and return the certificate's id at the centre."""
    begin(page)
    pass_steps(page, type_id=type_id)
    choose_password(page)
    return wait_for_done(page)


def show_code(page: Page, certificate: str) -> str:
    """Open the pairing screen and return what its QR code says."""
    page.goto(f"/certificates/{certificate}/send", wait_until="commit")
    return link_on(page)


def link_on(page: Page) -> str:
    """Read the QR code on the screen."""
    expect(page.locator("#qr svg")).to_be_visible(timeout=15_000)
    picture = Image.open(io.BytesIO(page.locator("#qr").screenshot())).convert("RGBA")
    done = subprocess.run(
        ["node", READ_QR, str(picture.width), str(picture.height)],
        input=picture.tobytes(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def expect_black_on_white(page: Page, plate: str) -> None:
    """A code is dark on a white plate, whatever colours a person has chosen."""
    for forced in ("none", "active"):
        for scheme in ("light", "dark"):
            page.emulate_media(forced_colors=forced, color_scheme=scheme)
            png = page.locator(plate).screenshot(animations="disabled")
            picture = Image.open(io.BytesIO(png)).convert("L")
            width, height = picture.size
            edges = [(width // 2, 5), (width // 2, height - 6), (5, height // 2)]
            assert [picture.getpixel(at) for at in edges] == [255] * 3, (forced, scheme)
            dark, white = picture.histogram()[0], picture.histogram()[255]
            assert dark > white / 4 > 0, (forced, scheme)
    page.emulate_media(forced_colors="none", color_scheme="light")


def open_link(phone: Page, link: str) -> None:
    """Open a scanned link as the camera app does; it joins by itself."""
    phone.goto("about:blank")
    phone.goto(link)


def show_to_receive(page: Page) -> str:
    """Open the screen that receives and return what its QR code says."""
    page.goto("/move#receive")
    return link_on(page)


def open_link_to_send(phone: Page, link: str) -> None:
    """Open a scanned link as the camera app does, and press "Send"."""
    phone.goto("about:blank")
    phone.goto(link)
    phone.click("#giving-form button.primary")


def number_on(page: Page) -> str:
    """Say that the camera does not work, and read the number from the screen."""
    page.click("#no-camera")
    expect(page.locator("#number span")).to_have_count(3, timeout=15_000)
    return "".join(page.locator("#number span").all_inner_texts())


def type_number(page: Page, number: str, *, sends: bool = False) -> None:
    """Type a number into the page that scans; it says itself which device sends."""
    page.goto("/p")
    page.click("#type-number")
    expect(page.locator("#number")).to_be_focused()
    page.keyboard.type(number)
    page.click("#number-go")
    if sends:
        page.click("#giving-form button.primary")


def pair(computer: Page, phone: Page, certificate: str) -> str:
    """Bring both devices to where the phone shows the check code; return the code."""
    open_link(phone, show_code(computer, certificate))
    return code_on(phone)


def type_code(page: Page, code: str) -> None:
    """Type digits into the boxes as a person does."""
    expect(page.locator("#view-typing")).to_be_visible(timeout=15_000)
    page.locator("#code input").first.focus()
    page.keyboard.type(code)


def code_on(phone: Page) -> str:
    """Read the check code from the phone's screen."""
    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
    return phone.inner_text("#check-code").replace(" ", "").replace("\n", "")


def wrong_of(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def agree_to_send(
    computer: Page, *, move: bool = False, password: str = PASSWORD
) -> None:
    """Say what stays here, type the certificate's password and press "Send"."""
    expect(computer.locator("#view-password")).to_be_visible()
    computer.check(f"input[name=keep][value={'move' if move else 'copy'}]")
    computer.fill("#send-password", password)
    computer.click("#send-go")


def offer(
    computer: Page,
    phone: Page,
    certificate: str,
    *,
    move: bool = False,
    password: str = PASSWORD,
) -> None:
    """Go on until the phone shows what is coming."""
    type_code(computer, pair(computer, phone, certificate))
    agree_to_send(computer, move=move, password=password)
    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)


def expect_arrived(sender: Page, receiver: Page) -> None:
    """Both screens say that it is there."""
    for page in (receiver, sender):
        expect(page.locator("#view-result.safe h1")).to_be_visible(timeout=15_000)


def expect_ended(page: Page, reason: str) -> None:
    """The page says calmly how it ended, and offers what to do next."""
    result = page.locator(f"#view-result.calm[data-ending={reason}]")
    expect(result).to_be_visible(timeout=20_000)
    expect(result.locator(".support")).to_have_count(0)
    expect(result.locator(".primary")).to_be_visible()


def expect_refused(page: Page, code: str) -> None:
    """The page says why it is over, and its code for support."""
    expect(page.locator(".support code").last).to_have_text(code, timeout=20_000)
    expect(page.locator(".stop h1, .stop h2").last).to_be_visible()


def expect_kept(page: Page, count: int) -> None:
    """So many certificates are in this browser."""
    page.goto("/wallet")
    if count:
        expect(page.locator("#wallet .certificate")).to_have_count(count)
    else:
        expect(page.locator("#empty")).to_be_visible()


def kept_in(page: Page, table: str = "holdings") -> list[dict[str, Any]]:
    """Return what the browser has stored, as it is on its disk."""
    origins = page.context.storage_state(indexed_db=True)["origins"]
    stores = [
        store
        for origin in origins
        for database in origin.get("indexedDB", [])
        for store in database["stores"]
        if store["name"] == table
    ]
    records = [record for store in stores for record in store["records"]]
    return [_plain(record["valueEncoded"]) for record in records]


def wait_until(page: Page, is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    """Let the page go on until something outside of it is so."""
    for _ in range(int(seconds * 20)):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never became so")


def _plain(value: Any) -> Any:
    """Read Playwright's own form of a stored value."""
    if not isinstance(value, dict):
        return value
    if "o" in value:
        return {member["k"]: _plain(member["v"]) for member in value["o"]}
    if "a" in value:
        return [_plain(item) for item in value["a"]]
    if "ta" in value:
        return base64.b64decode(value["ta"]["b"])
    return None
