"""Whose sets lie in a tree, and under which names one is written."""

import base64
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from cryptography.x509.oid import NameOID

from mobile_bridge.core.bundle import MAX_FILE_BYTES
from mobile_bridge.npki.files.folder import (
    MAX_DN_BYTES,
    MAX_FILES,
    Holder,
    HolderKind,
    TreeFile,
    TreeTooLargeError,
    find_holders,
    folder_parts,
    max_bytes,
    tree_for,
)
from tools.vectors.npki_folders import CN, OURS, make_certificate, npki_folders

L = NameOID.LOCALITY_NAME
VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_folders.json").read_text("utf-8")
)
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}


def labelled(holder):
    """Return a holder as the vectors have it: certificates and keys by label."""
    labels = {octets: label for label, octets in MATERIAL.items()}
    fields = asdict(holder)
    for name in ("sign_cert", "sign_key", "km_cert", "km_key"):
        fields[name] = labels[fields[name]] if fields[name] else None
    for name in ("candidates", "ca"):
        fields[name] = [labels[der] for der in fields[name]]
    return {**fields, "sources": list(holder.sources)}


@pytest.mark.parametrize("case", VECTORS["trees"], ids=lambda case: case["name"])
def test_each_tree_holds_the_sets_that_a_person_sees_in_it(case):
    tree = find_holders(
        TreeFile(path, base64.b64decode(octets))
        for path, octets in case["files"].items()
    )

    assert [labelled(holder) for holder in tree.holders] == case["holders"]
    assert [pfx.path for pfx in tree.pfx_files] == case["pfx_files"]
    assert [asdict(problem) for problem in tree.problems] == case["problems"]


@pytest.mark.parametrize("case", VECTORS["names"], ids=lambda case: case["parts"][2])
def test_names_come_from_the_certificate_and_are_safe(case):
    assert list(folder_parts(base64.b64decode(case["certificate"]))) == case["parts"]


@pytest.mark.parametrize(("path", "limit"), VECTORS["max_bytes"])
def test_how_much_of_a_file_is_read_is_told_by_its_name(path, limit):
    assert max_bytes(path) == limit


def test_the_vectors_are_those_of_the_tool():
    assert npki_folders(is_fresh=False) == VECTORS


def test_a_long_name_is_cut_within_a_sign_and_stays_one_of_its_own():
    subjects = ["하" * 100 + end for end in "ab"]
    parts = [folder_parts(make_certificate([(CN, name)], OURS)) for name in subjects]

    folders = [folder for _, _, folder in parts]
    assert len(set(folders)) == 2
    for folder in folders:
        assert folder.startswith("cn=하하")
        assert len(folder.encode()) <= MAX_DN_BYTES


@pytest.mark.parametrize("text", ["", " ", "...", "\u200b", "a" * 300, "\ud55c" * 300])
def test_whatever_a_certificate_is_called_its_folder_has_a_name(text):
    authority, user, folder = folder_parts(make_certificate([(CN, text)], [(CN, text)]))

    for name in (authority, user, folder):
        assert name.strip(". ") == name
        assert name not in ("", "cn=")
        assert len(name.encode()) <= MAX_DN_BYTES


def test_a_name_that_is_no_text_of_its_type_names_a_folder_all_the_same():
    certificate = make_certificate([(CN, "hana"), (L, "Seoul")], OURS)
    broken = certificate.replace(b"Seoul", b"\xff\xfe\xff\xfe\xff")

    assert folder_parts(certificate)[2] == "cn=hana,l=Seoul"
    assert folder_parts(broken)[2] == "cn=hana,l="


def test_more_than_is_looked_through_is_refused_and_not_half_listed():
    with pytest.raises(TreeTooLargeError):
        find_holders(TreeFile(f"{n}.txt", b"") for n in range(MAX_FILES + 1))
    with pytest.raises(TreeTooLargeError):
        find_holders(TreeFile(f"{n}.txt", bytes(1 << 20)) for n in range(33))


def test_what_is_written_holds_the_same_set_when_it_is_read():
    holder = Holder(
        kind=HolderKind.NPKI,
        path="",
        sign_cert=MATERIAL["hana"],
        sign_key=MATERIAL["hana_key"],
        km_cert=MATERIAL["hana_km"],
        km_key=MATERIAL["hana_km_key"],
        ca=(MATERIAL["ca"],),
    )

    (read,) = find_holders(tree_for(holder)).holders
    assert read.path == "/".join(VECTORS["names"][0]["parts"])
    assert read.authority == "yessign"
    for name in ("sign_cert", "sign_key", "km_cert", "km_key", "ca"):
        assert getattr(read, name) == getattr(holder, name)


def test_no_file_of_a_set_is_larger_than_what_travels():
    assert max_bytes("signCert.der") == max_bytes("signPri.key") == MAX_FILE_BYTES
