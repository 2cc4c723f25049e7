/**
 * DER, written: a small set of builders (X.690).
 *
 * Pure. der_reader.js reads.
 */

import { concat, utf8 } from "../../lib/bytes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

export const TAG = Object.freeze({
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  UTF8: 0x0c,
  NUMERIC: 0x12,
  PRINTABLE: 0x13,
  T61: 0x14,
  IA5: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  GRAPHIC: 0x19,
  VISIBLE: 0x1a,
  GENERAL: 0x1b,
  UNIVERSAL: 0x1c,
  BMP: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
});

/** The bit of an identifier octet that says: elements inside. */
export const CONSTRUCTED = 0x20;

const CONTEXT = 0x80;

/**
 * Return one element: tag, shortest length, contents.
 * @param {number} tag
 * @param {...Uint8Array} contents
 * @returns {Bytes}
 */
export function element(tag, ...contents) {
  const content = concat(...contents);
  return concat(Uint8Array.of(tag, ...lengthOctets(content.length)), content);
}

/** @param {...Uint8Array} parts */
export const sequence = (...parts) => element(TAG.SEQUENCE, ...parts);

/**
 * Return SET OF the parts, in the order of their bytes (X.690 11.6).
 * @param {...Uint8Array} parts
 */
export const setOf = (...parts) => element(TAG.SET, ...[...parts].sort(byBytes));

/** @param {Uint8Array} bytes */
export const octetString = (bytes) => element(TAG.OCTET_STRING, bytes);

/** @param {Uint8Array} bytes whole bytes: no unused bits */
export const bitString = (bytes) => element(TAG.BIT_STRING, Uint8Array.of(0), bytes);

/** @param {string} text */
export const utf8String = (text) => element(TAG.UTF8, utf8(text));

export const nullValue = () => element(TAG.NULL);

/**
 * Return a Time in whole seconds of UTC: UTCTime to the end of 2049, GeneralizedTime
 * after it (RFC 5652 11.3).
 * @param {Date} date
 * @returns {Bytes}
 */
export function time(date) {
  const text = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  const isShort = date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050;
  return isShort
    ? element(TAG.UTC_TIME, utf8(text.slice(2)))
    : element(TAG.GENERALIZED_TIME, utf8(text));
}

/**
 * Return [n] EXPLICIT, or [n] IMPLICIT of something constructed.
 * @param {number} n
 * @param {...Uint8Array} parts
 */
export const tagged = (n, ...parts) => element(contextTag(n), ...parts);

/**
 * Return the identifier octet of [n] constructed.
 * @param {number} n
 */
export const contextTag = (n) => CONTEXT | CONSTRUCTED | n;

/**
 * Return a non-negative INTEGER, given as a number or as big-endian bytes.
 * @param {number | Uint8Array} value
 * @returns {Bytes}
 */
export function integer(value) {
  const bytes = typeof value === "number" ? bigEndian(BigInt(value), 8n) : value;
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const sign = short[0] & 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return element(TAG.INTEGER, sign, short);
}

/**
 * Return an OBJECT IDENTIFIER; arcs may be as large as those under 2.25.
 * @param {string} dotted
 * @returns {Bytes}
 */
export function oid(dotted) {
  const [first, second, ...rest] = dotted.split(".").map(BigInt);
  const arcs = [first * 40n + second, ...rest];
  const groups = arcs.map((arc) => {
    const septets = bigEndian(arc, 7n);
    const last = septets.length - 1;
    return septets.map((septet, i) => (i < last ? septet | 0x80 : septet));
  });
  return element(TAG.OID, ...groups);
}

/**
 * Return UTF-16 text, as PKCS#12 names are written (RFC 7292 B.1).
 * @param {string} text
 * @returns {Bytes}
 */
export const bmpString = (text) => element(TAG.BMP, utf16(text));

/**
 * Return the big-endian UTF-16 of `text`.
 * @param {string} text
 * @returns {Bytes}
 */
export function utf16(text) {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i += 1) view.setUint16(i * 2, text.charCodeAt(i));
  return bytes;
}

/**
 * Return the shortest length octets (X.690 10.1).
 * @param {number} length
 * @returns {Uint8Array}
 */
export function lengthOctets(length) {
  const bytes = bigEndian(BigInt(length), 8n);
  return length < 0x80 ? bytes : concat(Uint8Array.of(0x80 | bytes.length), bytes);
}

/**
 * Return the digits of `value` to the base 2^`bits`, at least one.
 * @param {bigint} value
 * @param {bigint} bits
 */
function bigEndian(value, bits) {
  const digits = [];
  for (let rest = value; rest > 0n || digits.length === 0; rest >>= bits) {
    digits.unshift(Number(rest & ((1n << bits) - 1n)));
  }
  return Uint8Array.from(digits);
}

/** @param {Uint8Array} one @param {Uint8Array} other */
function byBytes(one, other) {
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at < 0 ? one.length - other.length : one[at] - (other[at] ?? -1);
}
