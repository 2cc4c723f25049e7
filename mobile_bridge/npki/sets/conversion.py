"""A set in another form, or under another password: the same bytes inside. Pure.

The PrivateKeyInfo is never made anew, so that R, and whatever else a program put into
it, comes along. What comes out is opened again before anybody writes it.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from mobile_bridge.npki.encryption.pbe import Random
from mobile_bridge.npki.errors import KeyMissingError, NpkiError
from mobile_bridge.npki.files.archive import expand, write_zip
from mobile_bridge.npki.files.file_contents import is_encrypted_key, read_contents
from mobile_bridge.npki.files.folder import (
    Holder,
    HolderKind,
    PfxFile,
    TreeFile,
    find_holders,
    folder_parts,
    tree_for,
)
from mobile_bridge.npki.files.pem import is_pem, replace_block, write_pem
from mobile_bridge.npki.files.roots import NPKI
from mobile_bridge.npki.key_file import (
    KeyForm,
    change_password,
    decrypt_key,
    encrypt_key,
    read_form,
)
from mobile_bridge.npki.pfx import Encoding, read_pfx, write_pfx
from mobile_bridge.npki.sets.opening import OpenedPair, OpenedSet, open_key, open_set

_ENCRYPTED_LABEL: Final = "ENCRYPTED PRIVATE KEY"  # RFC 7468 11


class Target(StrEnum):
    """What a set may become."""

    NPKI_A = "npki-a"  # a folder, its key as the field writes it: SEED, SHA-1
    NPKI_B = "npki-b"  # a folder, its key under PBES2: SEED, many rounds
    P12 = "p12"
    P12_OLDER = "p12-older"
    ZIP = "zip"  # the folder NPKI
    PEM = "pem"  # key, certificate and chain in one file


ENDINGS: Final = {
    Target.P12: ".p12",
    Target.P12_OLDER: ".p12",
    Target.ZIP: ".zip",
    Target.PEM: ".pem",
}
_FORMS: Final = {Target.NPKI_A: KeyForm.A, Target.NPKI_B: KeyForm.B}
_FOLDER_FORMS: Final = frozenset({KeyForm.A, KeyForm.B})
_ENCODINGS: Final[dict[Target, Encoding]] = {
    Target.P12: "modern",
    Target.P12_OLDER: "older",
}


class SeveralKeysError(NpkiError):
    """A PKCS#12 file has more keys than one: written anew, it would lose some."""

    code = "pfx_several_keys"


class OtherEntriesError(NpkiError):
    """A PKCS#12 file has entries of other kinds: written anew, it would lose them."""

    code = "pfx_other_entries"


class NotSameError(NpkiError):
    """What was written does not hold what was read; it is not kept."""

    code = "not_same"


def convert(
    opened: OpenedSet, target: Target, password: str, *, random: Random
) -> tuple[TreeFile, ...]:
    """Return the files of a set in another form.

    Of a folder with their paths below `NPKI`; else one file, of no path.

    Raises:
        NotSameError: what came out does not hold the same.
        NpkiError: the password cannot be written in this form.
    """
    if target in _FORMS:
        files = _folder(opened, _FORMS[target], password, random)
    else:
        files = (TreeFile("", _in_one_file(opened, target, password, random)),)
    tree = find_holders(expand(files)[0])
    written: list[Holder | PfxFile] = [*tree.holders, *tree.pfx_files]
    if len(written) != 1:
        raise NotSameError
    check_same(opened, written[0], password)
    return files


def rekey(
    source: Holder | PfxFile,
    files: Sequence[TreeFile],
    password: str,
    new_password: str,
    *,
    random: Random,
) -> tuple[TreeFile, ...]:
    """Return those of a set's files that another password changes.

    `files` are the set's own, as they lie there. A key that lies in the clear gets a
    password.

    Raises:
        WrongPasswordError: the password does not open a key.
        SeveralKeysError: a PKCS#12 file has more than one key.
        OtherEntriesError: it has entries that are neither keys nor certificates.
        NpkiError: a key is damaged or not there, or cannot be written.
    """
    if isinstance(source, PfxFile):
        octets = _rekey_pfx(source.octets, password, new_password, random)
        return (TreeFile(source.path, octets),)
    changed = []
    unchanged = list(files)
    is_npki = source.kind is HolderKind.NPKI
    for key in filter(None, (source.sign_key, source.km_key)):
        file = next((f for f in unchanged if key in read_contents(f.octets).keys), None)
        if file is None:
            raise KeyMissingError
        unchanged.remove(file)  # both pairs may have the same key
        plain_form = KeyForm.A if is_npki else KeyForm.D
        new_key = _rekey(key, password, new_password, form=plain_form, random=random)
        changed.append(replace(file, octets=_with_key(file.octets, key, new_key)))
    if not changed:
        raise KeyMissingError
    return tuple(changed)


