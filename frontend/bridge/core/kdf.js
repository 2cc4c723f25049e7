/**
 * BRG1, the ground it stands on: length-prefixed fields, SHA-256, HMAC and HKDF.
 *
 * Pure but for WebCrypto. Knows no message and no role.
 */
import { concat, copy, utf8 } from "../../lib/bytes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

/** A message is not what the protocol allows here. One answer to every such case. */
export class ProtocolError extends Error {
  /** @readonly @type {string} */ code = "protocol_failed";
}

/** Both devices want to send, or both to receive; said on this device only. */
export class DirectionError extends ProtocolError {
  /** @readonly */ code = "direction_differs";
}

/**
 * Return each field after its 4-byte big-endian length; text is ASCII.
 * @param {...(Uint8Array | string)} fields
 * @returns {Bytes}
 */
export function lengthPrefix(...fields) {
  return concat(...fields.flatMap((field) => {
    const bytes = typeof field === "string" ? utf8(field) : field;
    return [uint32(bytes.length), bytes];
  }));
}

/**
 * Return the fields that `lengthPrefix` joined.
 * @param {Uint8Array} joined
 * @returns {Bytes[]}
 * @throws {ProtocolError} when a length points past the end
 */
export function splitFields(joined) {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
  /** @type {Bytes[]} */
  const fields = [];
  let at = 0;
  while (at < joined.length) {
    if (at + 4 > joined.length) throw new ProtocolError("cut length");
    const end = at + 4 + view.getUint32(at);
    if (end > joined.length) throw new ProtocolError("cut field");
    fields.push(copy(joined.subarray(at + 4, end)));
    at = end;
  }
  return fields;
}

/**
 * Return `number` as 4 bytes, big-endian.
 * @param {number} number
 * @returns {Bytes}
 */
export function uint32(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/**
 * Return SHA-256.
 * @param {Uint8Array} bytes
 * @returns {Promise<Bytes>}
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));
}

/**
 * Return HKDF-Extract (RFC 5869 2.2).
 * @param {Uint8Array} salt
 * @param {Uint8Array} ikm
 * @returns {Promise<Bytes>}
 */
export function extract(salt, ikm) {
  return hmac(salt, ikm);
}

/**
 * Return HKDF-Expand (RFC 5869 2.3), for the one block this protocol ever asks for.
 * @param {Uint8Array} prk
 * @param {Uint8Array} info
 * @param {number} length at most 32
 * @returns {Promise<Bytes>}
 */
export async function expand(prk, info, length) {
  return (await hmac(prk, concat(info, Uint8Array.of(1)))).slice(0, length);
}

/**
 * Return HMAC-SHA256.
 * @param {Uint8Array} secret
 * @param {Uint8Array} message
 * @returns {Promise<Bytes>}
 */
export async function hmac(secret, message) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = copy(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, copy(message)));
}

/**
 * Run `action` and turn whatever it throws into the one generic error.
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function refusing(action) {
  try {
    return await action();
  } catch {
    throw new ProtocolError("does not open");
  }
}
