/**
 * The rule for a new certificate password (all Korean centres, since 2014).
 *
 * Old passwords must still open old files: nothing here is asked when a key is opened.
 */

const LENGTH = 10;

/** @typedef {"length" | "digit" | "letter" | "special" | "forbidden"} Missing */

/** @type {ReadonlyArray<readonly [Missing, (password: string) => boolean]>} */
const RULES = Object.freeze([
  ["length", (password) => [...password].length >= LENGTH],
  ["digit", (password) => /[0-9]/.test(password)],
  ["letter", (password) => /[A-Za-z]/.test(password)],
  ["special", (password) => /[!#-&(-/:-@[\]^_`{}~]/.test(password)],
  // ' " \ | break old programs; readers of key files disagree on what is not ASCII.
  ["forbidden", (password) => /^(?:(?!['"\\|])[!-~])*$/.test(password)],
]);

/**
 * Return what a password still lacks, in the order of the rule.
 * @param {string} password
 * @returns {Missing[]}
 */
export function missingParts(password) {
  return RULES.filter(([, holds]) => !holds(password)).map(([part]) => part);
}
