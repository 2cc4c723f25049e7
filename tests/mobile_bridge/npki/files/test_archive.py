"""What is in a zip is looked at before it is unpacked, and nothing in it leads out."""

import base64
import io
import json
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from mobile_bridge.npki.files.archive import (
    MAX_DEPTH,
    ArchiveEncryptedError,
    ArchiveError,
    ArchivePathError,
    ArchiveTooDeepError,
    ArchiveTooLargeError,
    expand,
    is_zip,
    read_zip,
    write_zip,
)
from mobile_bridge.npki.files.folder import (
    MAX_ARCHIVE_BYTES,
    MAX_FILES,
    Problem,
    TreeFile,
    find_holders,
)

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_folders.json").read_text("utf-8")
)
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
ARCHIVES = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_archives.json").read_text("utf-8")
)
SET = (
    TreeFile("NPKI/yessign/USER/cn=김하나,c=kr/signCert.der", MATERIAL["hana"]),
    TreeFile("NPKI/yessign/USER/cn=김하나,c=kr/signPri.key", MATERIAL["hana_key"]),
)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip as the library writes it, of names and octets."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return octets.getvalue()


def named(octets, name):
    """Return a zip whose entry `X…X` bears these bytes as its name, without a flag."""
    return octets.replace(b"X" * len(name), name)


def test_what_is_written_is_read_again_in_utf8_and_is_the_same_each_time():
    octets = write_zip(SET)

    assert read_zip(octets) == SET
    assert write_zip(SET) == octets
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert [entry.filename for entry in archive.infolist()] == [
            file.path for file in SET
        ]
        assert {e.external_attr >> 16 & 0o777 for e in archive.infolist()} == {0o600}


def test_unzip_takes_what_is_written(tmp_path):
    (tmp_path / "set.zip").write_bytes(write_zip(SET))

    subprocess.run(["python3", "-m", "zipfile", "-e", "set.zip", "."], cwd=tmp_path)

    for file in SET:
        assert (tmp_path / file.path).read_bytes() == file.octets


@pytest.mark.parametrize("case", ARCHIVES["read"], ids=lambda case: case["name"])
def test_a_zip_is_read_as_in_the_browser(case):
    files = [(f["path"], base64.b64decode(f["octets"])) for f in case["files"]]

    read = read_zip(base64.b64decode(case["zip"]))

    assert [(file.path, file.octets) for file in read] == files


