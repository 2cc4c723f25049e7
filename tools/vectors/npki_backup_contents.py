"""Odd contents of a backup whose key is right; which are read, and which are not."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mobile_bridge.npki.backup import SheetSecret, read_header, seal_backup
from tools.vectors.npki_backup import CONTENTS, IDENTIFIER, SECRET

_NONCE: Final = bytes(range(12))
_ITEM: Final[Mapping[str, Any]] = {
    **{"certificate": "eA==", "encrypted_key": "eQ==", "chain": []},
    **{"local_name": "", "server_id": ""},
}
_MADE_AT: Final = "2026-11-30T03:30:00Z"
_DAMAGED: Final = "backup_damaged"


def npki_backup_contents() -> Mapping[str, object]:
    """Return sealed files, and how many certificates each holds or its code."""
    head = _head()
    read, refused = _read(), _refused()
    return {
        "secret": SECRET.hex(),
        "identifier": IDENTIFIER,
        "cases": [
            *(_case(head, name, plain, count=1) for name, plain in read.items()),
            _case(head, "no certificates", _document(certificates=[]), count=0),
            *(
                _case(head, name, plain, code=_DAMAGED)
                for name, plain in refused.items()
            ),
        ],
    }


def _read() -> Mapping[str, bytes]:
    other = _document(other=1)
    return {
        "blanks and lines between": json.dumps(
            json.loads(_document()), indent=2
        ).encode(),
        "no blanks at the end": _document(),
        "names in another order": json.dumps(
            dict(reversed(json.loads(_document()).items()))
        ).encode(),
        "an unknown name": other,
        "an unknown name of a certificate": _with_item(later={"a": [True, None]}),
        "a number of 5,000 digits that nobody reads": other.replace(
            b'"other":1', b'"other":' + b"9" * 5_000
        ),
        "an exponent that no machine has": other.replace(
            b'"other":1', b'"other":1e99999'
        ),
        "signs in a text that open nothing": _with_item(local_name='{"[\\:' * 5),
        "an escaped name": _document().replace(b'"chain"', b'"\\u0063hain"'),
        "a name of a hundred units": _with_item(local_name="\N{BEAR FACE}" * 50),
        "half of a surrogate pair": _with_item(local_name="\ud83d"),
        "a name that objects of one language have": _with_item(__proto__={"chain": 1}),
        "the last second of a year": _document(made_at="2026-12-31T23:59:59Z"),
        "a leap day": _document(made_at="2028-02-29T00:00:00Z"),
    }


def _refused() -> Mapping[str, bytes]:
    return {
        "no octets": b"",
        "blanks alone": b" " * 100,
        "no JSON": b"certificates",
        "a byte order mark": b"\xef\xbb\xbf" + _document(),
        "UTF-16": _document().decode().encode("utf-16-le"),
        "no UTF-8": _document().replace(b"eA==", b"\xff\xfe"),
        "two documents": _document() * 2,
        "a comment": _document() + b"// end",
        "a comma at the end": _document()[:-1] + b",}",
        "a NUL at the end": _document() + b"\0",
        "a line in a text": _with_item(local_name="?").replace(b"?", b"\n"),
        "NaN": _document(other=1).replace(b'"other":1', b'"other":NaN'),
        "Infinity": _document(other=1).replace(b'"other":1', b'"other":-Infinity'),
        "a number that begins with 0": _document(other=1).replace(b":1", b":01"),
        "a name twice": _document().replace(b"{", b'{"made_at":"x",', 1),
        "a name twice, one of them escaped": _document().replace(
            b"{", b'{"made\\u005fat":"x",', 1
        ),
        "a name twice in a certificate": _with_item().replace(
            b'"chain"', b'"chain":[],"chain"'
        ),
        "a name twice in what nobody reads": _document(other=1).replace(
            b'"other":1', b'"other":{"a":1,"a":2}'
        ),
        "17 lists in each other": _document(other=1).replace(
            b'"other":1', b'"other":' + b"[" * 16 + b"]" * 16
        ),
        "10,000 lists in each other": b"[" * 10_000 + b"]" * 10_000,
        "10,000 lists that nobody closes": b"[" * 10_000,
        **{
            f"the document is {text}": text.encode()
            for text in ("null", "true", "5", '"text"', "[]", "[[]]", "{}")
        },
        **{
            f"certificates are {value!r}": _document(certificates=value)
            for value in _any(
                None,
                5,
                "eA==",
                {},
                [5],
                ["eA=="],
                [None],
                [True],
                [[]],
                [{}],
            )
        },
        "201 certificates": _document(certificates=[dict(_ITEM)] * 201),
        **{
            f"made_at is {value!r}": _document(made_at=value)
            for value in _any(
                *(None, 5, 1_796_000_000_000, True, [], {}, [_MADE_AT], ""),
                *("2026-11-30", "2026-11-30T03:30Z", "2026-11-30T03:30:00"),
                *("2026-11-30T03:30:00+09:00", "2026-11-30T03:30:00.5Z"),
                *("2026-11-30 03:30:00Z", "2026-11-30t03:30:00z", f"{_MADE_AT}\n"),
                *("2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z"),
                *("2026-11-30T24:00:00Z", "2026-12-31T23:59:60Z"),
                *("+02026-11-30T03:30:00Z", "0000-01-01T00:00:00Z", "Nov 30 2026"),
                "\uff12026-11-30T03:30:00Z",
            )
        },
        **{
            f"{name} is {value!r}": _with_item(**{name: value})
            for name in ("certificate", "encrypted_key")
            for value in _any(None, 5, [], "", "eB==", "eA", "eA==\n", "e A==", "-_==")
        },
        **{
            f"chain is {value!r}": _with_item(chain=value)
            for value in _any(None, "eA==", {}, [5], [None], [""], [["eA=="]])
        },
        "a chain of eleven": _with_item(chain=["eA=="] * 11),
        "a part of more than 64 KiB": _with_item(certificate="AAAA" * 16_385),
        **{
            f"local_name is {value!r}": _with_item(local_name=value)
            for value in _any(None, 5, [], {})
        },
        "a name of more than a hundred units": _with_item(
            local_name="\N{BEAR FACE}" * 51
        ),
        "server_id of more than a hundred units": _with_item(server_id="c" * 101),
        "half of a second pair": _with_item(km_certificate="eA=="),
        "a second pair that is null": _with_item(
            km_certificate=None, encrypted_km_key=None
        ),
        "the other half null": _with_item(km_certificate="eA==", encrypted_km_key=None),
        **{
            f"without {name}": _document(
                certificates=[{key: _ITEM[key] for key in _ITEM if key != name}]
            )
            for name in _ITEM
        },
        "without made_at": json.dumps({"certificates": [dict(_ITEM)]}).encode(),
    }


def _any(*values: object) -> tuple[object, ...]:
    return values


def _with_item(**changes: object) -> bytes:
    return _document(certificates=[{**_ITEM, **changes}])


def _document(**changes: object) -> bytes:
    document = {"made_at": _MADE_AT, "certificates": [dict(_ITEM)], **changes}
    return json.dumps(document, separators=(",", ":")).encode()


def _case(
    head: bytes, name: str, plain: bytes, **expected: object
) -> Mapping[str, object]:
    key = HKDF(
        *(SHA256(), 32, read_header(head).salt), b"certferry backup 1 payload"
    ).derive(SECRET)
    sealed = AESGCM(key).encrypt(_NONCE, plain, head)
    file = base64.b64encode(head + _NONCE + sealed).decode()
    return {"name": name, "file": file, **expected}


def _head() -> bytes:
    """Return the head of a backup that the sheets' secret opens."""
    key = SheetSecret(SECRET, IDENTIFIER)
    file = seal_backup(CONTENTS, key, random=lambda size: bytes(range(size)))
    return b"\n".join(file.split(b"\n", 4)[:4]) + b"\n"
