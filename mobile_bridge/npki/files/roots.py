"""Where the programs of the field keep certificates, on each system. Pure.

Nothing is looked at here: the system, its folders and its drives come in as words.
"""

from collections.abc import Mapping, Sequence
from typing import Final

NPKI: Final = "NPKI"
# Below the home folder, in the order in which they are looked at.
_IN_HOME: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "win32": (("AppData", "LocalLow", NPKI),),
    "darwin": (("Library", "Preferences", NPKI), ("Documents", NPKI), (NPKI,)),
    "linux": ((NPKI,), (".pki", NPKI)),
}
_PROGRAM_FILES: Final = ("Program Files", "Program Files (x86)")  # until Windows XP
_SYSTEM_DRIVE: Final = "C:\\"
# Folders in which a system shows its removable disks, one folder a disk.
_MOUNTED_IN: Final[Mapping[str, Sequence[str]]] = {
    "darwin": ("/Volumes",),
    "linux": ("/media/{user}", "/run/media/{user}", "/media", "/mnt"),
}
_DRIVE_LETTERS: Final = "DEFGHIJKLMNOPQRSTUVWXYZ"  # A and B wait for a floppy disk


def known_roots(platform: str, home: str, disks: Sequence[str]) -> tuple[str, ...]:
    r"""Return the folders `NPKI` that are looked at when nobody names one.

    `platform` is `sys.platform`, `home` the folder of the person and `disks` the roots
    of removable disks (``E:\``, ``/Volumes/USB``). What is no Windows and no macOS is
    taken for a Linux.
    """
    separator = "\\" if platform == "win32" else "/"
    in_home = _IN_HOME.get(platform, _IN_HOME["linux"])
    roots = [_joined(separator, home, *parts) for parts in in_home]
    if platform == "win32":
        roots += [
            _joined(separator, _SYSTEM_DRIVE, folder, NPKI) for folder in _PROGRAM_FILES
        ]
    return (*roots, *(_joined(separator, disk, NPKI) for disk in disks))


def disk_folders(platform: str, user: str) -> tuple[str, ...]:
    """Return the folders in which each folder is a disk; none on Windows."""
    folders = _MOUNTED_IN.get(platform, _MOUNTED_IN["linux"])
    return () if platform == "win32" else tuple(f.format(user=user) for f in folders)


def drive_roots(platform: str) -> tuple[str, ...]:
    """Return the roots that removable disks may have by letter: those of Windows."""
    letters = _DRIVE_LETTERS if platform == "win32" else ""
    return tuple(f"{letter}:\\" for letter in letters)


def first_looked_at(root: str) -> tuple[str, ...]:
    """Return where `NPKI` may be below a chosen folder, before all else is looked at.

    `root` ends with its separator. Somebody may choose a drive or the home folder of
    any system, that of another computer's disk too.
    """
    separator = root[-1:]
    parts = dict.fromkeys(parts for group in _IN_HOME.values() for parts in group)
    return tuple(_joined(separator, root, *names) for names in parts)


def _joined(separator: str, root: str, *parts: str) -> str:
    return separator.join((root.rstrip(separator), *parts))
