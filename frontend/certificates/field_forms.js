/**
 * Whether a key file is in a form that the programs of the field read.
 */
import { KeyForm, readForm } from "../npki/key_file.js";

/** What they read in signPri.key: SEED, in three ways of deriving its key. */
const FIELD_FORMS = new Set(/** @type {string[]} */ ([KeyForm.A, KeyForm.B, KeyForm.C]));

/**
 * Tell whether a key can be written into an NPKI folder as it is.
 * @param {Uint8Array} key EncryptedPrivateKeyInfo
 */
export function isFieldForm(key) {
  try {
    return FIELD_FORMS.has(readForm(key));
  } catch {
    return false; // whoever opens it is told why
  }
}
