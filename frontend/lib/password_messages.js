/**
 * What is said where a password does not open a key: a field that was left empty is told
 * from a password that is another one.
 */
import { messageOf } from "./error_messages.js";
import { errorCode } from "./errors.js";
import { _ } from "./i18n.js";

/** @typedef {import("./error_messages.js").ErrorText} ErrorText */

/**
 * Say what an error means after `typed` was tried. An empty password is tried too, for
 * some files have one.
 * @param {unknown} error
 * @param {string} typed
 * @param {(error: unknown) => ErrorText} [explain] what any other error means
 * @returns {ErrorText}
 */
export function passwordErrorOf(error, typed, explain = messageOf) {
  if (typed !== "" || errorCode(error) !== "wrong_password") return explain(error);
  return {
    code: "password_missing",
    sentence: _("No password was typed."),
    next: _("Type the certificate password."),
  };
}
