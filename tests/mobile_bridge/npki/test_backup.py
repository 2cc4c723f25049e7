"""Backups: sealed and opened, and why some do not open; the browser's read the same."""

import base64
import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shamir_mnemonic import EncryptedMasterSecret, generate_mnemonics, split_ems

from mobile_bridge.npki.backup import (
    BackupError,
    Passphrase,
    SheetError,
    SheetSecret,
    check_sheet,
    combine_sheets,
    open_backup,
    read_header,
    seal_backup,
)
from tools.make_vectors import to_json
from tools.vectors.npki_backup import CHEAP, CONTENTS, npki_backup
from tools.vectors.npki_backup_contents import npki_backup_contents

VECTORS = Path(__file__).parents[2] / "vectors" / "npki_backup.json"
CASES: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))


ODD_CONTENTS = VECTORS.with_name("npki_backup_contents.json")
ODD: dict[str, Any] = json.loads(ODD_CONTENTS.read_text("utf-8"))


@pytest.mark.parametrize("case", ODD["cases"], ids=lambda case: case["name"])
def test_odd_contents_are_read_or_called_damaged(case):
    key = SheetSecret(bytes.fromhex(ODD["secret"]), ODD["identifier"])
    file = base64.b64decode(case["file"])

    if "code" in case:
        with pytest.raises(BackupError) as refused:
            open_backup(file, key)
        assert refused.value.code == case["code"]
    else:
        assert len(open_backup(file, key).certificates) == case["count"]


def test_the_odd_contents_are_those_of_the_tool():
    written = ODD_CONTENTS.read_text("utf-8")

    assert written == to_json(npki_backup_contents(), is_visible=False)
    assert len({case["name"] for case in ODD["cases"]}) == len(ODD["cases"]) >= 100


def key_of(case):
    """Return what a case is opened with."""
    key = case["key"]
    return (
        combine_sheets(key["sheets"]) if "sheets" in key else Passphrase(**_text(key))
    )


def _text(key):
    return {"text": key["passphrase"]}


def file_of(case):
    return base64.b64decode(case["file"])


def name_of(case):
    return case["name"]


def test_the_vectors_are_what_the_program_writes():
    assert VECTORS.read_text("utf-8") == to_json(npki_backup())


@pytest.mark.parametrize("case", CASES["opened"], ids=name_of)
def test_a_backup_opens_with_all_that_was_put_in(case):
    assert open_backup(file_of(case), key_of(case)) == CONTENTS


@pytest.mark.parametrize("case", CASES["refused"], ids=name_of)
def test_what_does_not_open_says_why(case):
    with pytest.raises(BackupError) as refusal:
        open_backup(file_of(case), key_of(case))

    assert refusal.value.code == case["code"]


@pytest.mark.parametrize("case", CASES["sheet_refusals"], ids=name_of)
def test_wrong_sheets_say_which_and_why(case):
    with pytest.raises(SheetError) as refusal:
        combine_sheets(case["sheets"])

    assert (refusal.value.code, refusal.value.word) == (case["code"], case["word"])


def test_any_two_sheets_give_the_secret_and_its_set():
    first, second, third = CASES["sheets"]
    pairs = [(first, second), (third, first), (second, third)]

    for pair in pairs:
        sheets = combine_sheets(pair)
        assert sheets.secret.hex() == CASES["secret"]
        assert sheets.identifier == CASES["identifier"]


def test_sheets_that_another_program_split_are_read():
    secret = secrets.token_bytes(16)
    ((first, _second, third),) = generate_mnemonics(1, [(2, 3)], secret)

    assert combine_sheets([third, first]).secret == secret


def test_sheets_of_one_set_with_a_forged_one_give_nothing():
    """Each is whole, but one is of another secret under the same number."""
    secret, other = secrets.token_bytes(16), secrets.token_bytes(16)
    numbers = iter([b"\x12\x34", b"\x12\x34"])
    ((first, *_),) = _split(secret, next(numbers))
    ((_, second, _third),) = _split(other, next(numbers))

    with pytest.raises(SheetError) as refusal:
        combine_sheets([first, second])
    assert refusal.value.code == "sheets_wrong"


def _split(secret, number):
    identifier = int.from_bytes(number, "big")
    master = EncryptedMasterSecret.from_master_secret(secret, b"", identifier, True, 0)
    groups = split_ems(1, [(2, 3)], master)
    return [[share.mnemonic() for share in group] for group in groups]


def test_each_sheet_can_be_looked_at_alone():
    check_sheet(CASES["sheets"][0])
    with pytest.raises(SheetError, match="sheet_length"):
        check_sheet("academic")


def test_a_new_backup_asks_for_as_much_work_as_documented():
    file = seal_backup(CONTENTS, Passphrase("x"), random=secrets.token_bytes)

    assert read_header(file).cost == 17
    assert open_backup(file, Passphrase("x")) == CONTENTS


def test_two_backups_of_the_same_differ_in_all_but_their_form():
    first, second = (
        seal_backup(CONTENTS, Passphrase("x"), random=secrets.token_bytes, cost=CHEAP)
        for _ in range(2)
    )

    assert len(first) == len(second)
    assert first.split(b"\n", 4)[4] != second.split(b"\n", 4)[4]


def test_no_part_of_a_file_can_be_changed():
    case = CASES["opened"][2]
    file, key = file_of(case), key_of(case)
    for at in range(len(file)):
        if at % 7 and at > 200:
            continue  # the head whole, of the rest every seventh
        changed = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(BackupError):
            open_backup(changed, key)


def test_secrets_stand_in_no_printed_value():
    case = CASES["opened"][2]
    key, contents = key_of(case), open_backup(file_of(case), key_of(case))

    assert CASES["secret"] not in repr(key)
    assert "locked key" not in repr(contents)
    assert "x-secret" not in repr(Passphrase("x-secret"))


def test_more_certificates_than_are_read_are_not_sealed():
    many = replace(CONTENTS, certificates=CONTENTS.certificates[:1] * 201)

    with pytest.raises(BackupError, match="backup_large"):
        seal_backup(many, Passphrase("x"), random=secrets.token_bytes, cost=CHEAP)
