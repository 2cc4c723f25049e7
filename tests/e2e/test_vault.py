"""A certificate opened by fingerprint: with an authenticator of the browser's own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.sync_api import Page, expect

from tests.e2e.conftest import keep_one
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    PASSWORD,
    expect_arrived,
    kept_in,
    pair,
    type_code,
)


@dataclass(frozen=True)
class Authenticator:
    """What verifies the person in place of a finger."""

    session: Any
    id: str

    def verifies(self, is_verified: bool) -> None:
        """Let the next fingerprint be the right one, or not."""
        self.session.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self.id, "isUserVerified": is_verified},
        )

    def credentials(self) -> list[dict[str, Any]]:
        """Return what it holds."""
        answer = self.session.send(
            "WebAuthn.getCredentials", {"authenticatorId": self.id}
        )
        return list(answer["credentials"])

    def forget(self) -> None:
        """Lose everything, as a device that was reset."""
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


def plug_in(page: Page, *, has_prf: bool = True, **options: Any) -> Authenticator:
    """Give the page's device an authenticator."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    answer = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "ctap2Version": "ctap2_1",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                "hasPrf": has_prf,
                **options,
            }
        },
    )
    return Authenticator(session, answer["authenticatorId"])


@pytest.fixture(scope="module")
def named_centre(centre) -> str:
    """The address by which browsers allow it: a number has no credentials."""
    return str(centre.url.replace("127.0.0.1", "localhost"))


@pytest.fixture(scope="module")
def named(browser, centre, named_centre):
    """A certificate kept under that address."""
    return keep_one(browser, replace(centre, url=named_centre))


@pytest.fixture
def holder(devices, named, named_centre) -> Iterator[Page]:
    """A page on a PC whose browser keeps it."""
    page = devices.computer(storage_state=named.state, base_url=named_centre)
    page.goto("/wallet")
    expect(page.locator("#wallet .certificate")).to_have_count(1)
    return page


def open_dialog(page: Page) -> None:
    """Open the wallet's dialog about fingerprint and face."""
    page.goto("/wallet")
    page.locator("#wallet .certificate button").filter(has_text=WORDS).click()
    expect(page.locator("#vault")).to_be_visible()


def set_up(page: Page, password: str = PASSWORD) -> None:
    """Have the device open the certificate from now on."""
    open_dialog(page)
    page.fill("#vault-password", password)
    page.click("#vault-go")


WORDS = "지문·얼굴로 열기"


def test_what_was_set_up_saves_the_file_without_a_password(holder: Page, tmp_path):
    plug_in(holder)
    before = kept_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    holder.get_by_role("button", name=korean("Save as a file")).click()
    with holder.expect_download() as download:
        holder.click("#export-password-vault")

    saved = tmp_path / "saved.p12"
    download.value.save_as(saved)
    key, _certificate, _chain = pkcs12.load_key_and_certificates(
        saved.read_bytes(), PASSWORD.encode()
    )
    assert key is not None
    after = kept_in(holder)
    assert [record["encryptedKey"] for record in after] == [
        record["encryptedKey"] for record in before
    ]


def test_neither_store_nor_requests_hold_the_password(holder: Page, centre):
    plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()

    state = json.dumps(holder.context.storage_state(indexed_db=True))
    assert '"vault"' in state
    assert PASSWORD not in state
    assert PASSWORD not in json.dumps(centre.requests())


def test_a_wrong_password_is_not_sealed(holder: Page):
    authenticator = plug_in(holder)
    set_up(holder, "Wrong-Horse-8")

    expect(holder.locator("#vault-refused")).to_contain_text(
        korean("This is not the password of this certificate.")
    )
    assert authenticator.credentials() == []


@pytest.mark.parametrize("does_verify", [True, False])
def test_a_device_without_the_extension_says_so_and_changes_nothing(
    holder: Page, does_verify: bool
):
    plug_in(holder, has_prf=False) if does_verify else plug_in(
        holder, has_prf=False, ctap2Version="ctap2_0"
    )
    set_up(holder)

    expect(holder.locator("#vault-refused")).to_contain_text(
        korean(
            "This device recognises you, but gives the browser no key for the "
            "certificate."
        )
    )
    assert kept_in(holder, "vault") == []


