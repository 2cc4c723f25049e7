/**
 * What is said of files that a person brought, by code: what it is, and what to do now.
 *
 * Apart from error_messages.js, so that pages without files do not load it.
 */
import { messageForCode, messageOf } from "./error_messages.js";
import { errorCode } from "./errors.js";
import { _ } from "./i18n.js";

/** @typedef {import("./error_messages.js").ErrorText} ErrorText */

/** @type {Record<string, () => [string, string]>} */
const MESSAGES = {
  wrong_password: () => [
    _("This is not the password of this certificate."),
    _("Type it again. Capital letters matter, and whether the keyboard is in Korean."),
  ],
  key_missing: () => [
    _("The key (signPri.key) is missing here. A certificate without its key signs nothing."),
    _("Choose signCert.der and signPri.key together, or on a computer the whole folder."),
  ],
  certificate_missing: () => [
    _("The certificate (signCert.der) is missing here."),
    _("Choose signCert.der and signPri.key together, or on a computer the whole folder."),
  ],
  key_form: () => [
    _("The key file is damaged, or is no key."),
    _("Look for another copy, on your phone or a USB stick. The issuer can re-issue it."),
  ],
  certificate_form: () => [
    _("The certificate file is damaged, or is no certificate."),
    _("Look for another copy, on your phone or a USB stick. The issuer can re-issue it."),
  ],
  key_unknown: () => [
    _("The key is locked in a way that this page does not know."),
    _("Save it once more with the program that made it, as a .p12 or .pfx file."),
  ],
  key_pem_encrypted: () => [
    _("The key is PEM that OpenSSL locked in an old way of its own (Proc-Type: 4,ENCRYPTED). It is not read here."),
    _("Write it once more with openssl pkcs8 -topk8 -in old.key -out new.key, and choose the new file with its certificate."),
  ],
  replacement_left: () => [
    _("Replacing the certificate beside this folder was interrupted."),
    _("Save the newer one to this disk once more: that finishes what was begun, or takes it away where nothing was replaced yet."),
  ],
  file_duplicate: () => [
    _("Two files for the same thing lie here, and they differ. Only the first was looked at."),
    _("Put the right one into a folder of its own with the rest of its set, and choose that folder."),
  ],
  key_work: () => [
    _("The file asks for more work than any honest one does."),
    _("Do not use it, unless you know who made it."),
  ],
  key_plain: () => [
    _("This key has no password: whoever copies the file can sign with it."),
    _("Choose a password for it here, save it, and delete the file that has none."),
  ],
  key_mismatch: () => [
    _("The key is that of another certificate."),
    _("Files of two certificates were mixed. Look for the folder in which both lie together."),
  ],
  pfx_form: () => [
    _("The file is damaged, or is no .p12 file."),
    _("Export it once more with the program that has the certificate."),
  ],
  pfx_damaged: () => [
    _("The password is right, but the file was changed or damaged after it was made."),
    _("Export it once more with the program that has the certificate."),
  ],
  file_too_large: () => [
    _("The file is larger than any certificate or key."),
    _("Choose another one. Was something else saved under this name?"),
  ],
  file_unreadable: () => [
    _("The file could not be read."),
    _("Is the disk still plugged in? If the file is in a cloud, load it onto this device first."),
  ],
  file_forbidden: () => [
    _("The browser does not let this page read the file."),
    _("Choose it again and allow it, or copy it to another folder first."),
  ],
  tree_too_large: () => [
    _("There are more files here than this page looks through."),
    _('Choose the folder "NPKI" itself.'),
  ],
  tree_too_deep: () => [
    _("The file lies too deep in other folders."),
    _('Choose the folder "NPKI" itself.'),
  ],
  path_unsafe: () => [
    _("The archive has names in it that lead out of it."),
    _("Do not use it, unless you know who made it."),
  ],
  zip_form: () => [
    _("The zip file is damaged, or is none."),
    _("Pack it once more, or choose the files themselves."),
  ],
  zip_nested: () => [
    _("There is a zip file inside this zip file."),
    _("Unpack it first, then choose what was in it."),
  ],
  zip_too_large: () => [
    _("There is more in the zip file than this page unpacks."),
    _('Unpack it on your computer, then choose the folder "NPKI".'),
  ],
  zip_encrypted: () => [
    _("The zip file has a password of its own."),
    _("Unpack it first, then choose what was in it."),
  ],
  password_not_ascii: () => [
    _("A .p12 file needs a password without Korean letters."),
    _("Change its password first, or save it as an NPKI folder."),
  ],
};

/** Before the code of a problem of kmCert.der and kmPri.key (npki/sets/diagnosis.js). */
const SECOND_PAIR = "km_";

/**
 * Say what a code means for a file.
 * @param {string} code
 * @returns {ErrorText}
 */
export function fileMessageForCode(code) {
  if (code.startsWith(SECOND_PAIR)) {
    const { sentence, next } = fileMessageForCode(code.slice(SECOND_PAIR.length));
    const about = _("The second pair (kmCert.der, kmPri.key): %(what)s", { what: sentence });
    return { code, sentence: about, next };
  }
  if (!Object.hasOwn(MESSAGES, code)) return messageForCode(code);
  const [sentence, next] = MESSAGES[code]();
  return { code, sentence, next };
}

/** Say what an error means for a file. @param {unknown} error @returns {ErrorText} */
export function fileMessageOf(error) {
  const code = errorCode(error);
  const isOfFile = Object.hasOwn(MESSAGES, code) || code.startsWith(SECOND_PAIR);
  return isOfFile ? fileMessageForCode(code) : messageOf(error);
}
