/**
 * BER made DER: what Firefox, Bouncy Castle and EJBCA write (X.690 8 and 10).
 *
 * Pure. Lengths become definite and shortest, and a string in pieces one string. What
 * is inside an OCTET STRING is not looked at: whoever reads on converts that by itself.
 * Twin of mobile_bridge/pki/ber.py; both read tests/vectors/ber.json.
 */

import { concat } from "../../lib/bytes.js";
import { CONSTRUCTED, TAG, element } from "./der_writer.js";
import { DerError } from "./errors.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {{tag: number, start: number, end: number | null}} Header */

export const MAX_DEPTH = 32;
export const MAX_BYTES = 128 * 1024;
const INDEFINITE = 0x80;
const END = 2;
const MAX_LENGTH_OCTETS = 4;
/** OCTET STRING and the character strings; a BIT STRING in pieces nobody writes. */
const STRINGS = new Set([
  ...[TAG.OCTET_STRING, TAG.UTF8, 0x12, 0x13, 0x14, 0x15, 0x16],
  ...[0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e],
]);

/**
 * Return the one element in `ber` in DER.
 * @param {Uint8Array} ber
 * @returns {Bytes}
 * @throws {DerError} when it is no BER, too large or deep, or something is behind it
 */
export function toDer(ber) {
  if (ber.length > MAX_BYTES) throw new DerError("too large");
  const { der, end } = elementAt(ber, 0, MAX_DEPTH);
  if (end !== ber.length) throw new DerError("something is behind it");
  return der;
}

/**
 * @param {Uint8Array} ber
 * @param {number} at
 * @param {number} depth how many elements may still lie in each other
 * @returns {{der: Bytes, end: number}}
 */
function elementAt(ber, at, depth) {
  const { tag, start, end } = headerAt(ber, at);
  if (!(tag & CONSTRUCTED)) {
    if (end === null) throw new DerError("indefinite, and without elements");
    return { der: element(tag, ber.subarray(start, end)), end };
  }
  if (depth === 0) throw new DerError("too deep");
  const parts = [];
  let next = start;
  while (!isAtEnd(ber, next, end)) {
    const part = elementAt(ber, next, depth - 1);
    parts.push(part.der);
    next = part.end;
  }
  const over = end ?? next + END;
  if (next > over) throw new DerError("longer than what holds it");
  return { der: constructed(tag, parts), end: over };
}

/** @param {Uint8Array} ber @param {number} at @param {number | null} end */
function isAtEnd(ber, at, end) {
  return end === null ? ber[at] === 0 && ber[at + 1] === 0 : at >= end;
}

/** @param {number} tag @param {Bytes[]} parts */
function constructed(tag, parts) {
  const string = tag & ~CONSTRUCTED;
  if (!STRINGS.has(string)) return element(tag, ...parts);
  if (parts.some(([first]) => first !== TAG.OCTET_STRING && first !== string))
    throw new DerError("not pieces of a string");
  return element(string, concat(...parts.map(contentOf)));
}

/** @param {Bytes} der */
function contentOf(der) {
  return der.subarray(2 + (der[1] & 0x80 ? der[1] & 0x7f : 0));
}

/** @param {Uint8Array} ber @param {number} at @returns {Header} */
function headerAt(ber, at) {
  if (at + 2 > ber.length || (ber[at] & 0x1f) === 0x1f) throw new DerError("no header");
  const [tag, first] = ber.subarray(at, at + 2);
  const start = at + 2;
  if (first === INDEFINITE) return { tag, start, end: null };
  const count = first > INDEFINITE ? first - INDEFINITE : 0;
  if (count > MAX_LENGTH_OCTETS) throw new DerError("length");
  const octets = ber.subarray(start, start + count);
  const size = count === 0 ? first : octets.reduce((sum, o) => sum * 256 + o, 0);
  const end = start + count + size;
  if (end > ber.length) throw new DerError("cut off");
  return { tag, start: start + count, end };
}
