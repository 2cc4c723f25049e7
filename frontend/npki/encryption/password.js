/**
 * What a password may stand for: UTF-8, or CP949 of Korean systems before it.
 *
 * Pure. Platforms decode CP949 and do not encode it, so that its table is made here from
 * their decoder, when a password first needs it. Twin of mobile_bridge/npki/encryption/password.py.
 */

import { concat, copy, equal, utf8 } from "../../lib/bytes.js";
import { utf16 } from "../../pki/der/der_writer.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

const NEWLINE = 0x0a;
const KS_X_1001 = range(0xa1, 0xfe);
/** The second bytes of what CP949 adds to KS X 1001. */
const ADDED_SECONDS = [...range(0x41, 0x5a), ...range(0x61, 0x7a), ...range(0x81, 0xfe)];
/** What KS X 1001 got in 1998, and some decoders have not. */
const ADDED_SIGNS = /** @type {[string, number[]][]} */ ([
  ["€", [0xa2, 0xe6]],
  ["®", [0xa2, 0xe7]],
]);
const PRIVATE_USE = /[\uE000-\uF8FF\uFFFD]/;

/** @type {Map<string, number[]> | undefined} */
let table;

/**
 * Return the bytes that a password may stand for, the likeliest first, each once.
 *
 * A Mac may hand over the parts of a syllable, where the key was made with the whole.
 * @param {string} password
 * @returns {Bytes[]}
 */
export function candidateSecrets(password) {
  const texts = [password, password.normalize("NFC")];
  const older = texts.map(encodeCp949).filter((octets) => octets !== null);
  return distinct([...texts.map(utf8), ...older]);
}

/**
 * Return what a password may be for the key derivation of PKCS#12 (RFC 7292 B.1): big-
 * endian UTF-16 with a closing zero.
 * @param {string} password
 * @returns {Bytes[]}
 */
export function candidateCharacters(password) {
  const texts = [password, password.normalize("NFC")];
  // OpenSSL before 1.1 made a character of each octet.
  const single = candidateSecrets(password)
    .map((octets) => Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
  const written = [...texts, ...single].map(terminated);
  // An absent password is not an empty one, and programs disagree which they mean.
  return distinct(password === "" ? [...written, new Uint8Array()] : written);
}

/**
 * Return a password as PKCS#12 derives keys from it.
 * @param {string} password
 * @returns {Bytes}
 */
export const terminated = (password) => concat(utf16(password), Uint8Array.of(0, 0));

/**
 * Return `text` in CP949, or null where it has characters that CP949 has not.
 * @param {string} text
 * @returns {Bytes | null}
 */
export function encodeCp949(text) {
  if (/^[\0-\x7f]*$/.test(text)) return utf8(text);
  table ??= buildTable();
  const octets = [];
  for (const character of text) {
    const encoded =
      character < "\x80" ? [character.charCodeAt(0)] : table.get(character);
    if (encoded === undefined) return null;
    octets.push(...encoded);
  }
  return copy(octets);
}

/** @returns {Map<string, number[]>} */
function buildTable() {
  const pairs = KS_X_1001.flatMap((first) => KS_X_1001.map((second) => [first, second]));
  // A line each, so that a pair without a character cannot spoil the next.
  const lines = new TextDecoder("euc-kr")
    .decode(Uint8Array.from(pairs.flatMap((pair) => [...pair, NEWLINE])))
    .split("\n");
  const signs = new Map(
    pairs
      .map((pair, i) => /** @type {[string, number[]]} */ ([lines[i], pair]))
      .filter(([line]) => [...line].length === 1 && !PRIVATE_USE.test(line)),
  );
  return addSyllables(new Map([...signs, ...ADDED_SIGNS]));
}

/**
 * Add the syllables that KS X 1001 has not. CP949 has them in the order of Unicode, in
 * what is free; some decoders stop at KS X 1001.
 * @param {Map<string, number[]>} signs
 */
function addSyllables(signs) {
  const syllables = range(0xac00, 0xd7a3).map((point) => String.fromCodePoint(point));
  const added = syllables.filter((syllable) => !signs.has(syllable));
  const free = range(0x81, 0xc6).flatMap((first) =>
    ADDED_SECONDS.filter((second) => first < 0xa1 || second < 0xa1)
      .map((second) => [first, second]));
  added.forEach((syllable, i) => signs.set(syllable, free[i]));
  return signs;
}

/** @param {number} first @param {number} last */
function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** @param {Bytes[]} values */
const distinct = (values) =>
  values.filter((value, at) => values.findIndex((one) => equal(one, value)) === at);
