/**
 * Keys out of passwords by repeated hashing: PBKDF1 (RFC 8018 5.1) and PKCS#12's own way
 * (RFC 7292 B.2).
 *
 * Slow on purpose, and in the page's own thread: every few thousand rounds the page may
 * breathe.
 */

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { concat } from "../../lib/bytes.js";
import { repeatSha1 } from "./repeated_sha1.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {typeof sha1} HashFunction */
/**
 * @typedef {object} Pkcs12KdfOptions
 * @property {HashFunction} hash
 * @property {Uint8Array} characters the password, as password.js writes it
 * @property {Uint8Array} salt
 * @property {number} rounds
 * @property {number} purpose one of `PURPOSE`
 * @property {number} size of the key in bytes
 */

export const PURPOSE = Object.freeze({ KEY: 1, IV: 2, MAC: 3 });
export const OLDER_HASHES = Object.freeze({
  MD5: md5,
  "SHA-1": sha1,
});

/** Rounds of our own SHA-1: about 10 ms on a computer and 50 on a phone. */
const BREATH = 20_000;
/** Rounds of the library's hashes, which take five times as long, and SHA-512 nine. */
const BREATH_OF_OTHERS = BREATH / 5;

/**
 * Derive all bytes that PBKDF1 gives.
 * @param {HashFunction} hash
 * @param {Uint8Array} secret
 * @param {Uint8Array} salt
 * @param {number} rounds
 * @returns {Promise<Bytes>}
 */
export const derivePbkdf1 = (hash, secret, salt, rounds) =>
  repeat(hash, concat(secret, salt), rounds);

/**
 * Derive a key as PKCS#12 does.
 * @param {Pkcs12KdfOptions} options
 * @returns {Promise<Bytes>}
 */
export async function derivePkcs12Key(options) {
  const { hash, characters, salt, rounds, purpose, size } = options;
  const block = hash.blockLen;
  const marker = new Uint8Array(block).fill(purpose);
  let inputs = concat(fill(salt, block), fill(characters, block));
  let key = new Uint8Array();
  while (key.length < size) {
    const digest = await repeat(hash, concat(marker, inputs), rounds);
    key = concat(key, digest);
    inputs = add(inputs, digest, block);
  }
  return key.slice(0, size);
}

/**
 * Hash, and hash the digest, `rounds` times in all.
 * @param {HashFunction} hash
 * @param {Uint8Array} first
 * @param {number} rounds
 * @returns {Promise<Bytes>}
 */
async function repeat(hash, first, rounds) {
  const [again, breath] =
    hash === sha1 ? [repeatSha1, BREATH] : [repeatAny, BREATH_OF_OTHERS];
  let digest = Uint8Array.from(hash(first));
  for (let left = rounds - 1; left > 0; left -= breath) {
    digest = again(digest, Math.min(left, breath), hash);
    if (left > breath) await new Promise((resolve) => setTimeout(resolve));
  }
  return digest;
}

/** @param {Bytes} digest @param {number} rounds @param {HashFunction} hash @returns {Bytes} */
function repeatAny(digest, rounds, hash) {
  let next = digest;
  for (let i = 0; i < rounds; i += 1) next = Uint8Array.from(hash(next));
  return next;
}

/**
 * Add the digest and one to each block, as numbers.
 * @param {Bytes} blocks
 * @param {Uint8Array} digest
 * @param {number} block bytes of one
 */
function add(blocks, digest, block) {
  const sum = blocks.slice();
  for (let end = block; end <= sum.length; end += block) {
    let carry = 1;
    for (let i = 1; i <= block; i += 1) {
      carry += sum[end - i] + digest[(block - i) % digest.length];
      sum[end - i] = carry & 0xff;
      carry >>= 8;
    }
  }
  return sum;
}

/**
 * Repeat `bytes` until they fill whole blocks of the hash.
 * @param {Uint8Array} bytes
 * @param {number} block bytes of one
 */
function fill(bytes, block) {
  const length = Math.ceil(bytes.length / block) * block;
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length]);
}
