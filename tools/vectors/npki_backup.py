"""Backups of a wallet and sheets of paper: what opens, and why the others do not."""

import base64
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from mobile_bridge.npki.backup import (
    BackupCertificate,
    BackupContents,
    BackupKey,
    Passphrase,
    SheetSecret,
    seal_backup,
)

# Written by frontend/npki/slip39.js, so that each language reads what the other split.
SECRET: Final = bytes(range(1, 17))
IDENTIFIER: Final = 0x1BAF  # as the first two words say
SHEETS: Final = (
    "diminish keyboard academic acid costume mineral rainbow filter plan freshman aunt "
    "dwarf agree alpha elegant laundry exclude advocate firm move",
    "diminish keyboard academic agency boundary pharmacy graduate scholar closet smug "
    "remind idea camera idea dismiss testify voting elbow numb easy",
    "diminish keyboard academic always beard yelp kernel injury provide galaxy "
    "aluminum acquire voter twin pumps thorn romantic scout debut pickup",
)
OTHER_SHEETS: Final = (
    "daisy fragment academic acid beard ruin crowd gesture machine believe armed "
    "reward enjoy visitor axle friar muscle grumpy scared cause",
    "daisy fragment academic agency broken explain elite pipeline material aide width "
    "snake deny taught academic display lily river medal priority",
)
PASSPHRASE: Final = "세 마리 곰이 한 집에 있어"
WHOLE: Final = BackupCertificate(
    certificate=b"a certificate",
    encrypted_key=b"its locked key",
    km_certificate=b"another certificate",
    encrypted_km_key=b"its locked key too",
    chain=(b"an issuer", b"a root"),
    local_name="세금 신고용",
    server_id="c-1",
)
CONTENTS: Final = BackupContents(
    datetime(2026, 11, 30, 3, 30, tzinfo=UTC),
    (WHOLE, BackupCertificate(certificate=b"x", encrypted_key=b"y")),
)
CHEAP: Final = 10  # the least that is read


def npki_backup() -> Mapping[str, object]:
    """Return contents, sheets, files with what opens them, and refusals."""
    secret = SheetSecret(SECRET, IDENTIFIER)
    by_passphrase = _sealed(Passphrase(PASSPHRASE))
    by_sheets = _sealed(secret)
    passphrase: Mapping[str, object] = {"passphrase": PASSPHRASE}
    sheets: Mapping[str, object] = {"sheets": [SHEETS[2], SHEETS[0]]}
    return {
        "contents": _contents(),
        "secret": SECRET.hex(),
        "identifier": IDENTIFIER,
        "sheets": list(SHEETS),
        "opened": [
            _case("a passphrase", by_passphrase, passphrase),
            _case(
                "the same, typed decomposed and with blanks around it",
                by_passphrase,
                {"passphrase": f"  {_decomposed(PASSPHRASE)}\n"},
            ),
            _case("two sheets", by_sheets, sheets),
            _case("two others", by_sheets, {"sheets": [SHEETS[1].upper(), SHEETS[2]]}),
        ],
        "refused": [
            _case(name, file, key, code)
            for name, file, key, code in [
                *_wrong_keys(by_passphrase, by_sheets),
                *_wrong_files(by_passphrase, passphrase),
            ]
        ],
        "sheet_refusals": [
            {"name": name, "sheets": list(texts), "code": code, "word": word}
            for name, texts, code, word in _wrong_sheets()
        ],
    }


def _wrong_keys(
    by_passphrase: bytes, by_sheets: bytes
) -> Sequence[tuple[str, bytes, Mapping[str, object], str]]:
    two, others = list(SHEETS[:2]), list(OTHER_SHEETS)
    return [
        ("another passphrase", by_passphrase, {"passphrase": "x"}, "backup_locked"),
        ("sheets for a passphrase", by_passphrase, {"sheets": two}, "backup_locked"),
        ("a passphrase for sheets", by_sheets, {"passphrase": "x"}, "backup_locked"),
        ("sheets of another", by_sheets, {"sheets": others}, "backup_other_sheets"),
    ]


