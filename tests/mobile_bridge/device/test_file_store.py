"""What came lies there whole and read back, or nothing does."""

import os

import pytest

from mobile_bridge.device.file_names import FilePlan, plan
from mobile_bridge.device.file_store import (
    FileThereError,
    LinkOnTheWayError,
    NotStoredError,
    OtherKeyError,
    prepare,
    save,
    save_file,
    save_folder,
)
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


def deep_plan(*names):
    """Return a plan of two files in a folder of these names."""
    return FilePlan("/".join(names), {"a.der": b"one", "b.key": b"two"})


def test_a_plan_lies_in_folders_that_are_made_for_it(tmp_path):
    saved = save_folder(deep_plan("yessign", "USER", "cn=김하나"), tmp_path)

    assert saved.folder == tmp_path / "yessign" / "USER" / "cn=김하나"
    assert listed(saved.folder) == deep_plan("x").files
    for folder in (saved.folder, *list(saved.folder.parents)[:2]):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_nothing_is_written_through_a_link_out_of_the_chosen_folder(tmp_path, depth):
    elsewhere, to = tmp_path / "elsewhere", tmp_path / "to"
    elsewhere.mkdir()
    names = ("yessign", "USER", "cn=a")
    way = to.joinpath(*names[:depth])
    way.mkdir(parents=True)
    (way / names[depth]).symlink_to(elsewhere)

    with pytest.raises(NotStoredError):
        save_folder(deep_plan(*names), to)
    assert list(elsewhere.iterdir()) == []


def test_a_file_on_the_way_is_refused_and_no_folder_is_left(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"mine")

    with pytest.raises(LinkOnTheWayError):
        save_folder(deep_plan("a", "b", "c"), tmp_path)
    assert (tmp_path / "a" / "b").read_bytes() == b"mine"


def test_a_full_disk_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: _raise(OSError(28, "full")))

    with pytest.raises(NotStoredError):
        save_folder(deep_plan("a", "b", "c"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def _raise(error):
    raise error


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_gets_its_name_whole_and_never_that_of_another(
    tmp_path, monkeypatch, has_links
):
    if not has_links:  # FAT
        monkeypatch.setattr(os, "link", lambda *_: _raise(PermissionError(1, "FAT")))
    save_file(tmp_path / "a.p12", b"one")

    assert (tmp_path / "a.p12").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileThereError):
        save_file(tmp_path / "a.p12", b"two")
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileThereError):
        save_file(tmp_path / "dead", b"two")
    assert (tmp_path / "a.p12").read_bytes() == b"one"
    assert {path.name for path in tmp_path.iterdir()} == {"a.p12", "dead"}
