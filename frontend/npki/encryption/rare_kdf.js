/**
 * Keys out of passwords as few files have them: scrypt, and PBKDF2 with the hashes that
 * no browser has. Loaded on request; the page may breathe meanwhile.
 */

import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha224, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { MAX_SCRYPT_WORK } from "./kdf_limits.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

const HASHES = Object.freeze({
  "SHA-224": sha224,
  "SHA-512/224": sha512_224,
  "SHA-512/256": sha512_256,
});
/** Bytes of a block of scrypt, for each unit of N r p; and some for what is around. */
const MAX_MEMORY = 128 * MAX_SCRYPT_WORK + 2 ** 20;

/** @typedef {keyof typeof HASHES} RareHash */

/**
 * @param {RareHash} hash
 * @param {Uint8Array} secret
 * @param {{salt: Uint8Array, rounds: number}} parameters
 * @param {number} size of the key in bytes
 * @returns {Promise<Bytes>}
 */
export async function derivePbkdf2(hash, secret, { salt, rounds }, size) {
  const key = await pbkdf2Async(HASHES[hash], secret, salt, { c: rounds, dkLen: size });
  return Uint8Array.from(key);
}

/**
 * @param {Uint8Array} secret
 * @param {{salt: Uint8Array, n: number, r: number, p: number}} parameters
 * @param {number} size of the key in bytes
 * @returns {Promise<Bytes>}
 */
export async function deriveScrypt(secret, { salt, n, r, p }, size) {
  const options = { N: n, r, p, dkLen: size, maxmem: MAX_MEMORY };
  return Uint8Array.from(await scryptAsync(secret, salt, options));
}