def _wrong_files(
    file: bytes, key: Mapping[str, object]
) -> Sequence[tuple[str, bytes, Mapping[str, object], str]]:
    last = bytes([file[-1] ^ 1])
    lines = file.split(b"\n")
    salt = file.partition(b"salt=")[2][:1]
    other_salt = b"salt=" + (b"B" if salt == b"A" else b"A")
    cut = len(b"\n".join(lines[:4])) + 1
    files = {
        "nothing": (b"", "backup_form"),
        "a certificate": (b"\x30\x82\x03\x00", "backup_form"),
        "only its first line": (lines[0] + b"\n", "backup_form"),
        "a head without its MAC": (b"\n".join(lines[:3]) + b"\n", "backup_form"),
        "no number of a version": (_changed(file, b": 1\n", b": x\n"), "backup_form"),
        "version 0": (_changed(file, b": 1\n", b": 0\n"), "backup_form"),
        "a later version": (_changed(file, b": 1\n", b": 2\n"), "backup_newer"),
        "an unknown key line": (_changed(file, b"scrypt", b"argon2"), "backup_form"),
        "lines that end as on Windows": (
            b"\r\n".join(lines[:4]) + b"\r\n" + file[cut:],
            "backup_form",
        ),
        "more work than honest": (_changed(file, b"n=10", b"n=30"), "backup_work"),
        "less work than honest": (_changed(file, b"n=10", b"n=9"), "backup_work"),
        "another salt": (_changed(file, b"salt=" + salt, other_salt), "backup_locked"),
        "another cost": (_changed(file, b"n=10", b"n=11"), "backup_locked"),
        "one bit of its end": (file[:-1] + last, "backup_damaged"),
        "one bit of its nonce": (
            file[:cut] + bytes([file[cut] ^ 1]) + file[cut + 1 :],
            "backup_damaged",
        ),
        "its last octet missing": (file[:-1], "backup_damaged"),
        "an octet more": (file + b"\0", "backup_damaged"),
        "nothing after its head": (file[:cut], "backup_damaged"),
    }
    return [(name, octets, key, code) for name, (octets, code) in files.items()]


def _wrong_sheets() -> Sequence[tuple[str, Sequence[str], str, int]]:
    first, second, _third = SHEETS
    words = first.split()
    swapped = " ".join([*words[:6], words[7], words[6], *words[8:]])
    unknown = " ".join([*words[:4], "bitcoin", *words[5:]])
    return [
        ("none", (), "sheets_too_few", 0),
        ("one alone", (first,), "sheets_too_few", 0),
        ("the same twice", (first, first), "sheet_twice", 0),
        ("one of another set", (first, OTHER_SHEETS[1]), "sheet_other_set", 0),
        ("a word too few", (first, " ".join(words[:-1])), "sheet_length", 0),
        ("a word too many", (f"{first} academic", second), "sheet_length", 0),
        ("an empty one", ("", second), "sheet_length", 0),
        ("two words swapped", (swapped, second), "sheet_checksum", 0),
        ("a word of no sheet", (unknown, second), "sheet_words", 5),
        (
            "three letters of a word",
            (first.replace("acid", "aci"), second),
            "sheet_words",
            4,
        ),
    ]


def _case(
    name: str, file: bytes, key: Mapping[str, object], code: str = ""
) -> Mapping[str, object]:
    expected = {"code": code} if code else {}
    return {"name": name, "file": _base64(file), "key": key, **expected}


def _sealed(key: BackupKey) -> bytes:
    count = 0

    def random(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.sha256(b"backup %d" % count).digest()[:size]

    return seal_backup(CONTENTS, key, random=random, cost=CHEAP)


def _contents() -> Mapping[str, object]:
    return {
        "made_at": "2026-11-30T03:30:00Z",
        "certificates": [
            {
                "certificate": _base64(holder.certificate),
                "encrypted_key": _base64(holder.encrypted_key),
                "km_certificate": _base64(holder.km_certificate or b""),
                "encrypted_km_key": _base64(holder.encrypted_km_key or b""),
                "chain": [_base64(link) for link in holder.chain],
                "local_name": holder.local_name,
                "server_id": holder.server_id,
            }
            for holder in CONTENTS.certificates
        ],
    }


def _changed(file: bytes, old: bytes, new: bytes) -> bytes:
    head, separator, rest = file.partition(b"\nmac: ")
    return head.replace(old, new, 1) + separator + rest


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
