"""The form fields of a PDF (ISO 32000-1 12.7): which are sound, locked, waiting."""

from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields

from webapp.relying.documents.errors import PdfClosedError, PdfUnreadableError

_MAX_DEPTH: Final = 32


def require_sound_fields(reader: PdfFileReader) -> None:
    """Refuse a form that is not as ISO 32000-1 12.7.3 says.

    Whoever compares what was added after a signature goes by the names of fields: with
    such a form no signature could ever be found good.

    Raises:
        PdfUnreadableError: one is no field, is below itself, or shares its name.
    """
    form = follow(reader.root, "/AcroForm")
    if form is not None:
        _require_sound(follow(form, "/Fields") or generic.ArrayObject(), _MAX_DEPTH)


def require_unlocked(reader: PdfFileReader, name: str) -> None:
    """Refuse to sign in a field that an earlier signature locked, or to add it.

    Raises:
        PdfClosedError: one did (FieldMDP, ISO 32000-1 12.8.2.4).
    """
    if any(lock.is_locked(name) for lock in _locks(reader)):
        raise PdfClosedError


def find_empty_field(reader: PdfFileReader) -> str | None:
    """Return the name of the first field that waits for a signature.

    Left alone are one that demands another kind than is made here (a seed value with
    flags, 12.7.4.5), one that is locked, and one whose widget stands apart from it:
    poppler finds no signature in such.
    """
    locks = tuple(_locks(reader))
    for name, _signature, reference in fields.enumerate_sig_fields(reader, False):
        field = reference.get_object()
        seed = follow(field, "/SV")
        demands = seed is not None and int(follow(seed, "/Ff") or 0) != 0
        is_locked = any(lock.is_locked(name) for lock in locks)
        if not demands and not is_locked and "/Kids" not in field:
            return str(name)
    return None


def follow(node: generic.DictionaryObject, name: str) -> Any:
    """Return what a name stands for, where it leads elsewhere too; None: nothing."""
    return node[name] if name in node else None  # noqa: SIM401  # `get` does not follow


def _locks(reader: PdfFileReader) -> Iterator[fields.FieldMDPSpec]:
    for signature in reader.embedded_signatures:
        if signature.fieldmdp is not None:
            yield signature.fieldmdp


def _require_sound(siblings: generic.ArrayObject, depth: int) -> None:
    names = set()
    for reference in siblings:
        field = reference.get_object()
        is_field = isinstance(field, generic.DictionaryObject) and depth > 0
        if not is_field or not isinstance(reference, generic.IndirectObject):
            raise PdfUnreadableError
        if "/T" not in field:  # a widget of the field above
            continue
        name = field["/T"]
        if not isinstance(name, str) or "." in name or name in names:
            raise PdfUnreadableError
        names.add(name)
        _require_sound(follow(field, "/Kids") or generic.ArrayObject(), depth - 1)
