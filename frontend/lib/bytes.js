/**
 * Bytes: joining, comparing, and writing as text and back.
 *
 * Pure. Knows no format and no key; reading text is strict, because what is read
 * here came over a wire or out of a QR code.
 */

/** Bytes over memory of their own: what WebCrypto and IndexedDB accept.
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */

/** The text is not the form of bytes that it should be. */
export class BytesError extends Error {
  /** @readonly */ code = "bad_encoding";
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Return the parts one after the other.
 * @param {...Uint8Array} parts
 * @returns {Bytes}
 */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Return a copy over memory of its own.
 * @param {Uint8Array | ArrayBuffer | ArrayLike<number>} source
 * @returns {Bytes}
 */
export function copy(source) {
  return source instanceof ArrayBuffer
    ? new Uint8Array(source.slice(0))
    : Uint8Array.from(source);
}

/**
 * Tell whether two values are the same, in a time that depends only on the length.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean}
 */
export function equal(one, other) {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let i = 0; i < one.length; i += 1) difference |= one[i] ^ other[i];
  return difference === 0;
}

/**
 * Return lower-case hexadecimal text.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return the bytes that hexadecimal `text` writes.
 * @param {string} text
 * @returns {Bytes}
 * @throws {BytesError} when it is not pairs of hexadecimal digits
 */
export function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new BytesError("not hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * Return padded base64 text (RFC 4648 4).
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * Return the bytes that padded base64 `text` writes.
 * @param {string} text
 * @returns {Bytes}
 * @throws {BytesError} when it is not the one text that base64() writes
 */
export function fromBase64(text) {
  const bytes = decodeBase64(text);
  // RFC 4648 3.5: spare bits must be zero, so that one value has one text.
  if (base64(bytes) !== text) throw new BytesError("not canonical base64");
  return bytes;
}

/**
 * Return base64url text without padding (RFC 4648 5).
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64url(bytes) {
  const text = base64(bytes).replaceAll("+", "-").replaceAll("/", "_");
  return text.replaceAll("=", "");
}

/**
 * Return the bytes that unpadded base64url `text` writes.
 * @param {string} text
 * @returns {Bytes}
 * @throws {BytesError} when it is not the one text that base64url() writes
 */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new BytesError("not base64url");
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, "=");
  return fromBase64(padded.replaceAll("-", "+").replaceAll("_", "/"));
}

/**
 * Return `text` in UTF-8.
 * @param {string} text
 * @returns {Bytes}
 */
export function utf8(text) {
  return copy(ENCODER.encode(text));
}

/**
 * Return the text that UTF-8 `bytes` write; a leading BOM stays a character.
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {BytesError} when it is not UTF-8
 */
export function fromUtf8(bytes) {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new BytesError("not UTF-8");
  }
}

/** @param {string} text @returns {Bytes} */
function decodeBase64(text) {
  try {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
    return bytes;
  } catch {
    throw new BytesError("not base64");
  }
}
