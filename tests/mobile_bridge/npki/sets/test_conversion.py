"""In another form or under another password a key is the same bytes, R included."""

import base64
import json
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from mobile_bridge.npki.encryption.pbe import KeyForm
from mobile_bridge.npki.errors import (
    KeyMissingError,
    MismatchError,
    PasswordNotAsciiError,
    WrongPasswordError,
)
from mobile_bridge.npki.files.archive import expand
from mobile_bridge.npki.files.folder import PfxFile, TreeFile, find_holders
from mobile_bridge.npki.files.pem import write_pem
from mobile_bridge.npki.identity import read_random_number
from mobile_bridge.npki.key_file import decrypt_key, read_form
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.npki.sets.conversion import (
    NotSameError,
    OtherEntriesError,
    SeveralKeysError,
    Target,
    check_same,
    convert,
    rekey,
    suggested_name,
)
from mobile_bridge.npki.sets.opening import open_set, read_key_form
from tools.vectors.npki_diagnosis import OTHER_PASSWORD, PASSWORD, R

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_diagnosis.json").read_text("utf-8")
)
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
PLAIN = MATERIAL["hana_plain"]


def set_in(files):
    """Return the one set in some files."""
    tree = find_holders(expand(files)[0])
    (source,) = (*tree.holders, *tree.pfx_files)
    return source


def files_of(**labels):
    """Return tree files, of the material."""
    names = {"cert": "signCert.der", "key": "signPri.key"}
    names |= {"km_cert": "kmCert.der", "km_key": "kmPri.key"}
    return [TreeFile(names[name], MATERIAL[label]) for name, label in labels.items()]


FOLDER = files_of(cert="hana", key="hana_A")
FOUR = [*FOLDER, *files_of(km_cert="dul", km_key="dul_D")]
OPENED = open_set(set_in(FOLDER), PASSWORD)


@pytest.mark.parametrize("target", Target)
def test_every_form_holds_the_same_bytes_with_r(target):
    files = convert(OPENED, target, PASSWORD, random=secrets.token_bytes)

    again = open_set(set_in(files), PASSWORD)
    assert again.signing.private_key_info == PLAIN
    assert again.signing.certificate == MATERIAL["hana"]
    assert read_random_number(again.signing.private_key_info) == R


@pytest.mark.parametrize(
    ("target", "form"),
    [
        *(("npki-a", "A"), ("npki-b", "B"), ("p12", "D"), ("p12-older", "P")),
        *(("zip", "A"), ("pem", "D")),
    ],
)
def test_the_key_is_encrypted_as_the_form_says(target, form):
    files = convert(OPENED, Target(target), PASSWORD, random=secrets.token_bytes)

    assert read_key_form(set_in(files)) == form


def test_a_folder_is_named_by_the_certificate_and_an_old_key_stays_as_it_lies():
    files = convert(OPENED, Target.NPKI_A, PASSWORD, random=secrets.token_bytes)

    folder = f"yessign/USER/{suggested_name(OPENED)}"
    assert suggested_name(OPENED) == "cn=김하나(KIM HANA)0000001234"
    assert {file.path: file.octets for file in files} == {
        f"{folder}/signCert.der": MATERIAL["hana"],
        f"{folder}/signPri.key": MATERIAL["hana_A"],
    }


def test_another_password_makes_the_key_anew_also_in_its_own_form():
    (_, key) = convert(
        OPENED, Target.NPKI_A, OTHER_PASSWORD, random=secrets.token_bytes
    )

    assert key.octets != MATERIAL["hana_A"]
    assert decrypt_key(key.octets, OTHER_PASSWORD) == PLAIN


def test_the_second_pair_comes_along_in_a_folder():
    opened = open_set(set_in(FOUR), PASSWORD)
    files = convert(opened, Target.NPKI_A, PASSWORD, random=secrets.token_bytes)

    again = open_set(set_in(files), PASSWORD)
    assert again.management.certificate == MATERIAL["dul"]
    assert again.management.private_key_info == opened.management.private_key_info
    assert read_form(set_in(files).km_key) is KeyForm.A


def test_p12_takes_ascii_passwords_only():
    with pytest.raises(PasswordNotAsciiError):
        convert(OPENED, Target.P12, "비밀번호", random=secrets.token_bytes)


