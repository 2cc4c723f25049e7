/**
 * What people read where a key could not be opened for signing.
 */
import { messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { _ } from "../../lib/i18n.js";

/** What a file is refused with that is no .p12 file with a key of a certificate. */
const UNREADABLE = new Set([
  ...["bad_der", "unsupported_key", "key_form", "key_unknown", "key_work", "pfx_form"],
  ...["pfx_damaged", "key_missing", "file_too_large"],
]);

/**
 * @param {unknown} error
 * @returns {import("../../lib/error_messages.js").ErrorText}
 */
export function explainSigning(error) {
  const code = errorCode(error);
  if (!UNREADABLE.has(code)) return messageOf(error);
  const sentence = _("This file is of a kind that this page cannot read.");
  const next = _("Choose a .p12 file that was saved here, or use the browser.");
  return { code, sentence, next };
}
