/**
 * Keys out of passwords as PKCS#12 makes them (RFC 7292 B.2).
 *
 * Pure. Slow on purpose, and in the page's own thread: every few thousand rounds the
 * page may breathe.
 */

import { concat, copy } from "../lib/bytes.js";
import { utf16 } from "../pki/der/der_writer.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {(bytes: Uint8Array) => Uint8Array} Hash with blocks of 64 bytes */
/**
 * @typedef {object} Pkcs12KdfOptions
 * @property {Hash} hash
 * @property {string} password
 * @property {Uint8Array} salt
 * @property {number} rounds
 * @property {number} purpose one of `PURPOSE`
 * @property {number} size of the key in bytes
 */

export const PURPOSE = Object.freeze({ KEY: 1, IV: 2, MAC: 3 });
const BLOCK = 64;
const BREATH = 20_000;

/**
 * Derive a key.
 * @param {Pkcs12KdfOptions} wish
 * @returns {Promise<Bytes>}
 */
export async function derivePkcs12Key({ hash, password, salt, rounds, purpose, size }) {
  const marker = new Uint8Array(BLOCK).fill(purpose);
  // RFC 7292 B.1: the password is UTF-16 with a closing zero.
  const secret = concat(utf16(password), Uint8Array.of(0, 0));
  let blocks = concat(filled(salt), filled(secret));
  let key = new Uint8Array();
  while (key.length < size) {
    const digest = await repeated(hash, concat(marker, blocks), rounds);
    key = concat(key, digest);
    blocks = added(blocks, digest);
  }
  return copy(key.subarray(0, size));
}

/** @param {Hash} hash @param {Uint8Array} first @param {number} rounds */
async function repeated(hash, first, rounds) {
  let digest = hash(first);
  for (let i = 1; i < rounds; i += 1) {
    digest = hash(digest);
    if (i % BREATH === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return digest;
}

/**
 * Add the digest and one to each block, as numbers.
 * @param {Uint8Array} blocks
 * @param {Uint8Array} digest
 */
function added(blocks, digest) {
  const sum = copy(blocks);
  for (let end = BLOCK; end <= sum.length; end += BLOCK) {
    let carry = 1;
    for (let i = 1; i <= BLOCK; i += 1) {
      carry += sum[end - i] + digest[(BLOCK - i) % digest.length];
      sum[end - i] = carry & 0xff;
      carry >>= 8;
    }
  }
  return sum;
}

/**
 * Repeat `bytes` until they fill whole blocks of the hash.
 * @param {Uint8Array} bytes
 */
function filled(bytes) {
  const length = Math.ceil(bytes.length / BLOCK) * BLOCK;
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length]);
}
