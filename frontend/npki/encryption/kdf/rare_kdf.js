/**
 * Keys out of passwords as few files have them: scrypt, and PBKDF2 with the hashes that
 * no browser has. Loaded on request (kdf_tasks.js); a page may breathe meanwhile.
 */

import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { HASHES } from "./hashes.js";
import { MAX_SCRYPT_WORK } from "./kdf_limits.js";

/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./kdf.js").Pace} Pace */

/** Bytes of a block of scrypt, for each unit of N r p; and some for what is around. */
const MAX_MEMORY = 128 * MAX_SCRYPT_WORK + 2 ** 20;

/** @typedef {"SHA-224" | "SHA-512/224" | "SHA-512/256"} RareHash */

/** Milliseconds of work until the page may breathe; a worker has nothing else to do. */
const TICK_MS = 10;
const NO_TICK = Number.MAX_SAFE_INTEGER;

/**
 * Derive a key by PBKDF2; nothing stops it, but the end of its thread.
 * @param {{hash: RareHash, secret: Uint8Array, salt: Uint8Array, rounds: number,
 *   size: number}} request
 * @param {Pace} [pace]
 * @returns {Promise<Bytes>}
 */
export async function derivePbkdf2({ hash, secret, salt, rounds, size }, pace = {}) {
  const options = { c: rounds, dkLen: size, asyncTick: tickOf(pace) };
  return Uint8Array.from(await pbkdf2Async(HASHES[hash], secret, salt, options));
}

/**
 * Derive a key by scrypt (RFC 7914).
 * @param {{secret: Uint8Array, salt: Uint8Array, n: number, r: number, p: number,
 *   size: number}} request
 * @param {Pace} [pace]
 * @returns {Promise<Bytes>}
 */
export async function deriveScrypt({ secret, salt, n, r, p, size }, pace = {}) {
  const onProgress = () => pace?.signal?.throwIfAborted();
  const work = { N: n, r, p, dkLen: size, maxmem: MAX_MEMORY };
  const options = { ...work, asyncTick: tickOf(pace), onProgress };
  return Uint8Array.from(await scryptAsync(secret, salt, options));
}

/** @param {Pace} pace */
const tickOf = (pace) => (pace === null ? NO_TICK : TICK_MS);
