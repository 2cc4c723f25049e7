"""All files of a set are replaced or none, whenever it stops."""

import json
import os
import sys
from hashlib import sha256

import pytest

from mobile_bridge.device.file_replacement import (
    JOURNAL,
    ChangedError,
    Replacement,
    ReplacementLeftError,
    finish_replacement,
    is_interrupted,
    replace_files,
)
from mobile_bridge.device.file_store import NotStoredError

# What a program asks of the system that changes a disk (PEP 578).
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"}
CUT = 9
OLD = {"a": b"old a", "b": b"old b"}
NEW = {"a": b"new a", "b": b"new b"}


def listed(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def replacements(folder):
    """Return two files and what shall be in them."""
    for name, octets in OLD.items():
        (folder / name).write_bytes(octets)
    return [Replacement(folder / name, OLD[name], NEW[name]) for name in OLD]


def cut_off(work, change):
    """Do work in a process that ends before so many changes; say if it came through."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != CUT
    count = 0

    def watch(event, arguments):
        nonlocal count
        is_write = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        count += event in CHANGES or bool(is_write)
        if count > change:
            os._exit(CUT)

    sys.addaudithook(watch)
    try:
        work()
    finally:
        os._exit(0)


def sealed(folder, files):
    """Write what an interrupted replacement leaves: the new files and the note."""
    journal = folder / JOURNAL
    journal.mkdir()
    for at, one in enumerate(files):
        (journal / str(at)).write_bytes(one.octets)
    (journal / "note.json").write_text(
        json.dumps(
            {
                "files": [
                    {
                        "name": one.path.name,
                        "was": sha256(one.was).hexdigest(),
                        "new": sha256(one.octets).hexdigest(),
                    }
                    for one in files
                ]
            }
        )
    )


def test_files_are_replaced_and_the_old_ones_kept_only_when_asked(tmp_path):
    assert replace_files(replacements(tmp_path), keeps_old=False) == ()
    assert listed(tmp_path) == NEW

    for end in ("old", "old1"):
        old_paths = replace_files(replacements(tmp_path), keeps_old=True)
        assert [path.name for path in old_paths] == [f"a.{end}", f"b.{end}"]
        assert [path.read_bytes() for path in old_paths] == [b"old a", b"old b"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_no_file_is_replaced_when_one_has_changed(tmp_path):
    both = replacements(tmp_path)
    (tmp_path / "b").write_bytes(b"somebody's")

    with pytest.raises(ChangedError):
        replace_files(both, keeps_old=True)
    assert listed(tmp_path) == {"a": b"old a", "b": b"somebody's"}


def test_two_at_once_do_not_mix(tmp_path):
    both = replacements(tmp_path)
    (tmp_path / JOURNAL).mkdir()

    with pytest.raises(ChangedError):
        replace_files(both, keeps_old=False)

    (tmp_path / JOURNAL).rmdir()
    assert listed(tmp_path) == OLD


@pytest.mark.parametrize("keeps_old", [False, True])
@pytest.mark.parametrize("fault", [OSError(28, "full"), KeyboardInterrupt()])
def test_stopped_anywhere_it_leaves_the_old_ones(
    tmp_path, monkeypatch, keeps_old, fault
):
    real, calls = os.fsync, []
    monkeypatch.setattr(os, "fsync", lambda handle: calls.append(real(handle)))
    replace_files(replacements(tmp_path), keeps_old=keeps_old)
    for path in tmp_path.iterdir():
        path.unlink()
    in_the_end = 2  # the folder beside goes away, where all is done

    for call in range(len(calls) - in_the_end):
        both, done = replacements(tmp_path), []

        def fsync(handle, call=call, done=done):
            done.append(1)
            if len(done) == call + 1:
                raise fault
            real(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises((NotStoredError, KeyboardInterrupt)):
            replace_files(both, keeps_old=keeps_old)
        assert listed(tmp_path) == OLD


def test_whatever_change_is_the_last_the_next_run_has_all_or_none(tmp_path):
    """The process ends before each change in turn, as if the power failed."""
    outcomes, change, is_through = [], 0, False
    while not is_through:
        folder = tmp_path / str(change)
        folder.mkdir()
        both = replacements(folder)
        is_through = cut_off(lambda b=both: replace_files(b, keeps_old=False), change)
        files = {name: (folder / name).read_bytes() for name in OLD}
        was_mixed = files not in (OLD, NEW)
        assert is_interrupted(folder) or not was_mixed

        finished = finish_replacement(folder)

        assert listed(folder) in (OLD, NEW)
        assert listed(folder) == (NEW if was_mixed or finished else files)
        outcomes.append((was_mixed, bool(finished)))
        change += 1

    assert (True, True) in outcomes, "the cut between the two never happened"
    assert (False, True) in outcomes, "sealed, and nothing replaced yet"
    assert change > 12


def test_finishing_may_be_interrupted_too(tmp_path):
    change, is_through = 0, False
    while not is_through:
        folder = tmp_path / str(change)
        folder.mkdir()
        sealed(folder, replacements(folder))
        is_through = cut_off(lambda f=folder: finish_replacement(f), change)

        finish_replacement(folder)

        assert listed(folder) == NEW
        change += 1


def test_what_was_put_back_half_way_is_finished_by_the_next_run(tmp_path, monkeypatch):
    """The disk refuses a file its new name, and then the other one its old name."""
    both, real = replacements(tmp_path), os.replace

    def replace(source, target, **options):
        if str(target).endswith("b") or (tmp_path / "a").read_bytes() == NEW["a"]:
            raise OSError(5, "broken")
        return real(source, target, **options)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(NotStoredError):
        replace_files(both, keeps_old=False)
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == NEW["a"]

    assert finish_replacement(tmp_path) == (tmp_path / "b",)
    assert listed(tmp_path) == NEW


def test_what_changed_meanwhile_is_left_as_it_is_and_named(tmp_path):
    sealed(tmp_path, replacements(tmp_path))
    (tmp_path / "a").write_bytes(b"somebody's")

    with pytest.raises(ReplacementLeftError) as refused:
        finish_replacement(tmp_path)

    assert refused.value.code == "passwd_left"
    assert (tmp_path / "a").read_bytes() == b"somebody's"
    assert (tmp_path / "b").read_bytes() == b"old b"
    assert (tmp_path / JOURNAL / "0").read_bytes() == b"new a"


def test_new_files_that_are_not_whole_replace_nothing(tmp_path):
    sealed(tmp_path, replacements(tmp_path))
    (tmp_path / JOURNAL / "1").write_bytes(b"new")

    assert finish_replacement(tmp_path) == ()
    assert listed(tmp_path) == OLD


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"files": []}',
        b'{"files": [{"name": "../a", "was": "", "new": ""}]}',
        b'{"files": [{"name": "..", "was": "", "new": ""}]}',
        b'{"files": [{"name": 7, "was": "", "new": ""}]}',
        b" " * (1024 * 1024 + 1),
    ],
)
def test_a_note_that_is_none_of_ours_changes_nothing(tmp_path, note):
    replacements(tmp_path)
    (tmp_path / JOURNAL).mkdir()
    (tmp_path / JOURNAL / "note.json").write_bytes(note)

    with pytest.raises(ReplacementLeftError):
        finish_replacement(tmp_path)
    assert (tmp_path / "a").read_bytes() == b"old a"


def test_a_link_in_its_place_is_not_followed(tmp_path):
    folder, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "mine").write_bytes(b"mine")
    (folder / JOURNAL).symlink_to(elsewhere)

    with pytest.raises(ReplacementLeftError):
        finish_replacement(folder)
    assert listed(elsewhere) == {"mine": b"mine"}
