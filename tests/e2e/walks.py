"""What a person does, step by step, on the PC and on the phone."""

from playwright.sync_api import Page, expect

PASSWORD = "Correct-Horse-7"


def sign_in(page: Page, password: str) -> None:
    """Sign in as the demo's customer."""
    page.goto("/sign-in")
    page.fill("#login_id", "demo")
    page.fill("#password", password)
    page.click("main button.primary")
    expect(page.locator("h1")).to_be_visible()


def begin(page: Page) -> None:
    """Open an application from the first page."""
    page.goto("/")
    page.click("form[action='/applications'] button")


def pass_steps(page: Page, *, type_id: str = "personal-bank") -> None:
    """Pass terms, who you are, and type."""
    page.check("input[name=accepted]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check(f"input[value={type_id}]")
    page.click("main button.primary")
    expect(page.locator("#certificate-password")).to_be_visible()


def choose_password(page: Page, password: str = PASSWORD) -> None:
    """Type the certificate password twice and go on."""
    page.fill("#certificate-password", password)
    page.fill("#certificate-password-again", password)
    page.click("#make")


def get_certificate(page: Page, *, type_id: str = "personal-bank") -> str:
    """Walk all steps and return the certificate's id at the centre."""
    begin(page)
    pass_steps(page, type_id=type_id)
    choose_password(page)
    page.wait_for_url("**/done", timeout=30_000)
    found = page.get_attribute("section[data-certificate]", "data-certificate")
    assert found
    return found


def show_code(page: Page, certificate: str) -> None:
    """Open the pairing screen and wait for its QR code."""
    page.goto(f"/certificates/{certificate}/send")
    expect(page.locator("#qr svg")).to_be_visible(timeout=10_000)


def type_code(page: Page, code: str) -> None:
    """Type digits into the boxes as a person does."""
    expect(page.locator("#view-typing")).to_be_visible(timeout=10_000)
    page.locator("#code input").first.focus()
    page.keyboard.type(code)


def code_on(phone: Page) -> str:
    """Read the check code from the phone's screen."""
    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
    return phone.inner_text("#check-code").replace(" ", "").replace("\n", "")
