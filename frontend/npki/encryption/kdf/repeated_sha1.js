/**
 * SHA-1 of a SHA-1, over and over (FIPS 180-4 6.1).
 *
 * Pure. Firefox and GnuTLS ask for 600,000 rounds, several times a file. The library that
 * is used for all else makes objects each round; here the five words stay where they are,
 * which is four times as fast. What is hashed has always 20 bytes, so that its padding
 * never changes. A test compares both.
 */

/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */

const WORDS = 5;
const STEPS = 80;
const BLOCK_WORDS = 16;
const MESSAGE_BITS = 160;
/** The initial digest. */
const A = 0x67452301;
const B = 0xefcdab89 | 0;
const C = 0x98badcfe | 0;
const D = 0x10325476;
const E = 0xc3d2e1f0 | 0;

/**
 * Hash a digest of 20 bytes `rounds` times.
 * @param {Bytes} digest
 * @param {number} rounds
 * @returns {Bytes}
 */
export function repeatSha1(digest, rounds) {
  const view = new DataView(digest.slice().buffer);
  const schedule = new Int32Array(STEPS);
  for (let i = 0; i < WORDS; i += 1) schedule[i] = view.getInt32(4 * i);
  for (let round = 0; round < rounds; round += 1) {
    pad(schedule);
    compress(schedule);
  }
  for (let i = 0; i < WORDS; i += 1) view.setInt32(4 * i, schedule[i]);
  return new Uint8Array(view.buffer);
}

/** Write what follows the digest: a bit, zeros, and the length. @param {Int32Array} schedule */
function pad(schedule) {
  schedule[WORDS] = 0x80000000;
  for (let i = WORDS + 1; i < BLOCK_WORDS - 1; i += 1) schedule[i] = 0;
  schedule[BLOCK_WORDS - 1] = MESSAGE_BITS;
}

/**
 * Compress the block at the beginning of `schedule`, and leave the digest there.
 * @param {Int32Array} schedule
 */
function compress(schedule) {
  for (let i = BLOCK_WORDS; i < STEPS; i += 1) {
    const word = schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16];
    schedule[i] = (word << 1) | (word >>> 31);
  }
  let a = A;
  let b = B;
  let c = C;
  let d = D;
  let e = E;
  // A loop for each of the four functions: one with cases in it is three times as slow.
  for (let i = 0; i < 20; i += 1) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a827999 + schedule[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 20; i < 40; i += 1) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + schedule[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 40; i < 60; i += 1) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1bbcdc + schedule[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 60; i < 80; i += 1) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + schedule[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  schedule[0] = (a + A) | 0;
  schedule[1] = (b + B) | 0;
  schedule[2] = (c + C) | 0;
  schedule[3] = (d + D) | 0;
  schedule[4] = (e + E) | 0;
}
