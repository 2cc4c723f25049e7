/**
 * DER, read: strictly (X.690).
 *
 * Pure. Takes one form only: definite and shortest lengths, low tag numbers,
 * nothing after the end. What it lets through has one reading.
 */

import { copy, equal, fromUtf8 } from "../../lib/bytes.js";
import { CONSTRUCTED, TAG, lengthOctets } from "./der_writer.js";
import { DerError } from "./errors.js";

const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 16;
const MAX_OID_BYTES = 64;

/** One element that was read. */
export class Element {
  /**
   * @param {number} tag
   * @param {Uint8Array} content
   * @param {Uint8Array} der the element with its tag and length
   */
  constructor(tag, content, der) {
    this.tag = tag;
    this.content = content;
    this.der = der;
  }

  /**
   * Return this element when it has the tag.
   * @param {number} tag
   */
  expect(tag) {
    if (this.tag === tag) return this;
    throw new DerError(`tag ${this.tag} where ${tag} belongs`);
  }

  /** Return the elements inside. */
  children() {
    if (!(this.tag & CONSTRUCTED)) throw new DerError("a primitive has no children");
    return elements(this.content);
  }

  /** Return a copy of the contents of an OCTET STRING. */
  octets() {
    return copy(this.expect(TAG.OCTET_STRING).content);
  }

  /** Return the bytes of a BIT STRING that has no unused bits. */
  bits() {
    const { content } = this.expect(TAG.BIT_STRING);
    if (content[0] !== 0) throw new DerError("bits that do not fill bytes");
    return copy(content.subarray(1));
  }

  /** Return the dotted form of an OBJECT IDENTIFIER. */
  oid() {
    return decodeOid(this.expect(TAG.OID).content);
  }

  /** Return the contents of an INTEGER in its shortest form, sign byte included. */
  integer() {
    const { content } = this.expect(TAG.INTEGER);
    const [first, second] = content;
    const padded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
    if (content.length === 0 || padded) throw new DerError("not the shortest integer");
    return content;
  }

