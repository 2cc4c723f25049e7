"""The page's own scanner: its three decoders, and what it says when it cannot see."""

import io

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import code_on, show_code, wait_until

NATIVE = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() {
    return globalThis.inSight ? [{ rawValue: globalThis.inSight }] : [];
  }
};
"""
NAME_ONLY = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return []; }
};
"""
# What zxing says of a file that it may not have, one line after the other.
SAID_BY_ZXING = (
    "wasm streaming compile failed",
    "falling back to ArrayBuffer instantiation",
    "failed to asynchronously prepare wasm",
    "Aborted(",
)
NO_CAMERA = "navigator.mediaDevices.getUserMedia = () => Promise.reject(%s);"


def open_scanner(phone: Page) -> None:
    phone.goto("/p")
    phone.tap("#open-camera")
    expect(phone.locator("#viewer")).to_be_visible()


def picture_of(text: str) -> bytes:
    """Return a screen that shows a QR code, PNG."""
    file = io.BytesIO()
    qrcode.make(text).save(file)
    return file.getvalue()


def test_the_scanner_reads_with_zxing_from_our_own_host(
    kept, sender: Page, phone: Page, video
):
    video.show_nothing()
    with phone.expect_response("**/zxing_reader.wasm") as wasm:
        open_scanner(phone)
    assert wasm.value.ok
    show_code(sender, kept.certificate)
    video.show(sender.screenshot())

    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
    expect(phone.locator("#viewer")).to_be_hidden()
    code_on(phone)


def test_the_small_decoder_reads_where_zxing_may_not_run(
    kept, devices, sender: Page, phone: Page, video
):
    video.show_nothing()
    phone.route("**/zxing_reader.wasm*", lambda route: route.abort())
    show_code(sender, kept.certificate)
    open_scanner(phone)
    video.show(sender.screenshot())

    expect(phone.locator("#view-code")).to_be_visible(timeout=20_000)
    # zxing says that it could not start, unless the other has read before that.
    phone.goto("about:blank")
    assert all(fault.startswith(SAID_BY_ZXING) for fault in devices.faults)
    devices.faults.clear()


def test_the_browsers_own_detector_is_used_where_there_is_one(
    kept, sender: Page, phone: Page, video
):
    video.show_nothing()
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.add_init_script(NATIVE)
    link = show_code(sender, kept.certificate)
    open_scanner(phone)
    phone.evaluate("link => { globalThis.inSight = link; }", link)

    expect(phone.locator("#view-code")).to_be_visible()
    assert [url for url in asked if "zxing" in url or "scan_worker" in url] == []


def test_a_detector_that_reads_no_qr_codes_is_passed_over(
    kept, sender: Page, phone: Page, video
):
    video.show_nothing()
    phone.add_init_script(NAME_ONLY)
    show_code(sender, kept.certificate)
    open_scanner(phone)
    video.show(sender.screenshot())

    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)


def test_the_camera_can_be_stopped_and_help_comes_when_it_sees_nothing(
    phone: Page, video
):
    video.show_nothing()
    phone.clock.install()
    open_scanner(phone)
    expect(phone.locator("#video")).to_have_js_property("paused", value=False)
    help_text = phone.locator("#scan-help")

    def is_helped() -> bool:
        assert help_text.inner_text() == "" or phone.evaluate("Date.now()") > opened
        phone.clock.fast_forward(1_000)
        return help_text.inner_text() != ""

    opened = phone.evaluate("Date.now()") + 9_000
    wait_until(phone, is_helped)
    phone.tap("#stop-camera")
    expect(phone.locator("#viewer")).to_be_hidden()
    expect(help_text).to_be_empty()
    assert phone.evaluate("document.getElementById('video').srcObject") is None


