/**
 * What is refused of key files and PKCS#12 files, one class a reason. Twin of the errors
 * in mobile_bridge/npki, by code.
 */
import { PkiError } from "../pki/der/errors.js";

/** These bytes are no PKCS#12 file, or a damaged one. */
export class PfxFormError extends PkiError {
  code = "pfx_form";
}

/** The password opens it, but the file was changed after it was written. */
export class PfxDamagedError extends PkiError {
  code = "pfx_damaged";
}

/** There is no private key in the file. */
export class KeyMissingError extends PkiError {
  code = "key_missing";
}

/** This private key is not encrypted. */
export class PlainKeyError extends PkiError {
  code = "key_plain";
}

/** The file is larger than one of its kind. */
export class TooLargeFileError extends PkiError {
  code = "file_too_large";
}

/** The key is not the certificate's. */
export class KeyMismatchError extends PkiError {
  code = "key_mismatch";
}

/** PKCS#12 readers disagree on a password that is not plain ASCII. */
export class PasswordNotAsciiError extends PkiError {
  code = "password_not_ascii";
}