  /** Return an INTEGER between 0 and 2^31 - 1. */
  number() {
    const content = this.integer();
    if (content[0] & 0x80 || content.length > 4) throw new DerError("number too large");
    return content.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Tell whether this is a character string. */
  isText() {
    return Object.hasOwn(DECODERS, this.tag);
  }

  /** Return the characters of a time. */
  time() {
    if (this.tag !== TAG.UTC_TIME && this.tag !== TAG.GENERALIZED_TIME)
      throw new DerError(`tag ${this.tag} is no time`);
    return decodeAscii(this.content);
  }

  /** Return the text of a character string. */
  text() {
    const read = DECODERS[this.tag];
    if (read === undefined) throw new DerError(`tag ${this.tag} is no text`);
    return read(this.content);
  }
}

/**
 * Read one element that fills `der`.
 * @param {Uint8Array} der
 * @param {number} [tag] the tag it must have
 * @returns {Element}
 */
export function read(der, tag) {
  const parts = elements(der);
  if (parts.length !== 1) throw new DerError(`${parts.length} elements, not one`);
  return tag === undefined ? parts[0] : parts[0].expect(tag);
}

/**
 * Read the elements that stand side by side in `content`.
 * @param {Uint8Array} content
 * @returns {Element[]}
 */
export function elements(content) {
  const parts = [];
  for (let at = 0; at < content.length;) {
    const next = elementAt(content, at);
    parts.push(next);
    at += next.der.length;
  }
  return parts;
}

/**
 * Refuse what is too large, too deep or not DER to the last leaf.
 * @param {Uint8Array} der
 * @param {{maxBytes?: number, maxDepth?: number}} [limits]
 */
export function checkLimits(der, { maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH } = {}) {
  if (der.length > maxBytes) throw new DerError("too large");
  let level = [read(der)];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new DerError("too deep");
    level = level.flatMap((part) => (part.tag & CONSTRUCTED ? part.children() : []));
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {Element}
 */
function elementAt(bytes, at) {
  const tag = bytes[at];
  if ((tag & 0x1f) === 0x1f) throw new DerError("high tag number");
  const first = bytes[at + 1];
  const count = first & 0x80 ? first & 0x7f : 0;
  // X.690 10.1: definite lengths only. Three length octets reach 16 MiB.
  if (first === undefined || first === 0x80 || count > 3) throw new DerError("length");
  const octets = bytes.subarray(at + 2, at + 2 + count);
  const length = count === 0 ? first : octets.reduce((sum, o) => sum * 256 + o, 0);
  const start = at + 2 + count;
  const canonical = equal(bytes.subarray(at + 1, start), lengthOctets(length));
  if (!canonical) throw new DerError("not the shortest length");
  if (start + length > bytes.length) throw new DerError("cut off");
  const end = start + length;
  return new Element(tag, bytes.subarray(start, end), bytes.subarray(at, end));
}

/** @param {Uint8Array} content @returns {string} */
function decodeOid(content) {
  const last = content.at(-1);
  if (last === undefined || last & 0x80 || content.length > MAX_OID_BYTES) {
    throw new DerError("not an object identifier");
  }
  const arcs = [];
  let arc = 0n;
  for (const [i, byte] of content.entries()) {
    const starts = i === 0 || !(content[i - 1] & 0x80);
    if (starts && byte === 0x80) throw new DerError("not the shortest arc");
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const root = arcs[0] < 80n ? arcs[0] / 40n : 2n;
  return [root, arcs[0] - root * 40n, ...arcs.slice(1)].join(".");
}

/** @param {Uint8Array} content */
function decodeLatin1(content) {
  return Array.from(content, (byte) => String.fromCharCode(byte)).join("");
}

/** @param {Uint8Array} content */
function decodeAscii(content) {
  if (content.some((byte) => byte > 0x7f)) throw new DerError("not ASCII");
  return decodeLatin1(content);
}

/** @param {Uint8Array} content */
function decodeUtf16(content) {
  if (content.length % 2) throw new DerError("half a character");
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const length = content.length / 2;
  const units = Array.from({ length }, (_, i) => view.getUint16(i * 2));
  return units.map((unit) => String.fromCharCode(unit)).join("");
}

/** @param {Uint8Array} content */
function decodeUtf8(content) {
  try {
    return fromUtf8(content);
  } catch {
    throw new DerError("not UTF-8");
  }
}

/**
 * Read a string of one octet a character: what stands there is often UTF-8, whatever
 * the type says; else it is Latin-1.
 * @param {Uint8Array} content
 */
function decodeOctets(content) {
  try {
    return fromUtf8(content);
  } catch {
    return decodeLatin1(content);
  }
}

/** @param {Uint8Array} content */
function decodeUtf32(content) {
  if (content.length % 4) throw new DerError("a part of a character");
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const length = content.length / 4;
  const points = Array.from({ length }, (_, i) => view.getUint32(i * 4));
  if (points.some((point) => point > 0x10ffff || (point & ~0x7ff) === 0xd800))
    throw new DerError("not a character");
  return points.map((point) => String.fromCodePoint(point)).join("");
}

/** @type {Readonly<Record<number, (content: Uint8Array) => string>>} */
const DECODERS = Object.freeze({
  [TAG.UTF8]: decodeUtf8,
  [TAG.NUMERIC]: decodeOctets,
  [TAG.PRINTABLE]: decodeOctets,
  [TAG.T61]: decodeOctets,
  [TAG.IA5]: decodeOctets,
  [TAG.GRAPHIC]: decodeOctets,
  [TAG.VISIBLE]: decodeOctets,
  [TAG.GENERAL]: decodeOctets,
  [TAG.UNIVERSAL]: decodeUtf32,
  [TAG.BMP]: decodeUtf16,
});
