"""The wallet as an app: without a network, installed, and when a new edition comes."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.files import close_export
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import PASSWORD, wait_until

EDITIONS = """async () => {
  const names = await caches.keys();
  const lists = await Promise.all(names.map(async (name) => {
    const cache = await caches.open(name);
    const kept = await cache.keys();
    const answers = await Promise.all(kept.map((request) => cache.match(request)));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    return kept.map(({ url }, at) => [new URL(url).pathname, texts[at]]);
  }));
  return Object.fromEntries(names.map((name, at) => [name, lists[at]]));
}"""
WORKER = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/wallet");
  return registration?.active?.scriptURL ?? "";
}"""


def open_app(page: Page) -> None:
    """Open the wallet, and wait until the browser keeps it."""
    page.goto("/wallet")
    expect(page.locator("#app-ready")).to_be_visible(timeout=15_000)


def test_without_a_network_the_wallet_opens_and_saves_names_and_deletes(sender: Page):
    open_app(sender)
    sender.context.set_offline(True)
    sender.goto("/wallet")

    card = sender.locator("#wallet .certificate")
    expect(card).to_have_count(1)
    expect(sender.locator("#offline-note")).to_be_visible()
    expect(sender.locator("a[href^='/move']:visible")).to_have_count(0)
    rename(sender, "세금 신고용")
    expect(card.locator(".local-name")).to_have_text("세금 신고용")
    card.get_by_role("button", name=korean("Save as a file")).click()
    sender.fill("#export-password", PASSWORD)
    with sender.expect_download() as download:
        sender.click("#export-go")
    assert download.value.suggested_filename.endswith(".p12")
    close_export(sender)
    card.get_by_role("button", name=korean("Delete")).click()
    expect(sender.locator("#remove-last")).to_be_hidden()
    expect(sender.locator("#remove-copies")).not_to_be_empty()
    sender.click("#remove-go")
    expect(sender.locator("#empty")).to_be_visible()


def test_when_the_network_is_back_the_page_of_the_centre_comes_by_itself(sender: Page):
    open_app(sender)
    sender.context.set_offline(True)
    sender.goto("/wallet")
    expect(sender.locator("#offline-note")).to_be_visible()
    sender.click("#backup-open")
    expect(sender.locator("#backup-step-choose")).to_be_visible()
    sender.context.set_offline(False)
    sender.evaluate("dispatchEvent(new Event('online'))")
    expect(sender.locator("#backup-step-choose")).to_be_visible()  # nothing is lost
    sender.locator("#backup-step-choose [data-backup-close]:visible").click()

    expect(sender.locator("#offline-note")).to_be_hidden(timeout=30_000)
    expect(sender.locator("a[href^='/move#send']")).to_be_visible()


def test_a_person_who_is_signed_in_leaves_nothing_in_the_cache(sender: Page):
    open_app(sender)
    sender.reload()
    expect(sender.locator(".bar-name")).to_contain_text("김하나")

    editions = sender.evaluate(EDITIONS)
    ((name, entries),) = editions.items()
    paths = [path for path, _text in entries]
    assert name.startswith("wallet-ko-")
    assert "/wallet/app/ko" in paths
    assert "/wallet" not in paths
    assert all(path.startswith(("/wallet/app/", "/static/")) for path in paths), paths
    texts = json.dumps(editions, ensure_ascii=False)
    assert "김하나" not in texts
    assert "csrf-token" not in next(t for p, t in entries if p == "/wallet/app/ko")


def test_on_a_shared_device_the_kept_page_covers_as_the_other_does(sender: Page):
    open_app(sender)
    sender.evaluate("localStorage.setItem('certferry.device', 'shared')")
    sender.context.set_offline(True)
    sender.goto("/wallet")

    expect(sender.locator("#covered")).to_be_visible()
    expect(sender.locator("#wallet .certificate")).to_have_count(0)
    sender.fill("#uncover-password", PASSWORD)
    sender.click("#uncover-go")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)


def test_a_new_edition_takes_over_and_the_old_one_goes(sender: Page):
    open_app(sender)
    assert sender.evaluate(WORKER).endswith("/wallet/app/ko.js")
    set_language(sender, "en")
    open_app(sender)

    wait_until(sender, lambda: sender.evaluate(WORKER).endswith("/en.js"))
    wait_until(sender, lambda: len(sender.evaluate(EDITIONS)) == 1)
    (name,) = sender.evaluate(EDITIONS)
    assert name.startswith("wallet-en-")
    sender.context.set_offline(True)
    sender.goto("/wallet")
    expect(sender.locator("#wallet-title")).to_have_text("Certificates in this browser")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)


def test_a_new_edition_waits_while_an_older_page_is_open(sender: Page):
    open_app(sender)
    older = sender.context.new_page()
    older.goto("/wallet")
    expect(older.locator("#wallet .certificate")).to_have_count(1)
    set_language(sender, "en")
    sender.goto("/wallet")
    wait_until(sender, lambda: len(sender.evaluate(EDITIONS)) == 2)
    assert sender.evaluate(WORKER).endswith("/ko.js")
    older.close()

    def took_over() -> bool:
        sender.goto("/trust")
        open_app(sender)  # each visit asks again
        return str(sender.evaluate(WORKER)).endswith("/en.js")

    wait_until(sender, took_over)


