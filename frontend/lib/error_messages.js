/**
 * What is said for each code: what happened, and what to do now.
 *
 * Here is what any page may have to say. A package adds the codes of its own
 * (`*_messages.js` beside it), so that a page carries only what it can say. A refusal by
 * the server brings its own sentence.
 */
import { errorCode } from "./errors.js";
import { ApiError } from "./http.js";
import { _ } from "./i18n.js";

/** @typedef {{code: string, sentence: string, next: string}} ErrorText */

/** Sentence and next step by code. @typedef {Record<string, () => [string, string]>} Messages */

/** @type {Messages} */
const MESSAGES = {
  offline: () => [
    _("The centre does not answer."),
    _("Check the network, then try again. What you have done so far is kept."),
  ],
  unexpected_answer: () => [
    _("The centre answered in a way this page does not understand."),
    _("Reload the page and try again. What you have done so far is kept."),
  ],
  part_not_loaded: () => [
    _("A part of this page could not be loaded."),
    _("Reload the page and try again. What you have done so far is kept."),
  ],
  link_empty: () => [
    _("The code was opened before, and its secret is no longer in the link."),
    _("Scan the code on the other screen once more."),
  ],
};

/** Say these codes too from now on. @param {Messages} messages */
export function addMessages(messages) {
  Object.assign(MESSAGES, messages);
}

/** Tell whether a code has a sentence of its own. @param {string} code */
export const hasMessage = (code) => Object.hasOwn(MESSAGES, code);

/**
 * Say what a code means.
 * @param {string} code
 * @returns {ErrorText}
 */
export function messageForCode(code) {
  // A code may come from outside.
  const [sentence, next] = (hasMessage(code) ? MESSAGES[code] : fallbackMessage)();
  return { code, sentence, next };
}

/**
 * Say what an error means; never its message, which is not for people.
 * @param {unknown} error
 * @returns {ErrorText}
 */
export function messageOf(error) {
  if (error instanceof ApiError && error.sentence) {
    return { code: error.code, sentence: error.sentence, next: error.next };
  }
  return messageForCode(errorCode(error) || "fault");
}

/** @returns {[string, string]} */
const fallbackMessage = () => [
  _("Something unexpected happened. Nothing of yours is lost."),
  _("Reload the page and try again. If it happens again, tell us the code below."),
];
