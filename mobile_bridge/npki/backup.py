"""A backup: all certificates of a wallet with their locked keys in one sealed file.

Pure; twin of frontend/npki/backup.js and frontend/npki/slip39.js. The form stands in
docs/wallet.md, and both read tests/vectors/npki_backup.json. The key is a passphrase
(scrypt, RFC 7914) or a secret on sheets of paper (SLIP-39); what is inside lies under
AES-256-GCM, and the head is authenticated by a key of its own, so that a wrong key is
told from a damaged file.
"""

import base64
import binascii
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from shamir_mnemonic import MnemonicError, combine_mnemonics
from shamir_mnemonic.rs1024 import verify_checksum
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

from mobile_bridge.npki.errors import NpkiError

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_CERTIFICATES: Final = 200
COST: Final = 17  # RFC 7914 2: N = 2^17, r = 8, p = 1 take 128 MiB
_COSTS: Final = range(10, 21)  # more would take the machine's memory: 1 GiB
_MAGIC: Final = b"certferry wallet backup\n"
_VERSION: Final = 1
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_BLOCK: Final = 4096  # what is inside tells its size to within so many octets
_MAX_PART: Final = 64 * 1024
_MAX_TEXT: Final = 100
_MAX_CHAIN: Final = 10
_MAX_HEADER: Final = 1024
_MAC_LINE: Final = re.compile(rb"mac: ([\w-]{43})", re.ASCII)
_PASSPHRASE_LINE: Final = re.compile(
    rb"key: scrypt n=(\d{1,2}) r=8 p=1 salt=([\w-]{22})", re.ASCII
)
_SHEETS_LINE: Final = re.compile(
    rb"key: slip39 set=(\d{1,5}) salt=([\w-]{22})", re.ASCII
)
_VERSION_LINE: Final = re.compile(rb"version: (\d{1,9})", re.ASCII)
_SET_BITS: Final = 15
# SLIP-39: identifier, flag and exponent 2, indices 2, checksum 3 words.
_METADATA_WORDS: Final = 7
_SHEET_WORDS: Final = range(20, 60)
_RADIX_BITS: Final = 10
_MAX_EXPONENT: Final = 5  # 2^15 times the rounds would stop the program
_WORDS: Final = re.compile(r"[^\W\d_]+")
_BLANKS: Final = " \t\r\n\u00a0\u3000"
# Strings as one, so that what is in them opens nothing.
_JSON_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_MAX_DEPTH: Final = 16
_TIME: Final = re.compile(
    r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII
)  # RFC 3339, in UTC and in seconds
_SHORTEST: Final = 4  # letters that tell a word


class BackupError(NpkiError):
    """A backup that cannot be used; `code` says why.

    backup_form: no backup, or its head is damaged. backup_newer: a later version wrote
    it. backup_work: it asks for more work than an honest one. backup_locked: this
    passphrase or these sheets do not open it. backup_other_sheets: the sheets are of
    another set. backup_damaged: the key is right, what follows is not. backup_large.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]


class SheetError(NpkiError):
    """These sheets give no secret; `code` says why.

    sheet_words: a word that is on no sheet, `word` is its place from 1. sheet_length.
    sheet_checksum: a word is another one, or in another place. sheet_form.
    sheet_other_set. sheet_twice. sheets_too_few. sheets_wrong: each is whole, together
    they are none.
    """

    def __init__(self, code: str, word: int = 0) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]
        self.word = word


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCertificate:
    """A certificate in a backup; its keys stay locked as its holder locked them."""

    certificate: bytes
    encrypted_key: bytes = field(repr=False)
    km_certificate: bytes | None = None
    encrypted_km_key: bytes | None = field(default=None, repr=False)
    chain: tuple[bytes, ...] = ()
    local_name: str = ""
    server_id: str = ""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup holds, and when it was made."""

    made_at: datetime
    certificates: tuple[BackupCertificate, ...]


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Opens a backup that was sealed with it."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SheetSecret:
    """What sheets of paper give: a secret, and the number of their set."""

    secret: bytes = field(repr=False)
    identifier: int


