/**
 * What the modules for keys and key files refuse, one class a reason; der/errors.js has
 * their base.
 */
import { PkiError } from "./der/errors.js";

/** The password does not open this key. */
export class WrongPasswordError extends PkiError {
  constructor() {
    super("wrong_password", "the password does not open the key");
  }
}

/** The key, or the way it is encrypted, is of a kind that cannot be used here. */
export class UnsupportedKeyError extends PkiError {
  /** @param {string} detail */
  constructor(detail) {
    super("unsupported_key", detail);
  }
}

/** The file format wants a password of plain keyboard characters. */
export class PasswordNotAsciiError extends PkiError {
  constructor() {
    super("password_not_ascii", "PKCS#12 readers disagree on other characters");
  }
}
