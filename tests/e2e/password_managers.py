"""Profiles in which a browser's own password manager keeps a sign-in already.

Both browsers read these files at their start, fill forms from them, and know nothing
of a test: what is written here is what a person saved on an earlier day.
"""

import base64
import ctypes
import json
import sqlite3
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# A moment in the past: in Chromium microseconds since 1601, in Firefox milliseconds.
CHROMIUM_DAY = 13_300_000_000_000_000
FIREFOX_DAY = 1_700_000_000_000


@dataclass(frozen=True)
class Saved:
    """What somebody let the browser keep for one origin."""

    origin: str
    username: str
    password: str


def seed_chromium(profile: Path, saved: list[Saved]) -> None:
    """Write into a profile that Chromium made and that is not open."""
    (path,) = profile.rglob("Login Data")
    database = sqlite3.connect(path)
    for entry in saved:
        row = {
            "origin_url": f"{entry.origin}/sign-in",
            "action_url": f"{entry.origin}/sign-in",
            "username_element": "login_id",
            "username_value": entry.username,
            "password_element": "password",
            "password_value": _chromium_encrypt(entry.password),
            "submit_element": "",
            "signon_realm": f"{entry.origin}/",
            "date_created": CHROMIUM_DAY,
            "date_last_used": CHROMIUM_DAY,
            "date_password_modified": CHROMIUM_DAY,
            "blacklisted_by_user": 0,
            "scheme": 0,
            "password_type": 0,
            "times_used": 3,
        }
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        database.execute(
            f"INSERT INTO logins ({names}) VALUES ({marks})",
            list(row.values()),
        )
    database.commit()
    database.close()


def seed_firefox(profile: Path, saved: list[Saved]) -> None:
    """Write into a folder that becomes Firefox's profile."""
    with _Nss(profile) as nss:
        logins = [
            {
                "id": number,
                "hostname": entry.origin,
                "httpRealm": None,
                "formSubmitURL": entry.origin,
                "usernameField": "login_id",
                "passwordField": "password",
                "encryptedUsername": nss.encrypt(entry.username),
                "encryptedPassword": nss.encrypt(entry.password),
                "guid": f"{{{number:08d}-1111-4111-8111-111111111111}}",
                "encType": 1,
                "timeCreated": FIREFOX_DAY,
                "timeLastUsed": FIREFOX_DAY,
                "timePasswordChanged": FIREFOX_DAY,
                "timesUsed": 3,
            }
            for number, entry in enumerate(saved, 1)
        ]
    kept = {"nextId": len(logins) + 1, "logins": logins, "version": 3}
    (profile / "logins.json").write_text(json.dumps(kept), "utf-8")


def _chromium_encrypt(text: str) -> bytes:
    """Lock a password as Chromium does where the system has no keyring."""
    key = pbkdf2_hmac("sha1", b"peanuts", b"saltysalt", 1, 16)
    pad = 16 - len(text.encode()) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(b" " * 16)).encryptor()
    return b"v10" + encryptor.update(text.encode() + bytes([pad]) * pad)


class _Item(ctypes.Structure):
    """NSS's SECItem."""

    _fields_ = (
        ("type", ctypes.c_uint),
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_uint),
    )


class _Nss:
    """NSS, which Firefox locks its passwords with, on the keys of one profile."""

    def __init__(self, profile: Path) -> None:
        self._library = ctypes.CDLL("libnss3.so")
        self._profile = profile

    def __enter__(self) -> "_Nss":
        done = self._library.NSS_InitReadWrite(f"sql:{self._profile}".encode())
        assert done == 0
        self._library.PK11_GetInternalKeySlot.restype = ctypes.c_void_p
        slot = ctypes.c_void_p(self._library.PK11_GetInternalKeySlot())
        if self._library.PK11_NeedUserInit(slot):
            assert self._library.PK11_InitPin(slot, None, b"") == 0
        self._library.PK11_FreeSlot(slot)
        return self

    def __exit__(self, *_: object) -> None:
        self._library.NSS_Shutdown()

    def encrypt(self, text: str) -> str:
        octets = text.encode()
        buffer = ctypes.create_string_buffer(octets, len(octets))
        plain = _Item(0, ctypes.cast(buffer, ctypes.c_void_p), len(octets))
        key, locked = _Item(0, None, 0), _Item(0, None, 0)
        done = self._library.PK11SDR_Encrypt(
            ctypes.byref(key), ctypes.byref(plain), ctypes.byref(locked), None
        )
        assert done == 0
        return base64.b64encode(ctypes.string_at(locked.data, locked.length)).decode()