def check_same(opened: OpenedSet, source: Holder | PfxFile, password: str) -> None:
    """Accept a set that was written, when it holds what was opened before.

    Raises:
        NotSameError: it does not.
    """
    try:
        again = open_set(source, password)
    except NpkiError:
        raise NotSameError from None
    has_second = again.management is not None
    second = opened.management if has_second else None
    if _inside(again.signing) != _inside(opened.signing) or (
        has_second and _inside(again.management) != _inside(second)
    ):
        raise NotSameError


def _inside(pair: OpenedPair | None) -> tuple[bytes, bytes] | None:
    return None if pair is None else (pair.certificate, pair.private_key_info)


def _folder(
    opened: OpenedSet, form: KeyForm, password: str, random: Random
) -> tuple[TreeFile, ...]:
    def key_of(pair: OpenedPair) -> bytes:
        old = pair.encrypted_key
        if old is not None and read_form(old) is form and _opens(old, pair, password):
            return old
        return encrypt_key(pair.private_key_info, password, form, random=random)

    second = opened.management
    return tree_for(
        Holder(
            kind=HolderKind.NPKI,
            path="",
            sign_cert=opened.signing.certificate,
            sign_key=key_of(opened.signing),
            km_cert=second.certificate if second else None,
            km_key=key_of(second) if second else None,
            ca=opened.chain,
        )
    )


def _opens(key: bytes, pair: OpenedPair, password: str) -> bool:
    try:
        return decrypt_key(key, password) == pair.private_key_info
    except NpkiError:
        return False


def _in_one_file(
    opened: OpenedSet, target: Target, password: str, random: Random
) -> bytes:
    pair = opened.signing
    if target is Target.PEM:
        key = encrypt_key(pair.private_key_info, password, KeyForm.D, random=random)
        certificates = (pair.certificate, *opened.chain)
        blocks = [write_pem("CERTIFICATE", der) for der in certificates]
        return b"".join((write_pem(_ENCRYPTED_LABEL, key), *blocks))
    if target is Target.ZIP:
        old = pair.encrypted_key
        form = read_form(old) if old is not None else KeyForm.A
        form = form if form in _FOLDER_FORMS else KeyForm.A
        files = _folder(opened, form, password, random)
        return write_zip(TreeFile(f"{NPKI}/{f.path}", f.octets) for f in files)
    return write_pfx(
        *(pair.private_key_info, pair.certificate, opened.chain, password),
        random=random,
        encoding=_ENCODINGS[target],
    )


def _rekey(
    key: bytes, password: str, new_password: str, *, form: KeyForm, random: Random
) -> bytes:
    if not is_encrypted_key(key):
        plain = open_key(key, "")
        new_key = encrypt_key(plain, new_password, form, random=random)
    else:
        plain = decrypt_key(key, password)
        new_key = change_password(key, password, new_password, random=random)
    if decrypt_key(new_key, new_password) != plain:
        raise NotSameError
    return new_key


def _rekey_pfx(
    octets: bytes, password: str, new_password: str, random: Random
) -> bytes:
    contents = read_pfx(octets, password)
    if len(contents.keys) > 1:
        raise SeveralKeysError
    if contents.has_other_entries:
        raise OtherEntriesError
    opened = open_set(PfxFile("", octets), password)
    own, old = opened.signing.certificate, opened.signing.encrypted_key
    others = [one.der for one in contents.certificates if one.der != own]
    is_older = old is not None and read_form(old) is KeyForm.P
    names = [key.friendly_name for key in contents.keys if key.friendly_name]
    written = write_pfx(
        *(opened.signing.private_key_info, own, others, new_password),
        random=random,
        friendly_name=next(iter(names), ""),
        encoding="older" if is_older else "modern",
    )
    check_same(opened, PfxFile("", written), new_password)
    return written


def _with_key(octets: bytes, key: bytes, new_key: bytes) -> bytes:
    """Return a file with another key in the place of its own, all else as it was."""
    if is_pem(octets):
        return replace_block(octets, key, write_pem(_ENCRYPTED_LABEL, new_key))
    return new_key


def suggested_name(opened: OpenedSet) -> str:
    """Return a name for one file, without an ending: that of the holder's folder."""
    return folder_parts(opened.signing.certificate)[2]
