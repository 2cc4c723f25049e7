"""What a request asks for, and the bytes that stand for it. Pure.

One class a purpose. `items` is what is signed one by one; `canonical` is all of it,
with the purpose in front, so that no two requests share their bytes unless they ask
for the same. Twin: frontend/relying/request_statement.js.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from mobile_bridge.pki.names import without_hidden
from webapp.relying.asking.errors import (
    AskerError,
    BindingError,
    DocumentsError,
    FactsError,
    HashesError,
    TextError,
)
from webapp.relying.institutions.rules import Purpose
from webapp.values.text_input import normalize_text

MAX_DOCUMENTS: Final = 20
MAX_TITLE: Final = 200
MAX_TEXT: Final = 4000
MAX_BINDING: Final = 64  # bytes
MAX_ID: Final = 40
MAX_NAME: Final = 60
MAX_ORIGIN: Final = 200
DIGEST: Final = "sha-256"
BARE: Final = "bare"
ATTRIBUTES: Final = "cms attributes"
_DIGEST_BYTES: Final = 32
_LABEL: Final = b"certferry asking contents 1"
_KINDS: Final = MappingProxyType(
    {"statement": DIGEST, "cms": f"cms {DIGEST}", "pdf": f"pdf {DIGEST}"}
)
_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,40}", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:]+\]", re.ASCII)


class Format(StrEnum):
    """What becomes of the signature of a document."""

    STATEMENT = "statement"  # a message of our own, for whoever knows these pages
    CMS = "cms"  # a file beside it, for any program (RFC 5652)
    PDF = "pdf"  # in the document itself (PAdES)


class Fact(StrEnum):
    """What the centre tells of a person who agrees."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    ADULT = "adult"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a registered institution, as people are shown it.

    Raises:
        AskerError: a field is empty, too long, or shows as something else than it is.
    """

    institution_id: str
    name: str
    origin: str  # as a browser writes it: "https://bank.example"

    def __post_init__(self) -> None:
        """Refuse what would deceive whoever reads it."""
        if not _ID.fullmatch(self.institution_id):
            raise AskerError
        if not 0 < len(self.name) <= MAX_NAME or normalize_text(self.name) != self.name:
            raise AskerError
        if len(self.origin) > MAX_ORIGIN or not _is_origin(self.origin):
            raise AskerError


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who they are, to sign in; `binding` ties it to what the asker began."""

    purpose: ClassVar[Purpose] = Purpose.SIGN_IN
    binding: bytes = b""

    def __post_init__(self) -> None:
        """Refuse a binding that is too long."""
        _require_binding(self.binding)

    @property
    def items(self) -> tuple[bytes, ...]:
        """One, with nothing in it."""
        return (b"",)


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its title and the SHA-256 of its bytes, and how it is signed."""

    title: str
    digest: bytes
    format: Format = Format.STATEMENT

    def __post_init__(self) -> None:
        """Refuse what cannot be shown or is no digest."""
        _require_line(self.title, MAX_TITLE)
        if len(self.digest) != _DIGEST_BYTES:
            raise DocumentsError


@dataclass(frozen=True, slots=True)
class Documents:
    """Signatures, one for each document."""

    purpose: ClassVar[Purpose] = Purpose.SIGN_DOCUMENTS
    documents: tuple[Document, ...]
    binding: bytes = b""

    def __post_init__(self) -> None:
        """Refuse none and too many."""
        _require_binding(self.binding)
        if not 0 < len(self.documents) <= MAX_DOCUMENTS:
            raise DocumentsError

    @property
    def items(self) -> tuple[bytes, ...]:
        """Title, kind of signature and digest, and digest of each."""
        return tuple(
            pack(one.title.encode(), _KINDS[one.format].encode(), one.digest)
            for one in self.documents
        )


@dataclass(frozen=True, slots=True)
class ConsentText:
    """Consent to a text, which is shown whole."""

    purpose: ClassVar[Purpose] = Purpose.CONSENT
    text: str
    binding: bytes = b""

    def __post_init__(self) -> None:
        """Refuse a text that reads otherwise than it is."""
        _require_binding(self.binding)
        if not self.text.strip() or len(self.text) > MAX_TEXT:
            raise TextError
        for line in self.text.split("\n"):
            if unicodedata.normalize("NFC", without_hidden(line)) != line:
                raise TextError

    @property
    def items(self) -> tuple[bytes, ...]:
        """The text in UTF-8."""
        return (self.text.encode(),)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of which the centre tells the institution."""

    purpose: ClassVar[Purpose] = Purpose.PROVE
    facts: tuple[Fact, ...]
    binding: bytes = b""

    def __post_init__(self) -> None:
        """Refuse none, and one twice."""
        _require_binding(self.binding)
        if not self.facts or len(set(self.facts)) != len(self.facts):
            raise FactsError

    @property
    def items(self) -> tuple[bytes, ...]:
        """All of them, in one."""
        return (pack(*(fact.encode() for fact in self.facts)),)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Signatures over SHA-256 hashes, for a program that signs by itself.

    `attributes` are the CMS attributes that each hash is of (RFC 5652 5.3, DER of their
    SET): the device shows what they say and signs them. Without them nobody here knows
    what the hashes are of.
    """

    purpose: ClassVar[Purpose] = Purpose.SIGN_HASHES
    description: str  # the asking program's words; may be empty
    hashes: tuple[bytes, ...]
    attributes: tuple[bytes, ...] = ()
    binding: bytes = b""

    def __post_init__(self) -> None:
        """Refuse none, too many, one twice, and attributes of something else."""
        _require_binding(self.binding)
        if self.description:
            _require_line(self.description, MAX_TITLE)
        if not 0 < len(self.hashes) <= MAX_DOCUMENTS:
            raise HashesError
        if len(set(self.hashes)) != len(self.hashes):
            raise HashesError
        if any(len(digest) != _DIGEST_BYTES for digest in self.hashes):
            raise HashesError
        digests = tuple(hashlib.sha256(one).digest() for one in self.attributes)
        if self.attributes and digests != self.hashes:
            raise HashesError

    @property
    def items(self) -> tuple[bytes, ...]:
        """All of them, in one: what is approved at once."""
        form = BARE if self.is_bare else ATTRIBUTES
        texts = (self.description, form, DIGEST)
        return (pack(*(text.encode() for text in texts), *self.hashes),)

    @property
    def is_bare(self) -> bool:
        """Whether nothing tells what the hashes are of."""
        return not self.attributes


Contents = SignIn | Documents | ConsentText | Facts | Hashes


def canonical(contents: Contents) -> bytes:
    """Return the bytes that stand for all that is asked for."""
    parts = (contents.purpose.encode(), contents.binding, *contents.items)
    return _LABEL + pack(*parts)


def contents_hash(contents: Contents) -> bytes:
    """Return the SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(contents)).digest()


