/**
 * What is shown of a name in a certificate, and of any text from strangers.
 *
 * Pure. Twin of mobile_bridge/pki/names.py, which the CA asks too: what is certified passes
 * through here unchanged, and a foreign name is shown with U+FFFD in place of all that
 * hides, reorders or shows nothing. Both read tests/vectors/names.json.
 */

export const MAX_TEXT = 200;
/** More than any script piles on a letter. */
const MAX_MARKS = 4;
export const NO_NAME = "?";

// As ranges, because Python and browsers know different versions of Unicode (these are
// of 17): controls, format characters, default-ignorable ones, separators of lines,
// unpaired surrogates, private use, noncharacters, and letters and symbols that show
// nothing at all.
export const HIDDEN = new RegExp(
  "[\\0-\\x1F\\x7F-\\x9F\\xAD\\u034F\\u0600-\\u0605\\u061C\\u06DD\\u070F"
    + "\\u0890\\u0891\\u08E2\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F"
    + "\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\u2800\\u3164\\uD800-\\uF8FF"
    + "\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\u{110BD}\\u{110CD}"
    + "\\u{13430}-\\u{1343F}\\u{1BCA0}-\\u{1BCA3}\\u{1D159}\\u{1D173}-\\u{1D17A}"
    + "\\u{E0000}-\\u{E0FFF}\\u{F0000}-\\u{10FFFF}\\p{Noncharacter_Code_Point}]",
  "gu",
);
const PILED = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, "gu");
const SEEN = /[^\p{Zs}\p{M}]/u;
const NUMBER = /^[0-9][0-9A-Za-z-]*$/;

/**
 * Return `text` with every character that hides or reorders replaced by U+FFFD.
 * @param {string} text
 * @returns {string}
 */
export const plainText = (text) =>
  text.replace(HIDDEN, "\uFFFD").replace(PILED, "$1\uFFFD");

/**
 * Return what can be shown of a text; empty where nothing can.
 * @param {string} text
 * @returns {string}
 */
export function shown(text) {
  const visible = plainText(text).trim();
  const signs = [...visible];
  const cut = signs.length > MAX_TEXT
    ? `${signs.slice(0, MAX_TEXT - 1).join("").trimEnd()}…`
    : visible;
  return SEEN.test(cut) ? cut : "";
}

/**
 * Tell whether a text shows as what it is, and shows at all.
 * @param {unknown} text
 * @returns {text is string}
 */
export function isShownAsItIs(text) {
  return typeof text === "string" && [...text].length <= MAX_TEXT
    && SEEN.test(text) && plainText(text) === text;
}

/**
 * Return the part of a shown common name that people say.
 *
 * Holders are written `name(LATIN)number`, and the name of a company may have brackets
 * of its own. It is never empty where the common name is not.
 * @param {string} commonName
 * @returns {string}
 */
export function personIn(commonName) {
  const opens = commonName.lastIndexOf("(");
  const closes = commonName.indexOf(")", opens);
  const isWrittenSo = opens > 0 && closes > 0
    && NUMBER.test(commonName.slice(closes + 1));
  const end = isWrittenSo ? opens : commonName.indexOf("(");
  const person = end < 0 ? commonName : commonName.slice(0, end).trim();
  return SEEN.test(person) ? person : commonName;
}

/**
 * Return the last text of which something can be shown.
 *
 * The last part of a name is the most particular one (RFC 4514 2.1).
 * @param {string[]} texts
 * @returns {string}
 */
export const lastShown = (texts) => texts.map(shown).findLast(Boolean) ?? "";
