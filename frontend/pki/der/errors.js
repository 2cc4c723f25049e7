/** Base of everything that frontend/pki and frontend/npki refuse; no message has a secret. */
import "./der_messages.js";
export class PkiError extends Error {
  /** Stable: pages turn it into a sentence. @type {string} */ code = "pki";
}

/** These bytes are not the DER that they should be. */
export class DerError extends PkiError {
  code = "bad_der";
}
