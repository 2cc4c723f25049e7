/**
 * A secret on sheets of paper: Shamir's secret sharing as SLIP-39 writes it in words.
 *
 * Pure. Splits into one group, reads groups of any shape. No kept library for browsers
 * passes the official vectors without Node's own modules; these pass them
 * (tests/vectors/slip39.json), as the Python side does with shamir-mnemonic. What varies
 * in time with a secret (tables) is run once, on the holder's own device.
 */
import { concat, copy, equal, utf8 } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import { WORDS } from "./slip39_words.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../lib/random.js").Random} Random */

/**
 * A sheet, read (SLIP-39, "Format of the share mnemonic").
 * @typedef {object} Sheet
 * @property {number} identifier 15 bits, the same on all sheets of a set
 * @property {boolean} isExtendable
 * @property {number} iterationExponent
 * @property {number} groupIndex
 * @property {number} groupThreshold
 * @property {number} groupCount
 * @property {number} index of the sheet in its group, from 0
 * @property {number} threshold so many sheets of the group are enough
 * @property {Bytes} value
 */

const RADIX_BITS = 10;
const CHECKSUM_WORDS = 3;
/** Identifier, flag and exponent: 2; indices and thresholds: 2; checksum: 3. */
const METADATA_WORDS = 7;
/** A secret of 128 bits. */
const MIN_WORDS = 20;
/** A secret of 512 bits; nobody writes more. */
const MAX_WORDS = 59;
const DIGEST_BYTES = 4;
const DIGEST_INDEX = 254;
const SECRET_INDEX = 255;
const ROUNDS = 4;
const BASE_ITERATIONS = 10_000;
/** Sheets of ours say 0; 2^15 times that would stop the page. */
const MAX_EXPONENT = 5;
const MAX_SHEETS = 16;

/**
 * These sheets give no secret. Codes: `sheet_words` (a word that is on no sheet; `word`
 * says the how manieth, from 1), `sheet_length`, `sheet_checksum` (a word is another
 * one, or in another place), `sheet_form`, `sheet_other_set`, `sheet_twice`,
 * `sheets_too_few`, `sheets_wrong` (each is whole, together they are none).
 */
export class SheetError extends CodedError {
  /** @param {string} code @param {{word?: number}} [more] */
  constructor(code, { word = 0 } = {}) {
    super(code);
    /** @readonly */ this.word = word;
  }
}

/**
 * Split a secret into one group of sheets.
 * @param {Uint8Array} secret 16 octets or more, an even number
 * @param {{threshold: number, count: number, random: Random}} options
 * @returns {Promise<string[]>} the words of each sheet
 */
export async function splitSecret(secret, { threshold, count, random }) {
  if (threshold < 2 || threshold > count || count > MAX_SHEETS)
    throw new RangeError("sheets");
  if (secret.length < 16 || secret.length % 2) throw new RangeError("secret");
  const [high, low] = random(2);
  const common = {
    identifier: ((high << 8) | low) & 0x7fff,
    isExtendable: true,
    iterationExponent: 0,
    groupIndex: 0,
    groupThreshold: 1,
    groupCount: 1,
    threshold,
  };
  const encrypted = await feistel(secret, common, [0, 1, 2, 3], "");
  const padding = random(secret.length - DIGEST_BYTES);
  const digest = await digestOf(padding, encrypted);
  const chosen = Array.from({ length: threshold - 2 }, (_, x) => ({
    x,
    y: random(secret.length),
  }));
  const points = [
    ...chosen,
    { x: DIGEST_INDEX, y: concat(digest, padding) },
    { x: SECRET_INDEX, y: encrypted },
  ];
  return Array.from({ length: count }, (_, index) =>
    writeSheet({ ...common, index, value: interpolate(points, index) }),
  );
}

/**
 * Return the secret that sheets were split from.
 * @param {string[]} texts the words of each sheet, as they were typed
 * @param {string} [passphrase] of the set itself; sheets of ours have none
 * @returns {Promise<Bytes>}
 * @throws {SheetError}
 */
export async function combineSheets(texts, passphrase = "") {
  const sheets = texts.map(readSheet);
  const [first] = sheets;
  if (first === undefined) throw new SheetError("sheets_too_few");
  if (sheets.some((sheet) => commonKey(sheet) !== commonKey(first)))
    throw new SheetError("sheet_other_set");
  const groups = groupByIndex(sheets);
  if (groups.size < first.groupThreshold) throw new SheetError("sheets_too_few");
  if (groups.size > first.groupThreshold) throw new SheetError("sheets_wrong");
  const points = [];
  for (const [x, members] of groups) points.push({ x, y: await recoverGroup(members) });
  const encrypted = await recover(points, first.groupThreshold);
  return feistel(encrypted, first, [3, 2, 1, 0], passphrase);
}

