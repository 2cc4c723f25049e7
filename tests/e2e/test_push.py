"""A notice by push: allowed by one press, shown by the wallet's worker, and pressed."""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import wait_until
from tests.e2e.test_paired_devices import pair_by_certificate

NOTICES = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/wallet");
  const notices = await registration.getNotifications();
  return notices.map(({title, body, tag}) => ({title, body, tag}));
}"""
REGISTERED = """async () => {
  const path = "/wallet/app/ko.js";
  await navigator.serviceWorker.register(path, { scope: "/wallet" });
  await new Promise((resolve) => {
    const look = async () => {
      const found = await navigator.serviceWorker.getRegistration("/wallet");
      if (found?.active) resolve(); else setTimeout(look, 50);
    };
    look();
  });
}"""


@pytest.fixture
def phone(devices, kept, centre) -> Page:
    """A phone that keeps the certificate and allows notices when it is asked."""
    page = devices.phone(storage_state=kept.state)
    page.context.clear_cookies()
    page.context.grant_permissions(["notifications"], origin=centre.url)
    return page


def deliver(page: Page, message: object) -> None:
    """Have the browser take a push message, as from its push service."""
    session: CDPSession = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    deadline = time.monotonic() + 10
    while not registrations and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    ours = next(one for one in registrations if one["scopeURL"].endswith("/wallet"))
    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": page.url.split("/device")[0],
            "registrationId": ours["registrationId"],
            "data": json.dumps(message),
        },
    )


def test_nothing_is_asked_before_the_press(devices, kept):
    page = devices.phone(storage_state=kept.state)
    page.context.clear_cookies()
    page.add_init_script(
        "Notification.requestPermission = () => { window.asked = true; "
        "return Promise.resolve('default'); };"
    )
    pair_by_certificate(page)
    expect(page.locator("#push-on")).to_be_visible()
    assert page.evaluate("window.asked") is None

    page.click("#push-on")

    wait_until(page, lambda: page.evaluate("window.asked") is True)
    expect(page.locator("#push-on")).to_be_visible()  # "not now" changes nothing


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("request", "A request waits for you"),
        ("use", "Something was done in your name"),
    ],
)
def test_worker_shows_a_notice_in_its_language_and_nothing_of_the_content(
    phone, kind, title
):
    pair_by_certificate(phone)
    phone.evaluate(REGISTERED)

    deliver(phone, {"kind": kind})

    wait_until(phone, lambda: len(phone.evaluate(NOTICES)) == 1)
    (notice,) = phone.evaluate(NOTICES)
    assert notice["title"] == korean(title)
    assert notice["tag"] == kind
