/**
 * The sentences of a script, in the language of its page.
 *
 * They are written here in English, collected when the script is bundled, translated in
 * the same catalogue as the templates, and carried by the page in a data block.
 */

/** @type {Record<string, string>} */
let messages = {};

/**
 * Use these translations from now on.
 * @param {Record<string, string>} translations English to the page's language
 */
export function setMessages(translations) {
  messages = translations;
}

/**
 * Return `sentence` in the language of the page, with its blanks filled in.
 * @param {string} sentence English; blanks are written `%(name)s`
 * @param {Record<string, string | number>} [blanks]
 * @returns {string}
 */
export function _(sentence, blanks = {}) {
  const message = messages[sentence] || sentence;
  return message.replace(/%\((\w+)\)s/g, (_whole, name) => String(blanks[name] ?? ""));
}