/**
 * Read one sheet. Words may be cut after their fourth letter.
 * @param {string} text
 * @returns {Sheet}
 * @throws {SheetError}
 */
export function readSheet(text) {
  const indices = readWords(text);
  if (indices.length < MIN_WORDS || indices.length > MAX_WORDS)
    throw new SheetError("sheet_length");
  const paddingBits = (RADIX_BITS * (indices.length - METADATA_WORDS)) % 16;
  if (paddingBits > 8) throw new SheetError("sheet_length");
  const header = (indices[0] << RADIX_BITS) | indices[1];
  const isExtendable = ((header >> 4) & 1) === 1;
  if (polymod([...customization(isExtendable), ...indices]) !== 1)
    throw new SheetError("sheet_checksum");
  const indicesAndCounts = (indices[2] << RADIX_BITS) | indices[3];
  const field = (/** @type {number} */ at) => (indicesAndCounts >> at) & 15;
  const [groupThreshold, groupCount] = [field(12) + 1, field(8) + 1];
  if (groupThreshold > groupCount) throw new SheetError("sheet_form");
  const iterationExponent = header & 15;
  if (iterationExponent > MAX_EXPONENT) throw new SheetError("sheet_form");
  return {
    identifier: header >> 5,
    isExtendable,
    iterationExponent,
    groupIndex: field(16),
    groupThreshold,
    groupCount,
    index: field(4),
    threshold: field(0) + 1,
    value: readValue(indices.slice(4, -CHECKSUM_WORDS), paddingBits),
  };
}

/**
 * Return the word that a typed one stands for: itself, or the one that begins so.
 * @param {string} typed
 * @returns {string | null}
 */
export function completeWord(typed) {
  const word = typed.toLowerCase();
  if (WORDS.includes(word)) return word;
  const matches = word.length < 4 ? [] : WORDS.filter((entry) => entry.startsWith(word));
  return matches.length === 1 ? matches[0] : null;
}

/** @param {string} text @returns {number[]} */
function readWords(text) {
  // Numbers of a printed sheet, commas and line ends separate words too.
  const typed = text.normalize("NFKC").split(/[^\p{L}]+/u).filter(Boolean);
  return typed.map((word, at) => {
    const complete = completeWord(word);
    if (complete === null) throw new SheetError("sheet_words", { word: at + 1 });
    return WORDS.indexOf(complete);
  });
}

/** @param {number[]} indices @param {number} paddingBits @returns {Bytes} */
function readValue(indices, paddingBits) {
  let value = 0n;
  for (const index of indices) value = (value << BigInt(RADIX_BITS)) | BigInt(index);
  const bits = indices.length * RADIX_BITS - paddingBits;
  if (value >> BigInt(bits)) throw new SheetError("sheet_form");
  const octets = new Uint8Array(bits / 8);
  for (let at = octets.length - 1; at >= 0; at -= 1) {
    octets[at] = Number(value & 0xffn);
    value >>= 8n;
  }
  return octets;
}

/** @param {Sheet} sheet @returns {string} */
function writeSheet(sheet) {
  const header =
    (sheet.identifier << 5) | (Number(sheet.isExtendable) << 4) | sheet.iterationExponent;
  const counts = [
    sheet.groupIndex,
    sheet.groupThreshold - 1,
    sheet.groupCount - 1,
    sheet.index,
    sheet.threshold - 1,
  ].reduce((all, part) => (all << 4) | part, 0);
  let value = 0n;
  for (const octet of sheet.value) value = (value << 8n) | BigInt(octet);
  const count = Math.ceil((sheet.value.length * 8) / RADIX_BITS);
  const data = Array.from({ length: count }, (_, at) =>
    Number((value >> BigInt(RADIX_BITS * (count - 1 - at))) & 1023n),
  );
  const words = [header >> RADIX_BITS, header & 1023, counts >> RADIX_BITS, counts & 1023];
  const all = [...words, ...data];
  return [...all, ...checksum(all, sheet.isExtendable)].map((at) => WORDS[at]).join(" ");
}

/** @param {boolean} isExtendable @returns {Bytes} */
const customization = (isExtendable) =>
  utf8(isExtendable ? "shamir_extendable" : "shamir");

/** @param {number[]} indices @param {boolean} isExtendable */
function checksum(indices, isExtendable) {
  const zeros = Array.from({ length: CHECKSUM_WORDS }, () => 0);
  const value = polymod([...customization(isExtendable), ...indices, ...zeros]) ^ 1;
  return [2, 1, 0].map((at) => (value >> (RADIX_BITS * at)) & 1023);
}

/** SLIP-39, "Checksum": a Reed-Solomon code over GF(1024). */
const GENERATOR = [
  ...[0xe0e040, 0x1c1c080, 0x3838100, 0x7070200, 0xe0e0009],
  ...[0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x3f3f120],
];

