"""The folders of the field, with each system's own separators."""

import pytest

from mobile_bridge.npki.files.roots import (
    disk_folders,
    drive_roots,
    first_looked_at,
    known_roots,
)


@pytest.mark.parametrize(
    ("platform", "home", "disks", "roots"),
    [
        (
            "win32",
            "C:\\Users\\hana",
            ["E:\\"],
            [
                "C:\\Users\\hana\\AppData\\LocalLow\\NPKI",
                "C:\\Program Files\\NPKI",
                "C:\\Program Files (x86)\\NPKI",
                "E:\\NPKI",
            ],
        ),
        (
            "darwin",
            "/Users/hana",
            ["/Volumes/USB"],
            [
                "/Users/hana/Library/Preferences/NPKI",
                "/Users/hana/Documents/NPKI",
                "/Users/hana/NPKI",
                "/Volumes/USB/NPKI",
            ],
        ),
        (
            "linux",
            "/home/hana",
            ["/media/hana/USB"],
            ["/home/hana/NPKI", "/home/hana/.pki/NPKI", "/media/hana/USB/NPKI"],
        ),
        ("freebsd14", "/home/hana", [], ["/home/hana/NPKI", "/home/hana/.pki/NPKI"]),
    ],
)
def test_roots_are_those_of_the_system_in_its_order(platform, home, disks, roots):
    assert list(known_roots(platform, home, disks)) == roots


def test_disks_are_letters_on_windows_and_folders_elsewhere():
    assert drive_roots("win32")[:2] == ("D:\\", "E:\\")
    assert drive_roots("linux") == drive_roots("darwin") == ()
    assert disk_folders("darwin", "hana") == ("/Volumes",)
    assert disk_folders("linux", "hana")[:2] == ("/media/hana", "/run/media/hana")
    assert disk_folders("win32", "hana") == ()


def test_below_a_chosen_folder_the_known_places_come_first():
    assert first_looked_at("E:\\")[0] == "E:\\AppData\\LocalLow\\NPKI"
    assert "E:\\NPKI" in first_looked_at("E:\\")
    assert "/mnt/mac/Library/Preferences/NPKI" in first_looked_at("/mnt/mac/")
    assert first_looked_at("/")[-1] == "/.pki/NPKI"
