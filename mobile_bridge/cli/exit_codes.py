"""What the commands of the terminal leave with.

Pure. docs/terminal.md tells the numbers to people; they do not change.
"""

from enum import IntEnum
from typing import Final

from mobile_bridge.device.device import Ending

SECOND_PAIR: Final = "km_"  # before the code of a problem of kmCert.der, kmPri.key


class Exit(IntEnum):
    """One meaning, one number."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    WRONG_CODE = 4
    EXPIRED = 5
    OFFLINE = 6
    NOT_STORED = 7
    NOT_SENDABLE = 8
    UNSURE = 9
    INTERRUPTED = 130


MEANING: Final = {
    Exit.FAULT: ("fault",),
    Exit.USAGE: (
        *("centre_missing", "centre_unknown", "ca_file", "nobody_answers"),
        *("link_unknown", "link_direction", "number_wrong", "move_pfx"),
        *("move_link", "not_text", "new_password", "passwords_differ"),
        *("several_certificates", "zip_read_only", "form_unknown"),
        *("number_unknown", "path_empty", "path_stream"),
    ),
    Exit.REFUSED: ("declined", "cancelled", "refused", "crowded", "protocol_failed"),
    Exit.WRONG_CODE: ("wrong_code",),
    Exit.EXPIRED: ("expired", "not_available"),
    Exit.OFFLINE: (
        *("offline", "unavailable", "untrusted", "unexpected_answer"),
        *("too_many", "lost"),
    ),
    Exit.NOT_STORED: (
        *("not_kept", "other_key_here", "not_stored_there", "file_exists"),
        *("path_leads_out", "file_changed", "not_same", "name_too_long"),
        "passwd_left",
    ),
    Exit.NOT_SENDABLE: (
        *("no_certificate", "file_unreadable", "wrong_password", "key_unknown"),
        *("key_pem_encrypted", "file_duplicate", "replacement_left"),
        "passwd_unfinished",
        *("key_mismatch", "pfx_form", "not_movable", "path_too_long", "key_work"),
        *("file_forbidden", "file_too_large", "password_encoding"),
        *("certificate_revoked", "certificate_expired", "key_form", "key_plain"),
        *("key_missing", "pfx_damaged", "password_not_ascii"),
        *("bad_random_number", "bad_identity", "bad_identity_number"),
        *("vid_hash_unknown", "vid_missing", "vid_mismatch", "random_num_missing"),
        *("certificate_missing", "certificate_form", "certificate_not_yet_valid"),
        *("tree_too_large", "tree_too_deep", "path_unsafe", "zip_form", "zip_nested"),
        *("zip_too_large", "zip_encrypted", "pfx_several_keys", "der_form"),
        "pfx_other_entries",
        *("backup_form", "backup_newer", "backup_work", "backup_large"),
        *("backup_locked", "backup_other_sheets", "backup_damaged", "backup_empty"),
        *("sheet_words", "sheet_length", "sheet_checksum", "sheet_form"),
        *("sheet_other_set", "sheet_twice", "sheets_too_few", "sheets_wrong"),
    ),
}
_EXITS: Final = {code: exit_ for exit_, codes in MEANING.items() for code in codes}


def exit_for(code: str) -> Exit:
    """Return what a refusal before or in a pairing leaves with."""
    return _EXITS.get(code.removeprefix(SECOND_PAIR), Exit.REFUSED)


def exit_after(ending: Ending) -> Exit:
    """Return what a pairing that ended so leaves with."""
    if ending.stored:
        return Exit.DONE
    if ending.ended_by == "self" and ending.reason == "cancelled":
        return Exit.INTERRUPTED
    if ending.sender and ending.sent:
        return Exit.UNSURE
    return exit_for(cause(ending))


def cause(ending: Ending) -> str:
    """Return the code that says most about an end."""
    return ending.code or ending.reason
