/**
 * How much work a file may ask for before a password can be tried.
 *
 * Pure. The figures come from the file, and would stop the page, or the device. Twin of
 * mobile_bridge/npki/encryption/kdf_limits.py.
 */

import { DerError, PkiError } from "../../../pki/der/errors.js";

/** @typedef {import("../../../pki/der/der_reader.js").Element} Element */

/** Of one key; OWASP asks for 600,000. */
export const MAX_ROUNDS = 10_000_000;
/** Of all parts of a file together. */
const MAX_ROUNDS_OF_A_FILE = 2 * MAX_ROUNDS;
export const MAX_SCRYPT_N = 2 ** 20;
/** N r p: a gibibyte once. */
export const MAX_SCRYPT_WORK = 2 ** 23;
export const MAX_KEY_BYTES = 64;
/** N r p as OpenSSL asks for it: some 60 ms. */
const SHORT_SCRYPT_WORK = 2 ** 17;
/** Some 20 ms: what a page has done itself before a worker is there. */
const SHORT_ROUNDS_OF_SHA1 = 40_000;
/** Of the library's hashes, which take five times as long as our own SHA-1. */
const SHORT_ROUNDS = SHORT_ROUNDS_OF_SHA1 / 5;

/** It asks for more work than any honest file does. */
export class TooMuchWorkError extends PkiError {
  code = "key_work";
}

/**
 * Read a number from 1 on.
 * @param {Element} element
 * @param {number} maximum
 * @returns {number}
 * @throws {TooMuchWorkError} when it is larger
 * @throws {DerError} when it is no such number
 */
export function readCount(element, maximum) {
  const content = element.integer();
  if (content[0] & 0x80) throw new DerError("a number below zero");
  // Shortest form: seven octets are exact, and more are larger than any maximum.
  if (content.length > 7) throw new TooMuchWorkError();
  const number = content.reduce((value, octet) => value * 256 + octet, 0);
  if (number > maximum) throw new TooMuchWorkError();
  if (number < 1) throw new DerError("zero");
  return number;
}

/**
 * Accept what the parts of one file ask for together.
 * @param {number[]} works rounds, or N r p
 * @throws {TooMuchWorkError} when it is too much
 */
export function checkTotalWork(works) {
  if (works.reduce((sum, work) => sum + work, 0) > MAX_ROUNDS_OF_A_FILE)
    throw new TooMuchWorkError();
}

/**
 * Tell whether a page hashes so often by itself, and needs no worker.
 * @param {string} hash
 * @param {number} rounds
 */
export const isShort = (hash, rounds) =>
  rounds <= (hash === "SHA-1" ? SHORT_ROUNDS_OF_SHA1 : SHORT_ROUNDS);

/**
 * Tell the same of scrypt.
 * @param {{n: number, r: number, p: number}} cost
 */
export const isShortScrypt = ({ n, r, p }) => n * r * p <= SHORT_SCRYPT_WORK;