BackupKey = Passphrase | SheetSecret


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The head of a backup, which is readable without a key.

    `cost` is the logarithm of scrypt's N; None where sheets open it. `identifier` is
    the number of their set; None where a passphrase does.
    """

    salt: bytes
    cost: int | None
    identifier: int | None

    @property
    def has_sheets(self) -> bool:
        """Whether sheets of paper open it, and no passphrase."""
        return self.identifier is not None


@dataclass(frozen=True, slots=True)
class _Parts:
    header: BackupHeader
    head: bytes
    whole: bytes  # the head with its MAC
    mac: bytes
    payload: bytes = field(repr=False)


def seal_backup(
    contents: BackupContents,
    key: BackupKey,
    *,
    random: Callable[[int], bytes],
    cost: int = COST,
) -> bytes:
    """Seal certificates.

    Raises:
        BackupError: `backup_large`.
    """
    if len(contents.certificates) > MAX_CERTIFICATES:
        raise BackupError("backup_large")
    salt = random(_SALT_BYTES)
    header = (
        BackupHeader(salt, cost, None)
        if isinstance(key, Passphrase)
        else BackupHeader(salt, None, key.identifier)
    )
    header_key, payload_key = _derive_keys(header, key)
    head = _head(header)
    mac = hmac.digest(header_key, head, "sha256")
    whole = head + b"mac: " + _base64url(mac) + b"\n"
    nonce = random(_NONCE_BYTES)
    sealed = AESGCM(payload_key).encrypt(nonce, _write_contents(contents), whole)
    file = whole + nonce + sealed
    if len(file) > MAX_BYTES:
        raise BackupError("backup_large")
    return file


def read_header(file: bytes) -> BackupHeader:
    """Read the head of a backup: what is needed to open it.

    Raises:
        BackupError: `backup_form`, `backup_newer`, `backup_work`, `backup_large`.
    """
    return _split(file).header


def open_backup(file: bytes, key: BackupKey) -> BackupContents:
    """Open a backup.

    Raises:
        BackupError: as read_header(), and `backup_locked`, `backup_other_sheets`,
            `backup_damaged`.
    """
    parts = _split(file)
    if isinstance(key, SheetSecret) != parts.header.has_sheets:
        raise BackupError("backup_locked")
    if isinstance(key, SheetSecret) and key.identifier != parts.header.identifier:
        raise BackupError("backup_other_sheets")
    header_key, payload_key = _derive_keys(parts.header, key)
    mac = hmac.digest(header_key, parts.head, "sha256")
    if not hmac.compare_digest(mac, parts.mac):
        raise BackupError("backup_locked")
    if len(parts.payload) < _NONCE_BYTES + _TAG_BYTES:
        raise BackupError("backup_damaged")
    nonce, sealed = parts.payload[:_NONCE_BYTES], parts.payload[_NONCE_BYTES:]
    try:
        return _read_contents(AESGCM(payload_key).decrypt(nonce, sealed, parts.whole))
    except (InvalidTag, ValueError):
        raise BackupError("backup_damaged") from None


def normalise_passphrase(typed: str) -> str:
    """Return a passphrase as it is used: composed (NFC), without blanks around it."""
    return unicodedata.normalize("NFC", typed).strip(_BLANKS)


def combine_sheets(texts: Sequence[str]) -> SheetSecret:
    """Return the secret that sheets were split from (SLIP-39, one group).

    Raises:
        SheetError: they give none.
    """
    sheets = [_read_sheet(text) for text in texts]
    if not sheets:
        raise SheetError("sheets_too_few")
    first = sheets[0]
    common = {
        (share.group_parameters(), len(share.value)) for share, _mnemonic in sheets
    }
    if len(common) != 1:
        raise SheetError("sheet_other_set")
    if len({share.index for share, _mnemonic in sheets}) != len(sheets):
        raise SheetError("sheet_twice")
    threshold = first[0].member_threshold
    if len(sheets) < threshold:
        raise SheetError("sheets_too_few")
    try:
        secret = combine_mnemonics([text for _share, text in sheets[:threshold]])
    except MnemonicError:
        raise SheetError("sheets_wrong") from None
    return SheetSecret(secret, first[0].identifier)


def check_sheet(text: str) -> None:
    """Refuse what is no sheet, before the next one is asked for.

    Raises:
        SheetError: it is none.
    """
    _read_sheet(text)


def _read_sheet(text: str) -> tuple[Share, str]:
    words = [
        _complete(word, at + 1)
        for at, word in enumerate(_WORDS.findall(unicodedata.normalize("NFKC", text)))
    ]
    padding = _RADIX_BITS * (len(words) - _METADATA_WORDS) % 16
    if len(words) not in _SHEET_WORDS or padding > 8:
        raise SheetError("sheet_length")
    indices = [WORDLIST.index(word) for word in words]
    is_extendable = bool(indices[1] >> 4 & 1)
    label = b"shamir_extendable" if is_extendable else b"shamir"
    if not verify_checksum(indices, label):
        raise SheetError("sheet_checksum")
    mnemonic = " ".join(words)
    try:
        share = Share.from_mnemonic(mnemonic)
    except MnemonicError:
        raise SheetError("sheet_form") from None
    if share.iteration_exponent > _MAX_EXPONENT:
        raise SheetError("sheet_form")
    return share, mnemonic


def _complete(typed: str, place: int) -> str:
    """Return the word that a typed one stands for: itself, or the one beginning so."""
    word = typed.lower()
    if word in WORDLIST:
        return word
    matches: list[str] = [entry for entry in WORDLIST if entry.startswith(word)]
    if len(word) < _SHORTEST or len(matches) != 1:
        raise SheetError("sheet_words", place)
    return matches[0]


def _head(header: BackupHeader) -> bytes:
    key = (
        f"slip39 set={header.identifier}"
        if header.has_sheets
        else f"scrypt n={header.cost} r=8 p=1"
    )
    salt = _base64url(header.salt).decode()
    return _MAGIC + f"version: {_VERSION}\nkey: {key} salt={salt}\n".encode()


def _split(file: bytes) -> _Parts:
    if len(file) > MAX_BYTES:
        raise BackupError("backup_large")
    if not file.startswith(_MAGIC):
        raise BackupError("backup_form")
    lines = file[len(_MAGIC) : _MAX_HEADER].split(b"\n", 3)
    version = _VERSION_LINE.fullmatch(lines[0])
    if version is None:
        raise BackupError("backup_form")
    if int(version[1]) > _VERSION:
        raise BackupError("backup_newer")
    if int(version[1]) != _VERSION or len(lines) < 4:
        raise BackupError("backup_form")
    mac = _MAC_LINE.fullmatch(lines[2])
    if mac is None:
        raise BackupError("backup_form")
    header = _read_key_line(lines[1])
    head = len(_MAGIC) + len(lines[0]) + len(lines[1]) + 2
    whole = head + len(lines[2]) + 1
    return _Parts(header, file[:head], file[:whole], _decode(mac[1]), file[whole:])


def _read_key_line(line: bytes) -> BackupHeader:
    if scrypt := _PASSPHRASE_LINE.fullmatch(line):
        if int(scrypt[1]) not in _COSTS:
            raise BackupError("backup_work")
        return BackupHeader(_decode(scrypt[2]), int(scrypt[1]), None)
    sheets = _SHEETS_LINE.fullmatch(line)
    if sheets is None or int(sheets[1]) >= 1 << _SET_BITS:
        raise BackupError("backup_form")
    return BackupHeader(_decode(sheets[2]), None, int(sheets[1]))


def _derive_keys(header: BackupHeader, key: BackupKey) -> tuple[bytes, bytes]:
    """Return the key of the head and the key of what follows it."""
    if isinstance(key, SheetSecret):
        material = key.secret
    else:
        assert header.cost is not None  # noqa: S101 (a passphrase has a cost)
        scrypt = Scrypt(header.salt, _KEY_BYTES, n=1 << header.cost, r=8, p=1)
        material = scrypt.derive(normalise_passphrase(key.text).encode())
    return _expand(header, material, b"header"), _expand(header, material, b"payload")


def _expand(header: BackupHeader, material: bytes, purpose: bytes) -> bytes:
    info = b"certferry backup 1 " + purpose
    return HKDF(SHA256(), _KEY_BYTES, header.salt, info).derive(material)


def _write_contents(contents: BackupContents) -> bytes:
    made_at = contents.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    certificates = [_to_json(certificate) for certificate in contents.certificates]
    document = {"made_at": made_at, "certificates": certificates}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return text + b" " * (_BLOCK - len(text) % _BLOCK)


def _to_json(item: BackupCertificate) -> dict[str, object]:
    management = {}
    if item.km_certificate is not None and item.encrypted_km_key is not None:
        management = {
            "km_certificate": _base64(item.km_certificate),
            "encrypted_km_key": _base64(item.encrypted_km_key),
        }
    return {
        "certificate": _base64(item.certificate),
        "encrypted_key": _base64(item.encrypted_key),
        **management,
        "chain": [_base64(certificate) for certificate in item.chain],
        "local_name": item.local_name,
        "server_id": item.server_id,
    }


def _read_contents(octets: bytes) -> BackupContents:
    """Read what was inside. JSON that two readers may take differently is none.

    Raises:
        ValueError: it is not the form of a backup.
    """
    document = _object(_parse_json(octets.decode()))
    made_at = _time(document.get("made_at"))
    certificates = _list(document.get("certificates"), MAX_CERTIFICATES)
    return BackupContents(made_at, tuple(map(_from_json, certificates)))


def _parse_json(text: str) -> object:
    """Parse JSON that is not deep, and whose objects have each name once."""
    depth = 0
    for mark in _JSON_MARK.findall(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark, 0)
        if depth > _MAX_DEPTH:
            raise ValueError("depth")
    return json.loads(
        text,
        object_pairs_hook=_object_of,
        parse_constant=_refuse_constant,
        parse_int=float,  # no number is read, and none is too long to be passed over
    )


def _object_of(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name twice")  # RFC 8259 4: readers differ
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are no JSON (RFC 8259 6)


def _from_json(value: object) -> BackupCertificate:
    fields = _object(value)
    has_management = "km_certificate" in fields
    if has_management != ("encrypted_km_key" in fields):
        raise ValueError("km")
    management = (
        {
            "km_certificate": _octets(fields["km_certificate"]),
            "encrypted_km_key": _octets(fields["encrypted_km_key"]),
        }
        if has_management
        else {}
    )
    return BackupCertificate(
        certificate=_octets(fields.get("certificate")),
        encrypted_key=_octets(fields.get("encrypted_key")),
        **management,
        chain=tuple(map(_octets, _list(fields.get("chain"), _MAX_CHAIN))),
        local_name=_text(fields.get("local_name")),
        server_id=_text(fields.get("server_id")),
    )


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 (one error for all that is inside)
    return value


def _list(value: object, max_length: int) -> list[object]:
    if not isinstance(value, list) or len(value) > max_length:
        raise ValueError("no list, or too long")
    return value


def _time(value: object) -> datetime:
    text = _text(value)
    if not _TIME.fullmatch(text):
        raise ValueError("time")
    return datetime.fromisoformat(text)


def _octets(value: object) -> bytes:
    text = _text(value, _MAX_PART)
    octets = base64.b64decode(text, validate=True)
    # RFC 4648 3.5: spare bits must be zero, so that one value has one text.
    if not octets or _base64(octets) != text:
        raise ValueError("octets")
    return octets


def _text(value: object, max_length: int = _MAX_TEXT) -> str:
    """Return a text of so many units of UTF-16 at most, as the browser counts."""
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 (as `_object`)
    if len(value.encode("utf-16-le", "surrogatepass")) > 2 * max_length:
        raise ValueError("text")
    return value


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _base64url(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    """Return what canonical base64url writes."""
    try:
        octets = base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error:
        _refuse_form()
    if _base64url(octets) != text:
        _refuse_form()
    return octets


def _refuse_form() -> NoReturn:
    raise BackupError("backup_form")