/** @param {number[]} values */
function polymod(values) {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 20;
    sum = ((sum & 0xfffff) << 10) ^ value;
    for (let bit = 0; bit < 10; bit += 1) if ((top >> bit) & 1) sum ^= GENERATOR[bit];
  }
  return sum;
}

/** What is the same on all sheets of a set. @param {Sheet} sheet */
const commonKey = (sheet) =>
  [
    sheet.identifier,
    sheet.isExtendable,
    sheet.iterationExponent,
    sheet.groupThreshold,
    sheet.groupCount,
    sheet.value.length,
  ].join();

/** @param {Sheet[]} sheets @returns {Map<number, Sheet[]>} */
function groupByIndex(sheets) {
  const groups = new Map();
  for (const sheet of sheets)
    groups.set(sheet.groupIndex, [...(groups.get(sheet.groupIndex) ?? []), sheet]);
  return groups;
}

/** @param {Sheet[]} sheets of one group */
async function recoverGroup(sheets) {
  const [{ threshold }] = sheets;
  if (sheets.some((sheet) => sheet.threshold !== threshold))
    throw new SheetError("sheet_other_set");
  if (new Set(sheets.map(({ index }) => index)).size !== sheets.length)
    throw new SheetError("sheet_twice");
  if (sheets.length < threshold) throw new SheetError("sheets_too_few");
  const points = sheets.slice(0, threshold).map(({ index: x, value: y }) => ({ x, y }));
  return recover(points, threshold);
}

/**
 * @param {{x: number, y: Bytes}[]} points
 * @param {number} threshold
 * @returns {Promise<Bytes>}
 */
async function recover(points, threshold) {
  if (threshold === 1) return points[0].y;
  const secret = interpolate(points, SECRET_INDEX);
  const digest = interpolate(points, DIGEST_INDEX);
  const expected = await digestOf(digest.slice(DIGEST_BYTES), secret);
  if (!equal(digest.slice(0, DIGEST_BYTES), expected)) throw new SheetError("sheets_wrong");
  return secret;
}

/** @param {Uint8Array} padding @param {Uint8Array} secret */
async function digestOf(padding, secret) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", copy(padding), algorithm, false, ["sign"]);
  const octets = await crypto.subtle.sign("HMAC", key, copy(secret));
  return new Uint8Array(octets).slice(0, DIGEST_BYTES);
}

/**
 * Encrypt or decrypt a secret: a Feistel network over PBKDF2 (SLIP-39, "Encryption").
 * @param {Uint8Array} secret
 * @param {Pick<Sheet, "identifier" | "isExtendable" | "iterationExponent">} common
 * @param {number[]} order of the rounds
 * @param {string} passphrase
 * @returns {Promise<Bytes>}
 */
async function feistel(secret, common, order, passphrase) {
  const { identifier, isExtendable, iterationExponent } = common;
  const salt = isExtendable
    ? new Uint8Array()
    : concat(utf8("shamir"), Uint8Array.of(identifier >> 8, identifier & 0xff));
  const iterations = (BASE_ITERATIONS << iterationExponent) / ROUNDS;
  let left = secret.slice(0, secret.length / 2);
  let right = secret.slice(secret.length / 2);
  for (const round of order) {
    const password = concat(Uint8Array.of(round), utf8(passphrase));
    const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, [
      "deriveBits",
    ]);
    const kdf = { name: "PBKDF2", hash: "SHA-256", salt: concat(salt, right), iterations };
    const stream = new Uint8Array(
      await crypto.subtle.deriveBits(kdf, base, right.length * 8),
    );
    [left, right] = [right, left.map((octet, at) => octet ^ stream[at])];
  }
  return concat(right, left);
}

const [EXP, LOG] = tables();

/** Powers of x + 1 in GF(256), and their logarithms. */
function tables() {
  const exp = new Uint8Array(255);
  const log = new Uint8Array(256);
  let value = 1;
  for (let power = 0; power < 255; power += 1) {
    exp[power] = value;
    log[value] = power;
    value ^= value << 1;
    if (value & 0x100) value ^= 0x11b;
  }
  return [exp, log];
}

/**
 * Return the polynomial through `points` at `x`, octet by octet (Lagrange).
 * @param {{x: number, y: Bytes}[]} points
 * @param {number} x
 * @returns {Bytes}
 */
function interpolate(points, x) {
  const there = points.find((point) => point.x === x);
  if (there) return there.y;
  const product = points.reduce((sum, point) => sum + LOG[point.x ^ x], 0);
  const result = new Uint8Array(points[0].y.length);
  for (const point of points) {
    const others = points.reduce((sum, other) => sum + LOG[point.x ^ other.x], 0);
    const basis = (((product - LOG[point.x ^ x] - others) % 255) + 255) % 255;
    point.y.forEach((octet, at) => {
      if (octet !== 0) result[at] ^= EXP[(LOG[octet] + basis) % 255];
    });
  }
  return result;
}
