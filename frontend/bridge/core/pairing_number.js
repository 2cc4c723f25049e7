/**
 * The twelve digits a person types where no camera is: eleven and a check digit.
 *
 * Twin of mobile_bridge/core/pairing_number.py. Pure. The number finds a pairing and is no
 * secret; its check digit spares the person a question to the relay that cannot be
 * answered. Its first digit says the direction, as the head of a QR code does.
 */

/** The digits are not a number that any device shows. */
export class NumberError extends Error {
  /** @readonly */ code = "number_mistyped";
}

/**
 * Damm's weakly totally anti-symmetric quasigroup of order 10: every single wrong digit
 * and every two neighbours exchanged are seen.
 */
const TABLE = [
  "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
  "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
];
const NUMBER = /^\d{12}$/;
// Hyphens and dashes of all kinds, and marks that a copy brings along unseen.
const BETWEEN = /[\s\p{Pd}\p{Cf}\u2212\u30fc]/gu;
const MAX_TEXT_LENGTH = 64;

/**
 * Return the twelve digits that a person typed, or null when they are mistyped.
 * @param {string} text with spaces or hyphens wherever the person put them
 * @returns {string | null}
 */
export function checkNumber(text) {
  if (text.length > MAX_TEXT_LENGTH) return null;
  // The wide digits of a Korean keyboard are digits too.
  const digits = text.normalize("NFKC").replace(BETWEEN, "");
  return NUMBER.test(digits) && damm(digits) === 0 ? digits : null;
}

/**
 * Return the direction that a number says: who types an odd one sends, who types one that
 * begins with 8 makes a key, and who types another even one receives.
 * @param {string} number
 * @returns {import("./protocol.js").Dir}
 */
export function directionFor(number) {
  if (number[0] === "8") return "GK";
  return Number(number[0]) % 2 === 0 ? "GS" : "SG";
}

/**
 * Return the number as it is shown: three groups of four.
 * @param {string} number
 * @returns {string}
 */
export function groupNumber(number) {
  return (number.match(/.{1,4}/g) ?? []).join(" ");
}

/**
 * Return the check digit of `digits`; 0 when they end with the right one.
 * @param {string} digits
 * @returns {number}
 */
export function damm(digits) {
  return [...digits].reduce((row, digit) => Number(TABLE[row][Number(digit)]), 0);
}