@pytest.mark.parametrize("name", ["hana_A", "hana_B", "hana_no_r"])
def test_a_folder_gets_another_password_and_keeps_form_and_bytes(name):
    files = files_of(cert="hana", key=name)
    (changed,) = rekey(
        *(set_in(files), files, PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes
    )

    assert changed.path == "signPri.key"
    assert read_form(changed.octets) == read_form(MATERIAL[name])
    assert decrypt_key(changed.octets, OTHER_PASSWORD) == decrypt_key(
        MATERIAL[name], PASSWORD
    )
    with pytest.raises(WrongPasswordError):
        decrypt_key(changed.octets, PASSWORD)


def test_both_keys_of_four_files_change_or_none():
    changed = rekey(
        *(set_in(FOUR), FOUR, PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes
    )
    assert [file.path for file in changed] == ["signPri.key", "kmPri.key"]

    other = [*FOLDER, *files_of(km_cert="dul", km_key="dul_other")]
    with pytest.raises(WrongPasswordError):
        rekey(*(set_in(other), other, PASSWORD, "x"), random=secrets.token_bytes)


def test_both_keys_change_also_where_they_are_the_same():
    files = files_of(cert="hana", key="hana_A", km_cert="hana", km_key="hana_A")
    changed = rekey(
        *(set_in(files), files, PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes
    )

    assert {file.path for file in changed} == {"signPri.key", "kmPri.key"}


def test_a_pem_keeps_all_but_its_key():
    certificate = write_pem("CERTIFICATE", MATERIAL["hana"])
    key = write_pem("ENCRYPTED PRIVATE KEY", MATERIAL["hana_A"])
    octets = b"mine\r\n" + key + b"more\n" + certificate
    files = [TreeFile("a.pem", octets)]
    (changed,) = rekey(
        *(set_in(files), files, PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes
    )

    assert changed.octets.startswith(b"mine\r\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert changed.octets.endswith(
        b"-----END ENCRYPTED PRIVATE KEY-----\nmore\n" + certificate
    )
    assert open_set(set_in([changed]), OTHER_PASSWORD).signing == replace(
        OPENED.signing, encrypted_key=set_in([changed]).sign_key
    )


@pytest.mark.parametrize(
    ("name", "form"), [("signPri.key", KeyForm.A), ("a.pem", KeyForm.D)]
)
def test_a_key_in_the_clear_gets_a_password(name, form):
    files = [
        TreeFile("signCert.der", MATERIAL["hana"]),
        TreeFile(name, write_pem("PRIVATE KEY", PLAIN)),
    ]
    tree = find_holders(files)
    source = next(holder for holder in tree.holders if holder.sign_key)
    (changed,) = rekey(*(source, files, "", PASSWORD), random=secrets.token_bytes)

    (block,) = (file for file in [changed] if b"ENCRYPTED" in file.octets)
    assert read_form(block.octets) is form
    assert decrypt_key(block.octets, PASSWORD) == PLAIN


def test_a_p12_gets_another_password_and_stays_as_old_as_it_was():
    source = PfxFile("a.p12", MATERIAL["pfx"])
    (changed,) = rekey(
        *(source, [], PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes
    )

    again = PfxFile("a.p12", changed.octets)
    assert read_key_form(again) == "P"
    assert open_set(again, OTHER_PASSWORD).signing.private_key_info == PLAIN


def test_a_set_without_a_key_has_no_password_to_change():
    files = files_of(cert="hana")
    with pytest.raises(KeyMissingError):
        rekey(*(set_in(files), files, PASSWORD, "x"), random=secrets.token_bytes)


def test_what_does_not_hold_the_same_is_told():
    check_same(OPENED, set_in(FOLDER), PASSWORD)
    check_same(OPENED, set_in(FOUR[:2]), PASSWORD)

    others = {
        "no R": files_of(cert="hana", key="hana_no_r"),
        "another certificate": files_of(cert="old", key="hana_A"),
        "a second pair": FOUR,
    }
    for files in others.values():
        with pytest.raises(NotSameError):
            check_same(OPENED, set_in(files), PASSWORD)
    with pytest.raises(NotSameError):
        check_same(OPENED, set_in(FOLDER), OTHER_PASSWORD)


def test_a_set_whose_key_is_not_its_own_is_never_opened():
    with pytest.raises(MismatchError):
        open_set(set_in(files_of(cert="hana", key="dul_D")), PASSWORD)


def test_a_p12_with_several_keys_is_left_as_it_is(monkeypatch):
    source = PfxFile("a.p12", MATERIAL["pfx"])
    contents = read_pfx(MATERIAL["pfx"], PASSWORD)
    doubled = replace(contents, keys=contents.keys * 2)
    monkeypatch.setattr(
        "mobile_bridge.npki.sets.conversion.read_pfx", lambda *_: doubled
    )

    with pytest.raises(SeveralKeysError):
        rekey(*(source, [], PASSWORD, OTHER_PASSWORD), random=secrets.token_bytes)


def test_a_p12_with_entries_of_other_kinds_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(
        "mobile_bridge.npki.sets.conversion.read_pfx",
        lambda *given: replace(read_pfx(*given), has_other_entries=True),
    )

    with pytest.raises(OtherEntriesError):
        rekey(
            *(PfxFile("", MATERIAL["pfx"]), (), PASSWORD, OTHER_PASSWORD),
            random=secrets.token_bytes,
        )