def test_chromium_finds_nothing_that_keeps_it_from_being_installed(sender: Page):
    open_app(sender)
    session = sender.context.new_cdp_session(sender)

    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    manifest = session.send("Page.getAppManifest")
    # The driver's own windows are private ones, where nothing is ever installed.
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/wallet"


@pytest.mark.parametrize("answer", ["accepted", "dismissed"])
def test_installing_is_offered_where_the_browser_can(sender: Page, answer: str):
    sender.goto("/wallet")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)
    expect(sender.locator("#app-install")).to_be_hidden()
    sender.evaluate(
        """(outcome) => {
          const event = new Event("beforeinstallprompt", { cancelable: true });
          event.prompt = async () => { window.asked = true; return { outcome }; };
          dispatchEvent(event);
        }""",
        answer,
    )
    sender.click("#app-install")

    assert sender.evaluate("window.asked") is True
    expect(sender.locator("#app-install")).to_be_hidden()


def test_an_iphone_is_told_that_its_app_has_a_storage_of_its_own(devices, kept):
    phone = devices.phone(storage_state=kept.state)
    phone.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'standalone', "
        "{ value: false, configurable: true })"
    )
    phone.goto("/wallet")

    expect(phone.locator("#app-by-hand")).to_be_visible()


def test_a_name_given_here_is_seen_and_can_be_taken_away(sender: Page):
    sender.goto("/wallet")
    rename(sender, "  회사   업무용 ")
    name = sender.locator("#wallet .local-name")
    expect(name).to_have_text("회사 업무용")
    sender.goto("/move#send")
    expect(sender.locator(".choice .local-name")).to_have_text("회사 업무용")
    sender.goto("/wallet")
    rename(sender, "")

    expect(name).to_have_count(0)


def test_deleting_the_only_known_copy_is_warned_of(sender: Page):
    sender.goto("/wallet")
    sender.get_by_role("button", name=korean("Delete")).click()

    expect(sender.locator("#remove-last")).to_contain_text(
        korean(
            "As far as this browser knows, this is the only copy. Once it is deleted, "
            "nobody can bring it back, not even the certificate centre."
        )
    )


def test_a_name_over_the_limit_is_not_cut_in_silence(sender: Page):
    sender.goto("/wallet")
    sender.locator("#wallet .certificate button.quiet").first.click()
    sender.fill("#rename-name", "가" * 31)

    expect(sender.locator("#rename-refused")).to_contain_text(
        korean("Shorten it. Nothing is cut off by itself.")
    )
    expect(sender.locator("#rename-count")).to_contain_text("31")
    sender.click("#rename-go")
    expect(sender.locator("#rename")).to_be_visible()
    sender.fill("#rename-name", "가" * 30)
    expect(sender.locator("#rename-refused")).to_be_hidden()
    sender.click("#rename-go")
    expect(sender.locator("#wallet .local-name")).to_have_text("가" * 30)


SHARE = """(outcome) => {
  navigator.canShare = ({ files }) => files.length === 1;
  navigator.share = async ({ files }) => {
    if (outcome !== "taken") throw new DOMException("no", outcome);
    window.shared = files[0].name;
  };
}"""


def test_a_file_is_handed_to_another_app_where_the_browser_can(devices, kept):
    phone = devices.phone(storage_state=kept.state)
    share(phone, "taken")
    phone.fill("#export-password", PASSWORD)
    phone.click("#export-share")

    expect(phone.locator("#export-done")).to_contain_text(
        korean("In the app that you chose.")
    )
    close_export(phone)
    assert phone.evaluate("window.shared").endswith(".p12")
    phone.get_by_role("button", name=korean("Delete")).click()
    expect(phone.locator("#remove-copies")).not_to_be_empty()


def test_a_share_sheet_that_was_closed_counts_as_no_copy(devices, kept):
    phone = devices.phone(storage_state=kept.state)
    share(phone, "AbortError")
    phone.fill("#export-password", PASSWORD)
    phone.click("#export-share")

    expect(phone.locator("#export-share")).to_be_enabled()
    expect(phone.locator("#export-refused")).to_be_hidden()
    phone.click("#export-close")
    phone.get_by_role("button", name=korean("Delete")).click()
    expect(phone.locator("#remove-last")).to_be_visible()


def test_a_browser_that_shares_no_such_files_says_so(devices, kept):
    phone = devices.phone(storage_state=kept.state)
    share(phone, "NotAllowedError")
    phone.fill("#export-password", PASSWORD)
    phone.click("#export-share")

    expect(phone.locator("#export-refused")).to_contain_text(
        korean("This browser does not hand files of this kind to other apps.")
    )


def share(phone: Page, outcome: str) -> None:
    """Open the wallet's dialog in a browser whose share sheet ends like this."""
    phone.add_init_script(f"({SHARE})({json.dumps(outcome)})")
    phone.goto("/wallet")
    phone.get_by_role("button", name=korean("Save as a file")).click()


def rename(page: Page, name: str) -> None:
    """Type a name for the first certificate."""
    page.locator("#wallet .certificate button.quiet").first.click()
    page.fill("#rename-name", name)
    page.click("#rename-go")
    expect(page.locator("#rename")).to_be_hidden()


def set_language(page: Page, code: str) -> None:
    """Choose the language of the pages in this browser."""
    url = page.evaluate("location.origin")
    page.context.add_cookies([{"name": "language", "value": code, "url": url}])
