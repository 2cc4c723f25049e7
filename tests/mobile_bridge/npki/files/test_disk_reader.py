"""What of a disk is looked into, and what it held."""

import base64
import json
import os
import sys
import unicodedata
from pathlib import Path

import pytest

from mobile_bridge.npki.errors import (
    ForbiddenError,
    PathTooLongError,
    TooLargeFileError,
    UnreadableError,
)
from mobile_bridge.npki.files import disk_reader
from mobile_bridge.npki.files.archive import write_zip
from mobile_bridge.npki.files.disk_reader import (
    all_roots,
    existing_roots,
    list_holders,
    sets_meant,
)
from mobile_bridge.npki.files.folder import MAX_FILES, Problem, TreeFile

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_folders.json").read_text("utf-8")
)
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
DN = "cn=김하나(KIM HANA)0000001234,ou=HANA,ou=personal4IB,o=yessign,c=kr"


def put(folder, **files):
    """Write files of the material into a folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, label in files.items():
        path = folder / {"cert": "signCert.der", "key": "signPri.key"}.get(name, name)
        path.write_bytes(MATERIAL[label])
    return folder


@pytest.fixture
def drive(tmp_path):
    """Return a drive with NPKI, a file of another kind and a p12 far inside."""
    put(tmp_path / "NPKI" / "yessign" / "USER" / DN, cert="hana", key="hana_key")
    put(tmp_path / "NPKI" / "SignKorea" / "USER" / "cn=dul", cert="dul", key="dul_key")
    put(tmp_path / "a" / "b", **{"old.p12": "pfx", "notes.txt": "ca"})
    return tmp_path


def paths(listing, root):
    """Return where the sets of a listing lie, below a folder."""
    return [os.path.relpath(one.path, root) for one in listing.sets]


def test_a_drive_shows_all_that_is_on_it(drive):
    listing = list_holders(drive)

    assert paths(listing, drive) == [
        "NPKI/SignKorea/USER/cn=dul",
        f"NPKI/yessign/USER/{DN}",
        "a/b/old.p12",
    ]
    assert [h.authority for h in listing.tree.holders] == ["SignKorea", "yessign"]
    assert not any(name.endswith("notes.txt") for name in listing.files)


@pytest.mark.parametrize("depth", range(1, 5))
def test_any_folder_on_the_way_may_be_chosen(drive, depth, monkeypatch):
    place = drive.joinpath(*("NPKI", "yessign", "USER", DN)[:depth])
    own = f"{drive}/NPKI/yessign/USER/{DN}"

    listing = list_holders(place)
    assert own in [one.path for one in listing.sets]
    assert "yessign" in [holder.authority for holder in listing.tree.holders]
    monkeypatch.chdir(place)
    assert list_holders(Path()) == listing


@pytest.mark.parametrize("name", ["signCert.der", "signPri.key"])
def test_one_file_stands_for_its_set(drive, name):
    listing = list_holders(drive / "NPKI" / "yessign" / "USER" / DN / name)

    (holder,) = listing.sets
    assert holder.sign_cert == MATERIAL["hana"]
    assert holder.sign_key == MATERIAL["hana_key"]


def test_one_of_two_pairs_is_the_one_that_is_named(tmp_path):
    put(tmp_path, **{"a.cer": "hana", "a.key": "hana_key"})
    put(tmp_path, **{"b.cer": "dul", "b.key": "dul_key"})

    (holder,) = list_holders(tmp_path / "b.cer").sets
    assert holder.sign_key == MATERIAL["dul_key"]


def test_a_file_of_any_name_may_be_named(tmp_path):
    put(tmp_path, **{"backup": "pfx"})
    (tmp_path / "set").write_bytes(
        write_zip([TreeFile("signCert.der", MATERIAL["hana"])])
    )

    assert [p.path for p in list_holders(tmp_path / "backup").sets] == [
        f"{tmp_path}/backup"
    ]
    assert list_holders(tmp_path / "set").sets[0].path == f"{tmp_path}/set"


def test_names_in_nfd_are_read_and_lead_back_to_the_file(tmp_path):
    folder = tmp_path / unicodedata.normalize("NFD", "김하나")
    put(folder, cert="hana", key="hana_key")

    listing = list_holders(tmp_path)
    (holder,) = listing.sets
    assert holder.path == f"{tmp_path}/김하나"
    path, octets = listing.files[f"{holder.path}/signPri.key"]
    assert path.read_bytes() == octets == MATERIAL["hana_key"]


def test_two_folders_of_one_name_in_nfc_and_nfd_stay_two(tmp_path):
    names = [unicodedata.normalize(form, "김하나") for form in ("NFC", "NFD")]
    for name, label in zip(names, ("hana", "dul"), strict=True):
        put(tmp_path / name, cert=label, key=f"{label}_key")

    listing = list_holders(tmp_path)

    for name, label in zip(names, ("hana", "dul"), strict=True):
        (holder,) = sets_meant(listing, tmp_path / name)
        assert holder.sign_cert == MATERIAL[label]
        assert [listing.files[source][0].parent for source in holder.sources] == [
            tmp_path / name
        ] * 2


def test_a_zip_on_the_way_is_opened_in_memory(tmp_path):
    files = [
        TreeFile(f"NPKI/yessign/USER/{DN}/{name}", MATERIAL[label])
        for name, label in (("signCert.der", "hana"), ("signPri.key", "hana_key"))
    ]
    (tmp_path / "usb.zip").write_bytes(write_zip(files))

    for path in (tmp_path, tmp_path / "usb.zip"):
        listing = list_holders(path)
        assert paths(listing, tmp_path) == [f"usb.zip/NPKI/yessign/USER/{DN}"]
        assert list(listing.files) == [f"{tmp_path}/usb.zip"]
    assert [path.name for path in tmp_path.iterdir()] == ["usb.zip"]


def test_links_are_not_followed_in_circles(drive):
    (drive / "NPKI" / "again").symlink_to(drive)

    assert len(list_holders(drive).sets) == 3


def test_what_cannot_be_read_is_listed_and_the_rest_goes_on(drive):
    folder = drive / "NPKI" / "yessign" / "USER" / DN
    os.mkfifo(folder / "kmPri.key")
    (folder / "CaPubs").write_bytes(bytes(300_000))

    listing = list_holders(folder)
    assert len(listing.sets) == 1
    assert listing.tree.problems == (
        Problem(f"{folder}/CaPubs", "file_too_large"),
        Problem(f"{folder}/kmPri.key", "file_unreadable"),
    )


def test_a_path_that_is_not_there_says_why(tmp_path, monkeypatch):
    (tmp_path / "a.p12").write_bytes(bytes(140_000))
    refused = {
        tmp_path / "nowhere": UnreadableError,
        tmp_path / ("a" * 300): PathTooLongError,
        tmp_path / "a\0b": UnreadableError,
        tmp_path / "a.p12": TooLargeFileError,
    }
    for path, error in refused.items():
        with pytest.raises(error):
            list_holders(path)
    monkeypatch.setattr(Path, "iterdir", _forbidden)
    with pytest.raises(ForbiddenError):
        list_holders(tmp_path)


def _forbidden(_path):
    raise PermissionError(13, "not yours")


def test_more_than_is_looked_through_is_said_and_npki_is_seen(drive, monkeypatch):
    for n in range(60):
        (drive / "0" / str(n)).mkdir(parents=True)
    monkeypatch.setattr(disk_reader, "MAX_ENTRIES", 50)

    listing = list_holders(drive)
    assert "NPKI/SignKorea/USER/cn=dul" in paths(listing, drive)
    assert Problem(str(drive), "tree_too_large") in listing.tree.problems


def test_more_files_than_are_read_are_said(tmp_path):
    for n in range(MAX_FILES + 1):
        (tmp_path / f"{n}.cer").touch()

    listing = list_holders(tmp_path)
    assert listing.tree.problems == (Problem(str(tmp_path), "tree_too_large"),)


def test_known_roots_are_looked_for_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".pki" / "NPKI").mkdir(parents=True)

    assert all_roots()[:2] == (tmp_path / "NPKI", tmp_path / ".pki" / "NPKI")
    assert tmp_path / ".pki" / "NPKI" in existing_roots()
    assert tmp_path / "NPKI" not in existing_roots()
