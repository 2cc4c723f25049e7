/**
 * What the PKI modules refuse, one class a reason.
 *
 * `code` is stable: pages turn it into a sentence. No message carries a secret.
 */

/** Base of everything that frontend/pki and frontend/npki refuse. */
export class PkiError extends Error {
  /**
   * @param {string} code
   * @param {string} detail for developers, never shown
   */
  constructor(code, detail) {
    super(detail);
    /** @readonly */ this.code = code;
  }
}

/** These bytes are not the DER that they should be. */
export class DerError extends PkiError {
  /** @param {string} detail */
  constructor(detail) {
    super("bad_der", detail);
  }
}

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
