"""Every page in every size and light: fits, can be read, pressed, named and reached."""

from playwright.sync_api import Page, expect

from tests.e2e.page_steps import PASSWORD, code_on, expect_arrived, link_on, open_link

STOPS = 40
FOCUS = """() => {
  const focused = document.activeElement;
  const label = focused.closest("label");
  const places = [focused, ...(label ? label.querySelectorAll("span") : [])];
  return places.some((place) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(place);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
}"""


def test_every_page_fits_and_can_be_read_and_pressed_in_every_size_and_light(
    korean_crawl,
):
    korean_crawl.layout.check()


def test_pages_hold_at_twice_the_size_of_letters(kept, sender: Page):
    for path in ("/", "/wallet", f"/certificates/{kept.certificate}", "/trust"):
        sender.goto(path)
        sender.set_viewport_size({"width": 640, "height": 450})  # 1280 at 200 %
        wide = "document.documentElement.scrollWidth"
        assert sender.evaluate(wide) <= 640, path


def test_motion_stops_for_those_who_asked_for_less(sender: Page):
    sender.emulate_media(reduced_motion="reduce")
    sender.goto("/wallet")
    moving = "document.getAnimations().length"
    assert sender.evaluate(moving) == 0


def test_a_keyboard_is_enough_on_the_computer_and_the_focus_is_always_seen(
    person, computer: Page, phone: Page
):
    page = computer
    page.goto("/sign-in")
    reach(page, "#login_id")
    page.keyboard.type(person.login_id)
    reach(page, "#password")
    page.keyboard.type(person.password)
    page.keyboard.press("Enter")
    press(page, "form[action='/applications'] button", "Enter")
    press(page, "input[name=accepted]", "Space")
    press(page, "input[name=privacy]", "Space")
    press(page, "main button.primary", "Enter")
    reach(page, "#birth_date")
    page.wait_for_load_state()  # a field that goes on by itself does so from here
    page.keyboard.type("19900131")  # after its last digit the page goes on
    reach(page, "input[name=type]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[value=personal-sign]")).to_be_checked()
    press(page, "main button.primary", "Enter")
    expect(page.locator("#make")).to_be_enabled()
    reach(page, "#certificate-password")
    page.keyboard.type(PASSWORD)
    reach(page, "#certificate-password-again")
    page.keyboard.type(PASSWORD)
    press(page, "#make", "Enter")
    # Both places are proposed: the code for the phone is there at once.
    page.wait_for_url("**/move?**", timeout=30_000)

    open_link(phone, link_on(page))
    code = code_on(phone)
    expect(page.locator("#code input").first).to_be_focused()
    page.keyboard.type(code)
    # The password was chosen in this page a moment ago and is not typed again.
    expect(page.locator("#send-go")).to_be_focused()
    assert page.evaluate(FOCUS)
    page.keyboard.press("Enter")
    phone.tap("#accept")
    expect_arrived(page, phone)


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; it must be seen wherever it stands."""
    expect(page.locator(selector).first).to_be_visible()
    for _ in range(STOPS):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
        where = "document.activeElement.outerHTML.slice(0, 120)"
        assert page.evaluate(FOCUS), page.evaluate(where)
    raise AssertionError(f"the Tab key never reaches {selector}")


def press(page: Page, selector: str, key: str) -> None:
    """Reach something and press a key on it."""
    reach(page, selector)
    page.keyboard.press(key)
