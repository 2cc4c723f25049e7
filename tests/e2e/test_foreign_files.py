"""Files of other programs go from disk to phone to disk, byte for byte, R and all.

The terminal does the same in tests/mobile_bridge/cli/test_foreign_files.py.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mobile_bridge.npki.files.disk_reader import list_holders
from mobile_bridge.npki.sets.opening import open_set
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    code_on,
    expect_arrived,
    kept_in,
    link_on,
    open_link,
    type_code,
)
from tests.e2e.test_bring import SEND, open_card, save_in_dialog
from tests.support.foreign_files import SHAPES, is_same_key, write_shape


@pytest.mark.parametrize("shape", SHAPES)
def test_from_disk_to_phone_to_disk(
    computer: Page, phone: Page, tmp_path: Path, shape: str
):
    file = write_shape(shape, tmp_path / "from")
    computer.goto("/bring")
    expect(computer.locator("#pick-files")).to_be_enabled()
    computer.set_input_files("#files-input", file.paths)
    open_card(computer, file.password)
    computer.click(SEND)
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    computer.click("#send-go")
    phone.click("#accept")
    expect_arrived(computer, phone)
    [kept] = kept_in(phone)

    phone.goto("/wallet")
    phone.locator("#wallet button", has_text=korean("Save as a file")).click()
    phone.fill("#export-password", file.password)
    is_as_it_is = phone.locator("[data-form]").is_visible()
    saved = save_in_dialog(phone, "as-it-is" if is_as_it_is else "npki-b", tmp_path)

    assert saved is not None
    (source,) = list_holders(saved).sets
    opened = open_set(source, file.password)
    assert is_same_key(file, opened.signing.private_key_info)
    assert opened.signing.certificate == kept["certificate"]
    if file.key_file is not None:
        assert kept["encryptedKey"] == file.key_file
    if is_as_it_is:
        assert opened.signing.encrypted_key == kept["encryptedKey"]