def test_a_photo_of_the_code_is_as_good_as_the_camera(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    phone.goto("/p")
    choose(phone, picture_of("WIFI:T:WPA;S:cafe;P:secret;;"))
    expect(phone.locator("#scan-refused")).to_contain_text(
        korean("This is not a code for moving a certificate."), timeout=15_000
    )
    choose(phone, blank())
    expect(phone.locator("#scan-refused")).to_contain_text(
        korean("There is no code to be seen in this photo."), timeout=15_000
    )

    choose(phone, sender.screenshot())
    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
    assert "#" in link
    code_on(phone)


# What browsers do not open, and what has to be said of it.
UNOPENED = [
    (b"", "This file is empty."),
    (
        b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + bytes(400),
        "This browser cannot open photos of this kind, for example HEIC.",
    ),
    (b"%PDF-1.7\n" + bytes(400), "This file is no photo."),
    (b"\x89PNG\r\n\x1a\n" + bytes(400), "This photo is damaged and cannot be opened."),
]


@pytest.mark.parametrize(("file", "sentence"), UNOPENED)
def test_what_the_browser_cannot_open_is_not_a_photo_without_a_code(
    phone: Page, file, sentence
):
    phone.goto("/p")
    choose(phone, file)

    expect(phone.locator("#scan-refused")).to_contain_text(korean(sentence))
    expect(phone.locator("#scan-help")).to_be_empty()


def test_a_photo_of_too_many_pixels_is_said_to_be_too_large(phone: Page):
    file = io.BytesIO()
    Image.new("1", (40_000, 40_000), 1).save(file, "PNG")
    phone.goto("/p")
    choose(phone, file.getvalue())

    expect(phone.locator("#scan-refused")).to_contain_text(
        korean("This photo is too large for this browser."), timeout=20_000
    )


def test_a_camera_that_is_taken_away_is_said(phone: Page, video):
    video.show_nothing()
    open_scanner(phone)
    expect(phone.locator("#video")).to_have_js_property("paused", value=False)
    phone.evaluate(
        "document.getElementById('video').srcObject.getTracks()[0]"
        ".dispatchEvent(new Event('ended'))"
    )

    expect(phone.locator("#scan-refused")).to_contain_text(
        korean("The camera was turned off or unplugged.")
    )
    expect(phone.locator("#viewer")).to_be_hidden()
    expect(phone.locator("#open-camera")).to_be_visible()


def choose(phone: Page, picture: bytes) -> None:
    """Choose a photo, PNG."""
    with phone.expect_file_chooser() as chooser:
        phone.tap("#choose-photo")
    chooser.value.set_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": picture}
    )


def blank() -> bytes:
    """Return a photo of a grey wall, PNG."""
    file = io.BytesIO()
    Image.new("L", (640, 480), 128).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "This page may not use the camera."),
        ("NotFoundError", "There is no camera that this page could use."),
        ("NotReadableError", "Another app is using the camera."),
        ("AbortError", "The camera could not be started."),
    ],
)
def test_a_camera_that_cannot_be_used_is_said_with_the_way_around(
    phone: Page, error, sentence
):
    phone.add_init_script(NO_CAMERA % f"new DOMException('no', '{error}')")
    phone.goto("/p")
    phone.tap("#open-camera")

    expect(phone.locator("#scan-refused")).to_contain_text(korean(sentence))
    expect(phone.locator("#open-camera")).to_be_visible()
    expect(phone.locator("#viewer")).to_be_hidden()


def test_a_foreign_code_is_said_and_looking_goes_on(
    kept, sender: Page, phone: Page, video
):
    video.show_nothing()
    link = show_code(sender, kept.certificate)
    open_scanner(phone)
    refused = phone.locator("#scan-refused")

    video.show(picture_of("WIFI:T:WPA;S:cafe;P:secret;;"))
    expect(refused).to_contain_text(
        korean("This is not a code for moving a certificate."), timeout=15_000
    )
    video.show(picture_of(link.replace("127.0.0.1", "192.0.2.7")))
    expect(refused).to_contain_text(
        korean("This code belongs to another centre."), timeout=15_000
    )
    expect(phone.locator("#view-code")).to_be_hidden()

    video.show(sender.screenshot())
    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
