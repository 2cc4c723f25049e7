/**
 * What the modules for keys and key files refuse, one class a reason; der/errors.js has
 * their base.
 */
import { PkiError } from "./der/errors.js";

/** The password does not open this key. */
export class WrongPasswordError extends PkiError {
  code = "wrong_password";
}

/** The key, or the way it is encrypted, is of a kind that cannot be used here. */
export class UnsupportedKeyError extends PkiError {
  code = "unsupported_key";
}

/** PKCS#12 readers disagree on a password that is not plain ASCII. */
export class PasswordNotAsciiError extends PkiError {
  code = "password_not_ascii";
}
