/**
 * Keys out of passwords by repeated hashing: PBKDF1 (RFC 8018 5.1) and PKCS#12's own way
 * (RFC 7292 B.2).
 *
 * Slow on purpose: every few thousand rounds a page may breathe. What takes long runs in a
 * worker instead (slow_kdf.js).
 */

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { concat } from "../../../lib/bytes.js";
import { repeatSha1 } from "./repeated_sha1.js";

/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */
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

/**
 * How work shares its thread: now and then it lets others in, and ends where `signal` is
 * aborted. null, where it has the thread for itself, which somebody else ends.
 * @typedef {{signal?: AbortSignal} | null} Pace
 */

/** Rounds of our own SHA-1 until the clock is looked at: 2 ms on a computer, 10 on a phone. */
const STEP = 4_000;
/** Of the library's hashes, which take five times as long, and SHA-512 nine. */
const STEP_OF_OTHERS = STEP / 5;
/** Milliseconds of work until others are let in: less than a frame. */
const TICK_MS = 12;

/**
 * Derive all bytes that PBKDF1 gives.
 * @param {{hash: HashFunction, secret: Uint8Array, salt: Uint8Array, rounds: number}} options
 * @param {Pace} [pace]
 * @returns {Promise<Bytes>}
 */
export const derivePbkdf1 = ({ hash, secret, salt, rounds }, pace) =>
  repeat(hash, concat(secret, salt), { rounds, pace });

/**
 * Derive a key as PKCS#12 does.
 * @param {Pkcs12KdfOptions} options
 * @param {Pace} [pace]
 * @returns {Promise<Bytes>}
 */
export async function derivePkcs12Key(options, pace) {
  const { hash, characters, salt, rounds, purpose, size } = options;
  const block = hash.blockLen;
  const marker = new Uint8Array(block).fill(purpose);
  let inputs = concat(fill(salt, block), fill(characters, block));
  let key = new Uint8Array();
  while (key.length < size) {
    const digest = await repeat(hash, concat(marker, inputs), { rounds, pace });
    key = concat(key, digest);
    inputs = add(inputs, digest, block);
  }
  return key.slice(0, size);
}

/**
 * Hash, and hash the digest, `rounds` times in all.
 * @param {HashFunction} hash
 * @param {Uint8Array} first
 * @param {{rounds: number, pace?: Pace}} options
 * @returns {Promise<Bytes>}
 */
async function repeat(hash, first, { rounds, pace = {} }) {
  const [again, step] = hash === sha1 ? [repeatSha1, STEP] : [repeatAny, STEP_OF_OTHERS];
  let digest = Uint8Array.from(hash(first));
  let since = performance.now();
  for (let left = rounds - 1; left > 0; left -= step) {
    digest = again(digest, Math.min(left, step), hash);
    if (pace === null || left <= step || performance.now() - since < TICK_MS) continue;
    await letOthersIn(pace.signal);
    since = performance.now();
  }
  return digest;
}

/** @param {AbortSignal} [signal] */
async function letOthersIn(signal) {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
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
