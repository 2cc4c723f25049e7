/**
 * SEED, the Korean block cipher of 128 bits (RFC 4269).
 *
 * Pure. Browsers have none, and the one on npm needs Node's Buffer. Takes the same steps
 * for every key and text: binary_field.js says how. cbc.js chains the blocks.
 */

import { inLanes, invert, transform } from "./binary_field.js";

/** @typedef {import("./cbc.js").BlockCipher} BlockCipher */

export const KEY_BYTES = 16;

const ROUNDS = 16;
// x^8 + x^6 + x^5 + x + 1
const REDUCTION = 0x63;
// RFC 4269 2.2 has tables: S1(x) = A1 x^247 + a9 and S2(x) = A2 x^251 + 38. With
// x^247 = (1/x)^8 and x^251 = (1/x)^4, which are linear, this is what follows 1/x.
const S1 = [0x2c, 0xe0, 0x43, 0x94, 0xd6, 0xde, 0xc0, 0x5b];
const S2 = [0xd0, 0x21, 0x68, 0xdd, 0x25, 0xd5, 0x1a, 0x35];
const BOXES = inLanes(S1, S2, S1, S2);
const CONSTANTS = 0x38a938a9;
/** RFC 4269 2.2: which bits of a box reach which byte, by how far the byte moves. */
const MASKS = [0xcffccffc, 0x3ff33ff3, 0xfccffccf, 0xf33ff33f];
/** RFC 4269 2.3: the golden ratio, turned by one bit a round. */
const GOLDEN = 0x9e3779b9;

/**
 * Return the cipher for a key.
 * @param {Uint8Array} key 16 bytes
 * @returns {BlockCipher}
 */
export function createSeed(key) {
  const roundKeys = expandKey(key);
  const reversed = [...roundKeys].reverse();
  return {
    encrypt: (block) => crypt(block, roundKeys),
    decrypt: (block) => crypt(block, reversed),
  };
}

/**
 * @param {Uint32Array} block four words, changed in place
 * @param {[number, number][]} roundKeys
 */
function crypt(block, roundKeys) {
  let [left0, left1, right0, right1] = block;
  for (const [key0, key1] of roundKeys) {
    const [c, d] = mix(right0 ^ key0, right1 ^ key1);
    [left0, left1, right0, right1] = [right0, right1, left0 ^ c, left1 ^ d];
  }
  // The halves of the last round stay where they are.
  block.set([right0, right1, left0, left1]);
}

/**
 * The round function F without its key (RFC 4269 2.1).
 * @param {number} c
 * @param {number} d
 */
function mix(c, d) {
  let right = g(c ^ d);
  const left = g((c + right) | 0);
  right = g((right + left) | 0);
  return [(left + right) | 0, right];
}

/** @param {number} word */
function g(word) {
  const boxed = transform(invert(word, REDUCTION), BOXES) ^ CONSTANTS;
  return (
    (boxed & MASKS[0])
    ^ (rotateLeft(boxed, 24) & MASKS[1])
    ^ (rotateLeft(boxed, 16) & MASKS[2])
    ^ (rotateLeft(boxed, 8) & MASKS[3])
  );
}

/**
 * Return two words for each round (RFC 4269 2.3).
 * @param {Uint8Array} key
 * @returns {[number, number][]}
 */
function expandKey(key) {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getUint32(at));
  return Array.from({ length: ROUNDS }, (_, round) => {
    const constant = rotateLeft(GOLDEN, round);
    /** @type {[number, number]} */
    const pair = [g((a + c - constant) | 0), g((b - d + constant) | 0)];
    if (round % 2 === 0) [a, b] = [(a >>> 8) | (b << 24), (b >>> 8) | (a << 24)];
    else [c, d] = [(c << 8) | (d >>> 24), (d << 8) | (c >>> 24)];
    return pair;
  });
}

/** @param {number} word @param {number} count below 32 */
const rotateLeft = (word, count) => (word << count) | (word >>> ((32 - count) & 31));