def test_a_finger_that_is_not_recognised_opens_nothing(holder: Page):
    authenticator = plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    authenticator.verifies(False)
    holder.get_by_role("button", name=korean("Save as a file")).click()
    holder.click("#export-password-vault")

    expect(holder.locator("#export-refused")).to_contain_text(
        korean("Press the button again, or type the certificate password."),
        timeout=30_000,
    )
    assert holder.input_value("#export-password") == ""
    holder.fill("#export-password", PASSWORD)
    with holder.expect_download():
        holder.click("#export-go")


def test_after_a_reset_of_the_device_the_password_still_opens(holder: Page):
    authenticator = plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    authenticator.forget()
    holder.get_by_role("button", name=korean("Save as a file")).click()
    holder.click("#export-password-vault")
    expect(holder.locator("#export-refused")).to_be_visible(timeout=30_000)
    holder.fill("#export-password", PASSWORD)

    with holder.expect_download():
        holder.click("#export-go")


def test_taking_it_back_leaves_only_the_password(holder: Page):
    plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    open_dialog(holder)
    expect(holder.locator("#vault-set")).to_be_visible()
    holder.click("#vault-remove")
    expect(holder.locator("#vault")).to_be_hidden()

    assert kept_in(holder, "vault") == []
    holder.get_by_role("button", name=korean("Save as a file")).click()
    expect(holder.locator("#export-password")).to_be_visible()
    expect(holder.locator("#export-password-vault")).to_be_hidden()


def test_a_browser_that_rules_it_out_is_not_asked(devices, named, named_centre):
    page = devices.computer(storage_state=named.state, base_url=named_centre)
    page.add_init_script("delete globalThis.PublicKeyCredential")
    open_dialog(page)

    expect(page.locator("#vault-ruled-out")).to_be_visible()
    expect(page.locator("#vault-go")).to_be_hidden()
    expect(page.locator("#vault-password")).to_be_hidden()


def test_an_address_without_a_name_is_said_to_be_the_cause_before_anything_is_typed(
    sender: Page,
):
    plug_in(sender)
    open_dialog(sender)

    expect(sender.locator("#vault-no-name")).to_contain_text(
        korean("Browsers do this only at an address that has a name.")
    )
    expect(sender.locator("#vault-no-name")).to_contain_text("127.0.0.1")
    expect(sender.locator("#vault-password")).to_be_hidden()
    expect(sender.locator("#vault-go")).to_be_hidden()


def test_a_key_file_with_another_password_is_told_from_a_wrong_finger(holder: Page):
    plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    holder.evaluate(RELOCK)
    holder.reload()
    holder.get_by_role("button", name=korean("Save as a file")).click()
    holder.click("#export-password-vault")

    expect(holder.locator("#export-refused")).to_contain_text(
        korean("The certificate has another password now than when it was set up.")
    )
    expect(holder.locator("#export-password-vault")).to_be_hidden()


def test_sending_to_the_phone_opens_by_fingerprint(
    holder: Page, devices, named, named_centre
):
    plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    phone = devices.phone(base_url=named_centre)
    type_code(holder, pair(holder, phone, named.certificate))
    expect(holder.locator("#send-password-vault")).to_be_visible(timeout=15_000)
    holder.check("input[name=keep][value=copy]")
    holder.click("#send-password-vault")
    expect(holder.locator("#send-go")).to_be_focused()
    holder.click("#send-go")
    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)
    phone.click("#accept")

    expect_arrived(holder, phone)


def test_signing_opens_by_fingerprint(holder: Page):
    plug_in(holder)
    set_up(holder)
    expect(holder.locator("#vault")).to_be_hidden()
    holder.goto("/revoke")
    holder.locator("#held .choice").first.click()
    expect(holder.locator("#key-password-vault")).to_be_visible()
    holder.click("#key-password-vault")
    expect(holder.locator("#revoke-go")).to_be_focused()

    assert holder.input_value("#key-password") == PASSWORD


# Any other key file of the same certificate; here one whose ciphertext is another.
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
