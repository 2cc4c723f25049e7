/**
 * Return the digits in what a person typed, without what stands between them.
 *
 * The wide digits of a Korean keyboard are digits too.
 * @param {string} text
 * @returns {string} ASCII digits
 */
export function digitsIn(text) {
  return text.normalize("NFKC").replace(/\D/g, "");
}