@pytest.mark.parametrize("case", ARCHIVES["refused"], ids=lambda case: case["name"])
def test_a_zip_is_refused_as_in_the_browser(case):
    with pytest.raises(ArchiveError) as refused:
        read_zip(base64.b64decode(case["zip"]))

    assert refused.value.code == case["code"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_that_differ_are_said_to():
    octets = zipped([("a/signPri.key", MATERIAL["hana_key"])] * 2)
    assert find_holders(read_zip(octets)).problems == ()
    other = (("a/signPri.key", MATERIAL["dul_key"]),)

    tree = find_holders(
        read_zip(zipped([("a/signPri.key", MATERIAL["hana_key"]), *other]))
    )

    assert tree.problems == (Problem("a/signPri.key", "file_duplicate"),)
    assert [holder.sign_key for holder in tree.holders] == [MATERIAL["hana_key"]]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_names_without_the_flag_are_read(encoding):
    name = "NPKI\\yessign\\USER\\cn=뷁김하나\\signCert.der".encode(encoding)
    octets = named(zipped([("X" * len(name), MATERIAL["hana"])]), name)

    (file,) = read_zip(octets)
    assert file.path == "NPKI/yessign/USER/cn=뷁김하나/signCert.der"
    assert file.octets == MATERIAL["hana"]


def test_only_what_may_be_of_a_set_is_unpacked():
    octets = zipped([("notes.txt", b"mine"), ("a/", b""), ("./a/b.cer", b"0")])

    assert read_zip(octets) == (TreeFile("a/b.cer", b"0"),)


@pytest.mark.parametrize(
    "name",
    [
        "../a.cer",
        "a/../../a.cer",
        "/a.cer",
        "C:\\a.cer",
        "..\\a.cer",
        "\\\\host\\a.cer",
    ],
)
def test_a_name_that_leads_out_is_refused(name):
    with pytest.raises(ArchivePathError):
        read_zip(zipped([("b.cer", b"0"), (name, b"0")]))


def test_more_folders_than_anybody_has_are_refused():
    deep = "a/" * (MAX_DEPTH - 1) + "b.cer"
    assert len(read_zip(zipped([(deep, b"0")]))) == 1

    with pytest.raises(ArchiveTooDeepError):
        read_zip(zipped([(f"a/{deep}", b"0")]))


def test_bombs_are_refused_before_they_are_unpacked():
    with pytest.raises(ArchiveTooLargeError):
        read_zip(zipped([("a.zip", bytes(8 << 20))]))
    with pytest.raises(ArchiveTooLargeError):
        read_zip(zipped([(f"{n}.cer", b"") for n in range(MAX_FILES + 1)]))
    with pytest.raises(ArchiveTooLargeError):
        read_zip(bytes(MAX_ARCHIVE_BYTES + 1))
    large = [(f"{n}.zip", bytes(6 << 20)) for n in range(2)]
    with pytest.raises(ArchiveTooLargeError):
        read_zip(zipped([*large, ("c.zip", bytes(6 << 20))], zipfile.ZIP_STORED))


def test_a_file_too_large_for_its_kind_comes_cut_and_is_listed():
    (file,) = read_zip(zipped([("signPri.key", bytes(60_000))]))

    assert len(file.octets) == 16385
    assert find_holders([file]).problems == (Problem("signPri.key", "file_too_large"),)


def test_an_entry_of_another_size_than_it_says_is_refused():
    octets = zipped([("a.cer", MATERIAL["hana"])])
    size = struct.pack("<L", len(MATERIAL["hana"]))
    assert octets.count(size) == 2

    for lie in (1, len(MATERIAL["hana"]) + 1, 0xFFFFFFFF):
        with pytest.raises(ArchiveError):
            read_zip(octets.replace(size, struct.pack("<L", lie)))


def test_entries_that_lie_in_each_other_are_refused():
    octets = zipped([("a.cer", b"0" * 500), ("b.cer", b"0" * 500)], zipfile.ZIP_STORED)
    at = octets.rfind(b"PK\x01\x02") + 42  # where the second one begins

    with pytest.raises(ArchiveError):
        read_zip(octets[:at] + struct.pack("<L", 0) + octets[at + 4 :])


def test_encrypted_and_foreign_methods_are_told_apart():
    plain = zipped([("a.cer", MATERIAL["hana"])])
    header = plain.rfind(b"PK\x01\x02")
    flags = plain[: header + 8] + b"\x01" + plain[header + 9 :]

    with pytest.raises(ArchiveEncryptedError):
        read_zip(flags)
    with pytest.raises(ArchiveError) as refused:
        read_zip(zipped([("a.cer", MATERIAL["hana"])], zipfile.ZIP_BZIP2))
    assert refused.value.code == "zip_form"


def test_a_zip64_directory_is_refused():
    octets = zipped([("a.cer", b"0")])
    end = octets.rfind(b"PK\x05\x06")
    lies = octets[: end + 16] + b"\xff" * 4 + octets[end + 20 :]

    with pytest.raises(ArchiveError):
        read_zip(lies)


def test_a_zip_cut_or_changed_anywhere_is_refused_or_the_same():
    octets = write_zip(SET)
    for length in range(0, len(octets), 23):
        with pytest.raises(ArchiveError):
            read_zip(octets[:length])
    for at in range(0, len(octets), 11):
        changed = bytearray(octets)
        changed[at] ^= 0x41
        try:
            files = read_zip(bytes(changed))
        except ArchiveError:
            continue
        assert all(file.octets in (SET[0].octets, SET[1].octets) for file in files)


def test_zips_of_a_tree_are_opened_in_place_and_those_inside_are_not():
    inner = write_zip(SET)
    tree, problems = expand(
        [
            TreeFile("usb\\a.zip", inner),
            TreeFile("usb/b.zip", b"PK\x03\x04"),
            TreeFile("usb/c.zip", write_zip([TreeFile("d.zip", inner)])),
            TreeFile("usb/e.cer", MATERIAL["dul"]),
        ]
    )

    search = find_holders(tree)
    folder = "usb/a.zip/NPKI/yessign/USER/cn=김하나,c=kr"
    assert [(h.path, h.authority) for h in search.holders] == [(folder, "yessign")]
    assert problems == [Problem("usb/b.zip", "zip_form")]
    assert search.problems == (Problem("usb/c.zip/d.zip", "zip_nested"),)
    assert is_zip(inner)
    assert not is_zip(MATERIAL["pfx"])
