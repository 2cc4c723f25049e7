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
