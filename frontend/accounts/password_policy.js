/**
 * The rule for a new certificate password: what it must have (all Korean centres, since
 * 2014), and what is too easy to guess, which is the site's rule too.
 *
 * Old passwords must still open old files: nothing here is asked when a key is opened.
 * `missingRequirements` is the twin of `mobile_bridge/npki/password_rule.py`; both read
 * `tests/vectors/password_rule.json`.
 * `weakness` is the twin of `webapp/accounts/password_policy.py`; both read
 * `tests/vectors/passwords.json`.
 */
import { WORDS } from "./common_passwords.js";

const LENGTH = 10;

/** @typedef {"length" | "digit" | "letter" | "special" | "forbidden"} Missing */
/** @typedef {"personal" | "common" | "simple"} Weakness */

/** @type {ReadonlyArray<readonly [Missing, (password: string) => boolean]>} */
const REQUIREMENTS = Object.freeze([
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
export function missingRequirements(password) {
  return REQUIREMENTS.filter(([, holds]) => !holds(password)).map(([part]) => part);
}

/**
 * Return why a password is easy to guess, or null.
 * @param {string} password
 * @param {readonly string[]} personalFacts what others know of the person: ID, names, date of
 *   birth as eight digits
 * @returns {Weakness | null}
 */
export function weakness(password, personalFacts) {
  const text = password.normalize("NFKC").toLowerCase();
  const facts = personalFacts.flatMap(spellings);
  const plain = text.replace(NO_SIGNS, "");
  if (facts.some((fact) => isTelling(fact) && plain.includes(fact))) return "personal";
  const joined = text.replace(NO_SEPARATORS, "");
  let rest = joined.replace(COMMON, " ");
  const hasWords = rest !== joined;
  for (const simple of [DATES, REPEATED, ROWS]) rest = rest.replace(simple, " ");
  rest = rest.replace(NO_SIGNS, "");
  if ([...rest].length < MIN_UNCOMMON) return hasWords ? "common" : "simple";
  for (const fact of facts.sort((a, b) => lengthOf(b) - lengthOf(a)))
    rest = rest.replaceAll(fact, "");
  return [...rest].length < MIN_UNCOMMON ? "personal" : null;
}

/** How people write a fact: whole, its parts, a date without the century. */
function spellings(/** @type {string} */ fact) {
  const text = fact.normalize("NFKC").toLowerCase();
  if (/^[0-9]{8}$/.test(text)) return [text, text.slice(2)];
  const parts = text
    .split(/\s+/)
    .map((part) => part.replace(NO_SIGNS, ""))
    .filter((part) => part !== "");
  const forms = [parts.join(""), [...parts].reverse().join(""), ...parts];
  return forms.filter((form) => lengthOf(form) >= (isAscii(form) ? 3 : 2));
}

/** Shorter ones are also parts of other words: "lee" stands in "sleep". */
const isTelling = (/** @type {string} */ fact) => lengthOf(fact) >= 4 || !isAscii(fact);

const isAscii = (/** @type {string} */ text) => /^[\0-\x7f]*$/.test(text);

const lengthOf = (/** @type {string} */ text) => [...text].length;

const MIN_UNCOMMON = 4; // letters and digits, beside what anybody tries
/** @type {Readonly<Record<string, string>>} */
const LEET = Object.freeze({
  a: "@4",
  b: "8",
  e: "3",
  g: "9",
  i: "1!",
  l: "1!",
  o: "0",
  s: "$5",
  t: "7+",
});
const KEY_ROWS = Object.freeze([
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "qazwsxedcrfvtgbyhnujm",
]);
const NO_SIGNS = /[^a-z0-9\u{80}-\u{10ffff}]/gu;
const NO_SEPARATORS = /[^a-z0-9@!$+\u{80}-\u{10ffff}]/gu;
const COMMON = new RegExp(WORDS.map(leet).join("|"), "gu");
const DATES =
  /(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:19|20)[0-9]{2}/gu;
const REPEATED = /([^ ]{1,4})\1{2,}/gu;
const ROWS = new RegExp(keyRuns().join("|"), "gu");

function leet(/** @type {string} */ word) {
  return [...word].map((letter) => `[${letter}${LEET[letter] ?? ""}]`).join("");
}

/** Three or more neighbours of a row, either way, longest first. */
function keyRuns() {
  /** @type {Set<string>} */
  const runs_ = new Set();
  for (const keys of KEY_ROWS)
    for (const row of [keys, [...keys].reverse().join("")])
      for (let at = 0; at + 3 <= row.length; at += 1)
        for (let end = at + 3; end <= row.length; end += 1)
          runs_.add(row.slice(at, end));
  return [...runs_].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}
