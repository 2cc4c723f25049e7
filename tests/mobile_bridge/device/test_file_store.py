"""What came lies there whole and read back, or nothing does."""

import os

import pytest

from mobile_bridge.device.file_names import plan
from mobile_bridge.device.file_store import NotStoredError, OtherKeyError, prepare, save
from tests.support.bridge import sample_files


def listed(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_lies_there_under_names_of_its_own(tmp_path):
    kept = save(sample_files(), tmp_path)

    assert kept.is_new
    assert listed(kept.folder) == plan(sample_files()).files
    assert list(tmp_path.iterdir()) == [kept.folder]
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.folder.iterdir()} == {0o600}


def test_everything_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    brought = []
    folder = tmp_path / plan(sample_files()).folder
    monkeypatch.setattr(os, "fsync", lambda _: brought.append(folder.exists()))
    save(sample_files(), tmp_path)

    # Each file and its folder before, the folder that holds the new name after.
    assert brought == [False] * (len(sample_files()) + 1) + [True]


def test_the_same_again_changes_nothing(tmp_path):
    first = save(sample_files(), tmp_path)
    before = first.folder.stat()

    again = save(sample_files(), tmp_path)

    assert (again.folder, again.is_new) == (first.folder, False)
    assert first.folder.stat() == before


@pytest.mark.parametrize("name", ["signCert.der", "signPri.key"])
def test_another_one_is_never_overwritten(tmp_path, name):
    folder = save(sample_files(), tmp_path).folder
    (folder / name).write_bytes(b"other")

    with pytest.raises(OtherKeyError):
        save(sample_files(), tmp_path)
    assert (folder / name).read_bytes() == b"other"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("there", ["file", "empty folder", "dead link", "link"])
def test_whatever_has_the_name_already_stays(tmp_path, there):
    folder = tmp_path / plan(sample_files()).folder
    elsewhere = tmp_path / "elsewhere"
    match there:
        case "file":
            folder.write_bytes(b"mine")
        case "empty folder":
            folder.mkdir()
        case "dead link":
            folder.symlink_to(elsewhere)
        case "link":
            elsewhere.mkdir()
            folder.symlink_to(elsewhere)

    with pytest.raises(OtherKeyError):
        save(sample_files(), tmp_path)
    assert not elsewhere.exists() or list(elsewhere.iterdir()) == []


def fail(*_all):
    raise OSError("no space")


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_disk_that_fails_leaves_nothing_half(tmp_path, monkeypatch, step):
    monkeypatch.setattr(os, step, fail)

    with pytest.raises(NotStoredError):
        save(sample_files(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_read_back_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda _: b"something else")

    with pytest.raises(NotStoredError):
        save(sample_files(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_and_leaves_no_trace_of_trying(tmp_path):
    prepare(tmp_path / "a" / "b")

    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_known_before(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(NotStoredError):
        prepare(tmp_path / "file")
