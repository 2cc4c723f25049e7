/**
 * What the modules for keys refuse; der/errors.js has the base.
 */
import { PkiError } from "./der/errors.js";
import "./pki_messages.js";

/** The key is of a kind that cannot be used here. */
export class UnsupportedKeyError extends PkiError {
  code = "unsupported_key";
}
