"""What the terminal says, by the code of a refusal or the reason of an end.

Pure. What a command leaves with stands in exit_codes.py; translations are in the
catalogue.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mobile_bridge.cli.backup_messages import BACKUP_MESSAGES
from mobile_bridge.cli.exit_codes import SECOND_PAIR
from mobile_bridge.cli.file_messages import FILE_MESSAGES
from mobile_bridge.languages import LANGUAGES, N_, SOURCE_LANGUAGE

# What happened, why, what now. Of files the first sentence alone.
ERROR_MESSAGES: Final = {
    **{code: sentence for code, (sentence, _) in FILE_MESSAGES.items()},
    **{code: sentence for code, (sentence, _) in BACKUP_MESSAGES.items()},
    "wrong_code": N_(
        "Three wrong codes: the pairing is over. Start again for a fresh one."
    ),
    "declined": N_("It was declined."),
    "cancelled": N_("It was cancelled."),
    "crowded": N_(
        "A third device joined, so it was ended. Start again for a fresh code."
    ),
    "expired": N_("The time was over. Start again for a fresh code."),
    "refused": N_("The other device ended it. Its screen says why."),
    "protocol_failed": N_(
        "The two devices could not make sure of each other. Start again."
    ),
    "not_available": N_(
        "There is no such pairing: it is over, used, or was never there."
    ),
    "too_many": N_("There were too many attempts. Wait a minute, then start again."),
    "offline": N_("The centre cannot be reached. Check the address and the network."),
    "unavailable": N_("The centre cannot do this just now. Try again in a minute."),
    "untrusted": N_(
        "The centre's TLS certificate is not trusted. A demo's root goes with --ca."
    ),
    "unexpected_answer": N_(
        "This address does not answer like a centre. Check the address."
    ),
    "bundle_refused": N_(
        "What came is not what the other device announced. Start again."
    ),
    "not_movable": N_(
        "These files cannot be moved: the key is not encrypted, a file is too "
        "large, or the certificate cannot be read."
    ),
    "not_kept": N_(
        "It could not be written. Check the folder and the space on the disk."
    ),
    "not_stored_there": N_(
        "The other device could not store it. Its screen says what is in the way."
    ),
    "other_key_here": N_(
        "The same certificate is there with other files, which are not "
        "overwritten. Choose another folder with --to."
    ),
    "no_certificate": N_(
        "There is no certificate with its key. Name a folder with signCert.der "
        "and signPri.key, or a .p12, .pem or .zip file."
    ),
    "file_unreadable": N_("The file is not there, or cannot be read."),
    "path_too_long": N_(
        "The path is longer than this system allows. Move the files to a shorter one."
    ),
    "file_forbidden": N_(
        "You may not read this file or folder. Change its permissions, or copy it."
    ),
    "file_too_large": N_(
        "The file is too large for a certificate or a key. Is it the right one?"
    ),
    "password_encoding": N_(
        "The password did not come in UTF-8, and does not open the key. Type it "
        "here, or give it in UTF-8."
    ),
    "key_work": N_(
        "The file asks for more work than an honest one does, so nothing was "
        "tried. Save it again with the program it came from."
    ),
    "not_text": N_(
        "What was typed is not text in this terminal's encoding. Set LANG to UTF-8."
    ),
    "wrong_password": N_("The password does not open the key."),
    "key_unknown": N_("The key is encrypted in a way that this program cannot open."),
    "bad_random_number": N_(
        "The random number in this key, which proves whose it is, cannot be read. "
        "Use the file it came from, or get a new certificate."
    ),
    "bad_identity": N_(
        "What this certificate says of its holder's identity cannot be read. Use "
        "the file it came from, or ask who issued it."
    ),
    "bad_identity_number": N_(
        "The holder's number has 1 to 64 digits and nothing else. Type it again."
    ),
    "vid_hash_unknown": N_(
        "This certificate proves its holder's number in a way that this program "
        "does not know. Ask who issued it."
    ),
    "key_form": N_(
        "This is no encrypted key file, or it is damaged; no password can help. Take "
        "another copy of it."
    ),
    "key_plain": N_(
        "No password protects this key, so it is not taken as it is. Give it a "
        "password with certferry convert."
    ),
    "key_missing": N_(
        "There is no private key in it. Export the certificate again, with its key."
    ),
    "pfx_damaged": N_(
        "The password is right, but the file was changed or damaged after it was "
        "written. Take another copy of it."
    ),
    "password_not_ascii": N_(
        "A PKCS#12 file is only written under a password of signs "
        "that every program reads alike (ASCII)."
    ),
    "key_mismatch": N_("The key does not belong to the certificate."),
    "pfx_form": N_(
        "This is not a PKCS#12 file with an encrypted key that can be read."
    ),
    "certificate_revoked": N_(
        "This certificate was revoked for good. It is of no use anywhere, so it "
        "is not sent. You can delete its files."
    ),
    "certificate_expired": N_(
        "The last day of this certificate is over, so it is not sent. Get a new one."
    ),
    "centre_missing": N_(
        "Which centre? Give --centre https://HOST or CERTFERRY_CENTRE."
    ),
    "centre_unknown": N_(
        "The centre's address is https://HOST, or http:// on this computer only."
    ),
    "ca_file": N_("The file given with --ca is not a root certificate in PEM."),
    "link_unknown": N_("This is not a link of this centre for moving a certificate."),
    "link_direction": N_(
        "This link goes the other way: the other device does the same as this one."
    ),
    "number_wrong": N_(
        "This is not a number of a pairing: twelve digits, and one may be mistyped."
    ),
    "move_pfx": N_(
        "Only a folder can be moved. Send a .p12 or .zip file without --move."
    ),
    "nobody_answers": N_(
        "Nobody answers here: there is nothing more to read from the input."
    ),
    "move_link": N_(
        "A symbolic link is not moved: the file it leads to would stay. Name the "
        "folder with the files themselves, or send without --move."
    ),
    "fault": N_("Something broke in this program."),
}


_OF_SECOND_PAIR: Final = N_("Second pair (kmCert.der, kmPri.key): %(problem)s")


def error_message(code: str) -> str:
    """Return what a code or a reason means to a person, in English.

    How a pairing ended can always be said: an unknown code is a failed protocol.
    """
    return ERROR_MESSAGES.get(code) or ERROR_MESSAGES["protocol_failed"]


def file_message(code: str, gettext: Callable[..., str]) -> str:
    """Return what a code means for a file, and the next step, in one language."""
    if code.startswith(SECOND_PAIR):
        problem = file_message(code.removeprefix(SECOND_PAIR), gettext)
        return gettext(_OF_SECOND_PAIR, problem=problem)
    messages = FILE_MESSAGES.get(code) or BACKUP_MESSAGES.get(code)
    if messages:
        return " ".join(map(gettext, messages))
    return gettext(error_message(code))


def system_language(environment: Mapping[str, str]) -> str:
    """Return the language of the system as POSIX names it; English if unknown."""
    names = [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    locale = next((name for name in names if name), "")
    code = locale[:2].lower()
    return code if code in LANGUAGES else SOURCE_LANGUAGE
