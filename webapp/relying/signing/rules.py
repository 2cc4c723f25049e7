"""What a program may ask for, read from its JSON. Pure."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from webapp.relying.asking.contents import (
    MAX_DOCUMENTS,
    ConsentText,
    Contents,
    Document,
    Documents,
    Fact,
    Facts,
    Format,
    SignIn,
)
from webapp.relying.asking.documents.files import MAX_FILE, DocumentFile
from webapp.relying.asking.documents.service import IN_FIELD
from webapp.relying.documents.errors import PdfTooLargeError
from webapp.relying.documents.placement import Corner
from webapp.relying.institutions.rules import Purpose
from webapp.relying.signing.errors import IdempotencyKeyError, SigningInputError

MAX_FILES: Final = 2 * MAX_FILE  # octets of all documents of a request
MAX_BODY: Final = MAX_FILES * 4 // 3 + 256 * 1024  # base64 is a third longer
DEFAULT_LIFE: Final = 600  # seconds
MAX_LIFE: Final = 7 * 24 * 3600
RESULT_LIFE: Final = timedelta(days=30)  # from the approval
KEY_LIFE: Final = timedelta(days=30)
_PLACES: Final = frozenset({"", IN_FIELD, *Corner})
_MAX_PAGE: Final = 10_000
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-f]{2}){0,64}", re.ASCII)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_WHERE: Final = re.compile(r"at `(\$[A-Za-z0-9_.\[\]]{0,60})`")


class DocumentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document: its digest in hexadecimal, or its bytes in base64."""

    title: str
    digest: str | None = None
    content: str | None = None
    format: Format = Format.CMS
    page: int = -1  # of a PDF that shows its signature; -1 is the last
    corner: str = ""


class AddresseeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom it is for, by one of the two."""

    sub: str | None = None
    login_hint: str | None = None


class RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program asks for."""

    purpose: Purpose
    documents: tuple[DocumentBody, ...] | None = None
    text: str | None = None
    facts: tuple[Fact, ...] | None = None
    to: AddresseeBody | None = None
    return_uri: str = ""
    expires_in: int = DEFAULT_LIFE
    binding: str = ""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a request is for: by the name that they have there, or by a hint."""

    sub: str | None
    login_hint: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A request of a program, checked; the files are in the documents' order."""

    contents: Contents
    files: tuple[DocumentFile | None, ...]
    addressee: Addressee | None
    return_uri: str
    life: timedelta


def parse_order(fields: Mapping[str, Any]) -> Order:
    """Return what the JSON of a program asks for.

    Raises:
        SigningInputError: a field is missing, unknown, of another kind or superfluous.
        ContentsError: what is asked for cannot be shown or signed as it is.
        DocumentError: a document is too large, or a PDF cannot be signed.
    """
    try:
        body = msgspec.convert(dict(fields), RequestBody)
    except msgspec.ValidationError as error:
        place = _WHERE.search(str(error))
        raise SigningInputError(place[1] if place else "$") from None
    _require_own_fields(body)
    contents, files = _contents(body)
    return Order(
        contents=contents,
        files=files,
        addressee=_addressee(body.to),
        return_uri=body.return_uri,
        life=_life(body.expires_in),
    )


def parse_key(header: str | None) -> str | None:
    """Return an Idempotency-Key, without the quotes of RFC 8941; None without one.

    Raises:
        IdempotencyKeyError: it is empty, too long, or has odd signs in it.
    """
    if header is None:
        return None
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyError
    return key


_OWN_FIELDS: Final[Mapping[Purpose, str]] = {
    Purpose.SIGN_DOCUMENTS: "documents",
    Purpose.CONSENT: "text",
    Purpose.PROVE: "facts",
}


def _require_own_fields(body: RequestBody) -> None:
    """Refuse what belongs to another purpose: somebody meant something else."""
    if body.purpose not in (*_OWN_FIELDS, Purpose.SIGN_IN):
        raise SigningInputError("$.purpose")
    own = _OWN_FIELDS.get(body.purpose)
    for name in _OWN_FIELDS.values():
        if (getattr(body, name) is not None) != (name == own):
            raise SigningInputError(f"$.{name}")


def _contents(
    body: RequestBody,
) -> tuple[Contents, tuple[DocumentFile | None, ...]]:
    if not _HEXADECIMAL.fullmatch(body.binding):
        raise SigningInputError("$.binding")
    binding = bytes.fromhex(body.binding)
    if body.documents is not None:
        return _documents(body.documents, binding)
    if body.text is not None:
        return ConsentText(body.text, binding), ()
    if body.facts is not None:
        return Facts(body.facts, binding), ()
    return SignIn(binding), ()


def _documents(
    bodies: tuple[DocumentBody, ...], binding: bytes
) -> tuple[Documents, tuple[DocumentFile | None, ...]]:
    files: list[DocumentFile | None] = []
    documents: list[Document] = []
    for at, body in enumerate(bodies[: MAX_DOCUMENTS + 1]):
        file = _file(body, f"$.documents[{at}]")
        digest = file.digest if file else bytes.fromhex(body.digest or "")
        documents.append(Document(body.title, digest, body.format))
        files.append(file)
    if sum(len(file.content) for file in files if file) > MAX_FILES:
        raise PdfTooLargeError
    contents = Documents(tuple(documents), binding)
    for document, file in zip(documents, files, strict=True):
        if file is not None:
            file.require_signable(document.format)
    return contents, tuple(files)


def _file(body: DocumentBody, place: str) -> DocumentFile | None:
    if body.format is Format.STATEMENT:
        raise SigningInputError(f"{place}.format")
    if body.corner not in _PLACES or not -1 <= body.page <= _MAX_PAGE or not body.page:
        raise SigningInputError(f"{place}.corner")
    if body.content is None:
        if body.format is Format.PDF:
            raise SigningInputError(f"{place}.content")
        if not _DIGEST.fullmatch(body.digest or ""):
            raise SigningInputError(f"{place}.digest")
        return None
    try:
        content = b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise SigningInputError(f"{place}.content") from None
    file = DocumentFile(content, body.page, body.corner)
    if not content:
        raise SigningInputError(f"{place}.content")
    if body.digest not in (None, file.digest.hex()):
        raise SigningInputError(f"{place}.digest")
    return file


def _addressee(body: AddresseeBody | None) -> Addressee | None:
    if body is None:
        return None
    names = [name for name in (body.sub, body.login_hint) if name]
    if len(names) != 1 or len(names[0]) > 200:  # longer than any
        raise SigningInputError("$.to")
    return Addressee(body.sub or None, body.login_hint or None)


def _life(seconds: int) -> timedelta:
    if not 1 <= seconds <= MAX_LIFE:
        raise SigningInputError("$.expires_in")
    return timedelta(seconds=seconds)
