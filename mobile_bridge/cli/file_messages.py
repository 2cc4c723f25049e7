"""What the terminal says of files: what is the matter, and what to do now. Pure.

Sentences that a page says too are the same ones (frontend/lib/file_messages.js).
"""

from typing import Final

from mobile_bridge.languages import N_
from mobile_bridge.npki.password_rule import Missing

# The sentence, and the next step.
FILE_MESSAGES: Final = {
    "wrong_password": (
        N_("This is not the password of this certificate."),
        N_(
            "Type it again. Capital letters matter, and whether the keyboard is in "
            "Korean."
        ),
    ),
    "key_missing": (
        N_(
            "The key (signPri.key) is missing here. A certificate without its key "
            "signs nothing."
        ),
        N_("Choose the whole folder in which it lies, not the certificate alone."),
    ),
    "certificate_missing": (
        N_("The certificate (signCert.der) is missing here."),
        N_("Choose the whole folder in which it lies, not the key alone."),
    ),
    "key_form": (
        N_("The key file is damaged, or is no key."),
        N_(
            "Look for another copy, on your phone or a USB stick. The issuer can "
            "re-issue it."
        ),
    ),
    "certificate_form": (
        N_("The certificate file is damaged, or is no certificate."),
        N_(
            "Look for another copy, on your phone or a USB stick. The issuer can "
            "re-issue it."
        ),
    ),
    "der_form": (
        N_("The certificate file is damaged, or is no certificate."),
        N_(
            "Look for another copy, on your phone or a USB stick. The issuer can "
            "re-issue it."
        ),
    ),
    "key_plain": (
        N_("This key has no password: whoever copies the file can sign with it."),
        N_("Give it one with certferry passwd."),
    ),
    "key_pem_encrypted": (
        N_(
            "The key is PEM that OpenSSL locked in an old way of its own (Proc-Type: "
            "4,ENCRYPTED). It is not read here."
        ),
        N_(
            "Write it once more: openssl pkcs8 -topk8 -in old.key -out new.key. Then "
            "name the new file."
        ),
    ),
    "replacement_left": (
        N_("Replacing the certificate beside this folder was interrupted."),
        N_(
            "Open the page that saved it and save the newer one to this disk once "
            "more: that finishes what was begun, or takes it away where nothing was "
            "replaced yet."
        ),
    ),
    "passwd_unfinished": (
        N_("A change of the password of these files was interrupted."),
        N_("Run certferry passwd on them: it finishes that first."),
    ),
    "passwd_left": (
        N_(
            "A change of the password was interrupted here, and the files were changed "
            "since, so it is not finished."
        ),
        N_(
            "The new files of then lie in the folder .certferry-replacement beside "
            "them. Delete that folder when the files here open."
        ),
    ),
    "file_duplicate": (
        N_(
            "Two files for the same thing lie here, and they differ. Only the first "
            "was looked at."
        ),
        N_(
            "Put the right one into a folder of its own with the rest of its set, and "
            "name that folder."
        ),
    ),
    "key_mismatch": (
        N_("The key is that of another certificate."),
        N_(
            "Files of two certificates were mixed. Look for the folder in which both "
            "lie together."
        ),
    ),
    "pfx_form": (
        N_("The file is damaged, or is no .p12 file."),
        N_("Export it once more with the program that has the certificate."),
    ),
    "pfx_damaged": (
        N_(
            "The password is right, but the file was changed or damaged after it was "
            "made."
        ),
        N_("Export it once more with the program that has the certificate."),
    ),
    "pfx_other_entries": (
        N_(
            "There is more than a key and its certificates in this .p12 file; written "
            "again it would lose the rest."
        ),
        N_("Change its password with the program that made it."),
    ),
    "pfx_several_keys": (
        N_(
            "There is more than one key in this .p12 file; written again it would "
            "lose some."
        ),
        N_("Change its password with the program that made it."),
    ),
    "certificate_expired": (
        N_("The last day of this certificate is over."),
        N_("Get a new one from its issuer. This one can be deleted."),
    ),
    "certificate_not_yet_valid": (
        N_("This certificate is not valid yet."),
        N_("Is the clock of this computer right? Else wait until its first day."),
    ),
    "random_num_missing": (
        N_(
            "R (randomNum) is not in the key. Without it nobody can check that the "
            "certificate is yours; a program has lost it on the way."
        ),
        N_("Use an older copy of the key file, or have the certificate re-issued."),
    ),
    "vid_missing": (
        N_("The certificate has no VID, so the number cannot be checked with it."),
        N_("Ask its issuer for a certificate that carries one."),
    ),
    "vid_mismatch": (
        N_(
            "Number and R do not make the VID of this certificate: it is of another "
            "number."
        ),
        N_("Check the digits of the number; else it is somebody else's certificate."),
    ),
    "tree_too_large": (
        N_("There is more here than is looked through, so not everything was seen."),
        N_('Name the folder "NPKI" itself.'),
    ),
    "tree_too_deep": (
        N_("The file lies too deep in other folders."),
        N_('Name the folder "NPKI" itself.'),
    ),
    "path_unsafe": (
        N_("The archive has names in it that lead out of it."),
        N_("Do not use it, unless you know who made it."),
    ),
    "zip_form": (
        N_("The zip file is damaged, or is none."),
        N_("Pack it once more, or name the folder itself."),
    ),
    "zip_nested": (
        N_("There is a zip file inside this zip file."),
        N_("Unpack it, then name the folder."),
    ),
    "zip_too_large": (
        N_("There is more in the zip file than is unpacked here."),
        N_("Unpack it, then name the folder."),
    ),
    "zip_encrypted": (
        N_("The zip file has a password of its own."),
        N_("Unpack it, then name the folder."),
    ),
    "zip_read_only": (
        N_("What lies in a zip file is not changed there."),
        N_("Unpack it, then name the folder."),
    ),
    "form_unknown": (
        N_("There is no such form to convert to."),
        N_("Use npki-a, npki-b, p12, p12-older, zip or pem."),
    ),
    "several_certificates": (
        N_("There is more than one certificate here."),
        N_(
            "Name the folder or file of the one that you mean; or give its number in "
            "the list with --which."
        ),
    ),
    "number_unknown": (
        N_("There is no certificate of this number in the list."),
        N_("Give a number of the list with --which."),
    ),
    "path_empty": (
        N_("A path is empty."),
        N_("Name the folder or file; the folder that you are in is a dot (.)."),
    ),
    "path_stream": (
        N_("- is no file here: keys go neither through a pipe nor onto a screen."),
        N_("Name a file or folder; one that has this name is ./-"),
    ),
    "name_too_long": (
        N_("The name or path is longer than this system allows; nothing was written."),
        N_("Choose a shorter one."),
    ),
    "file_exists": (
        N_("A file of that name is there already; it is not overwritten."),
        N_("Choose another name."),
    ),
    "other_key_here": (
        N_(
            "A folder of that certificate's name is there with other files, which stay."
        ),
        N_("Choose another folder."),
    ),
    "path_leads_out": (
        N_("A folder on the way is a link or a file: it would be written elsewhere."),
        N_("Choose another folder."),
    ),
    "file_changed": (
        N_("Another program has changed the file meanwhile; nothing was written."),
        N_("Start again."),
    ),
    "not_same": (
        N_("What was written does not open to the same bytes, so it was not kept."),
        N_("Nothing has changed. Please report this with the kind of file."),
    ),
    "new_password": (
        N_("The new password does not keep to the rule."),
        N_("Choose another one."),
    ),
    "passwords_differ": (
        N_("The two new passwords are not the same."),
        N_("Type both again."),
    ),
}
MISSING: Final = {
    Missing.LENGTH: N_("at least 10 characters"),
    Missing.DIGIT: N_("a digit"),
    Missing.LETTER: N_("a letter (A to Z)"),
    Missing.SPECIAL: N_("a special character"),
    Missing.FORBIDDEN: N_("none of ' \" \\ |, no blank, and no Korean letters"),
}