def hashes_of(contents: Contents) -> tuple[bytes, ...]:
    """Return the hashes that the key signs beside its statement."""
    return contents.hashes if isinstance(contents, Hashes) else ()


def pack(*parts: bytes) -> bytes:
    """Return parts one after another, each after its length in four bytes."""
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def to_json(contents: Contents) -> dict[str, Any]:
    """Return what is asked for as it is stored, and as a device is told it."""
    fields: dict[str, Any] = {
        "purpose": contents.purpose.value,
        "binding": contents.binding.hex(),
    }
    match contents:
        case Documents(documents):
            fields["documents"] = [
                {
                    "title": one.title,
                    "digest": one.digest.hex(),
                    "format": one.format.value,
                }
                for one in documents
            ]
        case ConsentText(text):
            fields["text"] = text
        case Facts(facts):
            fields["facts"] = [fact.value for fact in facts]
        case Hashes(description, hashes, attributes):
            fields["description"] = description
            fields["hashes"] = [digest.hex() for digest in hashes]
            fields["attributes"] = [one.hex() for one in attributes]
        case SignIn():
            pass
    return fields


def from_json(fields: Mapping[str, Any]) -> Contents:
    """Return what `to_json` made of it."""
    binding = bytes.fromhex(fields["binding"])
    match Purpose(fields["purpose"]):
        case Purpose.SIGN_IN:
            return SignIn(binding)
        case Purpose.SIGN_DOCUMENTS:
            return Documents(tuple(_documents(fields["documents"])), binding)
        case Purpose.CONSENT:
            return ConsentText(fields["text"], binding)
        case Purpose.PROVE:
            return Facts(tuple(Fact(name) for name in fields["facts"]), binding)
        case Purpose.SIGN_HASHES:
            return Hashes(
                fields["description"],
                _octets(fields["hashes"]),
                _octets(fields["attributes"]),
                binding,
            )


def _documents(fields: Iterable[Mapping[str, str]]) -> Iterable[Document]:
    return (
        Document(
            one["title"],
            bytes.fromhex(one["digest"]),
            Format(one.get("format", Format.STATEMENT)),
        )
        for one in fields
    )


def _octets(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in texts)


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    is_web = parts.scheme in ("https", "http") and text.isascii()
    return (
        is_web
        and text == f"{parts.scheme}://{parts.netloc}"
        and (_HOST.fullmatch(host) is not None)
    )


def _require_line(text: str, max_length: int) -> None:
    if not 0 < len(text) <= max_length or normalize_text(text) != text:
        raise TextError


def _require_binding(binding: bytes) -> None:
    if len(binding) > MAX_BINDING:
        raise BindingError
