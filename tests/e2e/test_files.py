"""What a person takes home as a file is whole, and opens in programs of others."""

import plistlib

import pytest
from playwright.sync_api import Download, Page, expect

from tests.e2e.files import check_chain, open_key, open_p12, openssl, save_p12
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import PASSWORD, get_certificate, kept_in, sign_in

RANDOM_NUMBER = "1.2.410.200004.10.1.1.3"  # id-kisa-randomNum


@pytest.mark.parametrize(
    ("type_id", "kind"),
    [
        ("personal-bank", "Private-Key: (2048 bit"),
        ("personal-sign", "NIST CURVE: P-256"),
    ],
)
def test_the_file_saved_on_the_computer_opens_with_openssl_and_leads_to_the_root(
    centre, person, computer: Page, tmp_path, type_id, kind
):
    sign_in(computer, person)
    get_certificate(computer, type_id=type_id)
    computer.click("#save-file")
    p12 = save_p12(computer, tmp_path / "saved.p12")

    opened = open_p12(p12)

    check_chain(centre.url, opened, tmp_path)
    assert kind in openssl("pkey", "-in", tmp_path / "own.pem", "-noout", "-text")
    structure = openssl(
        "pkcs12", "-in", p12, "-passin", f"pass:{PASSWORD}", "-info", "-noout"
    )
    assert "AES-256-CBC" in structure
    assert "hmacWithSHA256" in structure
    assert opened.count("BEGIN CERTIFICATE") >= 2


def test_the_random_number_stays_with_the_key_in_the_file(sender: Page, tmp_path):
    sender.goto("/wallet")
    sender.locator("#wallet button").nth(0).click()
    opened = open_p12(save_p12(sender, tmp_path / "saved.p12"))

    [holding] = kept_in(sender)
    random_number = open_key(holding["encryptedKey"]).random_number
    assert len(random_number) == 20
    attribute = opened.split(RANDOM_NUMBER, 1)[1].split("-----BEGIN", 1)[0]
    assert random_number.hex() in "".join(attribute.lower().split()).replace(":", "")


def test_a_profile_for_an_iphone_is_made_in_the_page_and_no_byte_of_it_is_sent(
    sender: Page, tmp_path
):
    sender.goto("/wallet")
    sent: list[bytes] = []
    sender.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    sender.locator("#wallet button").nth(0).click()
    for closed in sender.locator("#export details.more > summary").all():
        closed.click()
    sender.select_option("#export-device", "ios")
    expect(sender.locator("#export [data-guide=ios]")).to_be_visible()
    expect(sender.locator("#export [data-guide]:not([hidden])")).to_have_count(1)
    sender.check("#export [name=form][value=profile]")
    expect(sender.locator("#export-places")).to_be_hidden()
    sender.fill("#export-password", PASSWORD)

    with sender.expect_download(timeout=20_000) as saved:
        sender.click("#export-go")
    saved.value.save_as(tmp_path / "saved.mobileconfig")

    assert saved.value.suggested_filename.endswith(".mobileconfig")
    octets = (tmp_path / "saved.mobileconfig").read_bytes()
    (payload,) = plistlib.loads(octets)["PayloadContent"]
    (tmp_path / "inside.p12").write_bytes(payload["PayloadContent"])
    assert "BEGIN PRIVATE KEY" in open_p12(tmp_path / "inside.p12")
    assert RANDOM_NUMBER in open_p12(tmp_path / "inside.p12")
    key = payload["PayloadContent"][64:96]
    assert all(key not in body and PASSWORD.encode() not in body for body in sent)


def test_the_dialog_stays_and_says_what_was_saved_and_where_to_look(sender: Page):
    sender.goto("/wallet")
    sender.locator("#wallet button").nth(0).click()
    sender.fill("#export-password", PASSWORD)
    with sender.expect_download(timeout=20_000) as saved:
        sender.click("#export-go")

    result = sender.locator("#export-done")
    expect(sender.locator("#export-done-title")).to_be_focused()
    expect(result).to_contain_text(saved.value.suggested_filename)
    expect(result).to_contain_text(korean("One file (.p12)"))
    expect(sender.locator("#export-form")).to_be_hidden()
    sender.click("#export-again")
    expect(sender.locator("#export-password")).to_be_focused()
    sender.keyboard.press("Escape")
    expect(sender.locator("#export")).to_be_hidden()
    expect(sender.locator("#wallet-title")).to_be_focused()
    expect(sender.locator("#wallet .certificate")).to_contain_text(
        korean("Saved as a file on %(day)s.").split("%(day)s")[1].strip(" .")
    )


def test_the_guide_of_a_device_asks_for_the_file_that_it_takes(sender: Page):
    sender.goto("/wallet")
    sender.locator("#wallet button").nth(0).click()
    for closed in sender.locator("#export details.more > summary").all():
        closed.click()
    sender.select_option("#export-device", "ios")
    expect(sender.locator("#export-other-form")).to_contain_text(
        korean("Profile for iPhone, iPad, Mac (.mobileconfig)")
    )
    sender.click("#export-take-needed")

    expect(sender.locator("#export [name=form][value=profile]")).to_be_checked()
    expect(sender.locator("#export-other-form")).to_be_hidden()
    sender.select_option("#export-device", "windows")
    expect(sender.locator("#export-other-form")).to_be_visible()


def test_a_wrong_password_saves_no_file_and_says_so(sender: Page):
    saved: list[Download] = []
    sender.on("download", lambda download: saved.append(download))
    sender.goto("/wallet")
    sender.locator("#wallet button").nth(0).click()
    sender.fill("#export-password", "Wrong-Horse-9")
    sender.click("#export-go")

    expect(sender.locator("#export-refused")).to_be_visible()
    expect(sender.locator("#export-refused")).not_to_be_empty()
    expect(sender.locator("#export-go")).to_be_enabled()
    assert saved == []
    sender.click("#export-close")
    expect(sender.locator("#export")).to_be_hidden()
    sender.locator("#wallet button").nth(0).click()
    expect(sender.locator("#export-password")).to_have_value("")
    expect(sender.locator("#export-refused")).to_be_hidden()
