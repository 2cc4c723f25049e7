/**
 * ARIA, the Korean block cipher of 128 bits (RFC 5794), with keys of 128, 192 or 256.
 *
 * Pure. No browser has it, nor a kept package on npm. Takes the same steps for every key
 * and text: binary_field.js says how. cbc.js chains the blocks.
 */

import { inLanes, invert, transform } from "./binary_field.js";

/** @typedef {import("./cbc.js").BlockCipher} BlockCipher */
/** @typedef {import("./binary_field.js").LinearMap} LinearMap */
/** @typedef {{before: LinearMap, added: number, after: LinearMap, last: number}} Substitution
 *   what is done to a word before and after its bytes are inverted */

const WORDS = 4;
// x^8 + x^4 + x^3 + x + 1
const REDUCTION = 0x1b;
const SAME = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80];
// RFC 5794 2.4.2 has tables: SB1(x) = A (1/x) + 63, which is that of AES, and
// SB2(x) = B x^247 + e2, where x^247 = (1/x)^8 is linear in 1/x.
const SB1 = [0x1f, 0x3e, 0x7c, 0xf8, 0xf1, 0xe3, 0xc7, 0x8f];
const SB2 = [0xac, 0xfd, 0xc6, 0x83, 0x26, 0xa7, 0xfb, 0x5f];
// SB3 and SB4 are their inverses: what undoes the map, and then 1/x.
const SB3 = [0x4a, 0x94, 0x29, 0x52, 0xa4, 0x49, 0x92, 0x25];
const SB4 = [0xd8, 0x38, 0x7a, 0xc1, 0x75, 0x52, 0xae, 0xe8];

/** SL1, whose boxes are SB1, SB2, SB3, SB4 from the highest byte on. @type {Substitution} */
const ODD = Object.freeze({
  before: inLanes(SB4, SB3, SAME, SAME),
  added: 0x0000052c,
  after: inLanes(SAME, SAME, SB2, SB1),
  last: 0x63e20000,
});
/** SL2, whose boxes are SB3, SB4, SB1, SB2. @type {Substitution} */
const EVEN = Object.freeze({
  before: inLanes(SAME, SAME, SB4, SB3),
  added: 0x052c0000,
  after: inLanes(SB2, SB1, SAME, SAME),
  last: 0x000063e2,
});

/** RFC 5794 2.2: of 1/pi. */
const CONSTANTS = Object.freeze([
  [0x517cc1b7, 0x27220a94, 0xfe13abe8, 0xfa9a6ee0],
  [0x6db14acc, 0x9e21c820, 0xff28b1d5, 0xef5de2b0],
  [0xdb92371d, 0x2126e970, 0x03249775, 0x04e8c90e],
]);
/** RFC 5794 2.4.3: of which bytes each byte is the sum. */
const DIFFUSION = Object.freeze([
  [3, 4, 6, 8, 9, 13, 14],
  [2, 5, 7, 8, 9, 12, 15],
  [1, 4, 6, 10, 11, 12, 15],
  [0, 5, 7, 10, 11, 13, 14],
  [0, 2, 5, 8, 11, 14, 15],
  [1, 3, 4, 9, 10, 14, 15],
  [0, 2, 7, 9, 10, 12, 13],
  [1, 3, 6, 8, 11, 12, 13],
  [0, 1, 4, 7, 10, 13, 15],
  [0, 1, 5, 6, 11, 12, 14],
  [2, 3, 5, 6, 8, 13, 15],
  [2, 3, 4, 7, 9, 12, 14],
  [1, 2, 6, 7, 9, 11, 12],
  [0, 3, 6, 7, 8, 10, 13],
  [0, 3, 4, 5, 9, 11, 14],
  [1, 2, 4, 5, 8, 10, 15],
]);
/** How far a half is turned to the right for each four round keys (RFC 5794 2.2). */
const TURNS = Object.freeze([19, 31, 67, 97, 109]);

/**
 * Return the cipher for a key.
 * @param {Uint8Array} key 16, 24 or 32 bytes
 * @returns {BlockCipher}
 */
export function createAria(key) {
  const roundKeys = expandKey(key);
  const reversed = reverse(roundKeys);
  return {
    encrypt: (block) => crypt(block, roundKeys),
    decrypt: (block) => crypt(block, reversed),
  };
}

/**
 * @param {Uint32Array} block four words, changed in place
 * @param {number[][]} roundKeys
 */
function crypt(block, roundKeys) {
  const last = roundKeys.length - 2;
  let state = Array.from(block);
  for (let round = 0; round < last; round += 1)
    state = diffuse(substitute(add(state, roundKeys[round]), round % 2 ? EVEN : ODD));
  // The last round has a second key in place of the diffusion (RFC 5794 2.3.1).
  state = substitute(add(state, roundKeys[last]), EVEN);
  block.set(add(state, roundKeys[last + 1]));
}

/** @param {number[]} state @param {Substitution} boxes */
function substitute(state, { before, added, after, last }) {
  return state.map((word) =>
    transform(invert(transform(word, before) ^ added, REDUCTION), after) ^ last);
}

/**
 * The diffusion layer A (RFC 5794 2.4.3), which undoes itself.
 * @param {number[]} state
 */
function diffuse(state) {
  const bytes = state.flatMap((word) => [24, 16, 8, 0].map((at) => (word >>> at) & 0xff));
  const sums = DIFFUSION.map((places) => places.reduce((sum, at) => sum ^ bytes[at], 0));
  return Array.from({ length: WORDS }, (_, i) =>
    sums.slice(4 * i, 4 * i + 4).reduce((word, byte) => (word << 8) | byte, 0));
}

/**
 * Return a key for each round, and one more (RFC 5794 2.2).
 * @param {Uint8Array} key
 * @returns {number[][]}
 */
function expandKey(key) {
  const size = key.length / 8;
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  const words = Array.from({ length: 2 * WORDS }, (_, i) =>
    (4 * i < key.length ? view.getUint32(4 * i) : 0));
  // 128, 192 and 256 bits begin with another constant.
  const [c1, c2, c3] = [0, 1, 2].map((i) => CONSTANTS[(i + size - 2) % 3]);
  const w0 = words.slice(0, WORDS);
  const w1 = add(diffuse(substitute(add(w0, c1), ODD)), words.slice(WORDS));
  const w2 = add(diffuse(substitute(add(w1, c2), EVEN)), w0);
  const w3 = add(diffuse(substitute(add(w2, c3), ODD)), w1);
  const keys = TURNS.flatMap((turn) => [
    add(w0, turnRight(w1, turn)),
    add(w1, turnRight(w2, turn)),
    add(w2, turnRight(w3, turn)),
    add(turnRight(w0, turn), w3),
  ]);
  return keys.slice(0, 9 + 2 * size);
}

/**
 * Return the round keys that decrypt.
 * @param {number[][]} roundKeys
 */
function reverse(roundKeys) {
  const last = roundKeys.length - 1;
  return [...roundKeys].reverse().map((key, i) => (i % last === 0 ? key : diffuse(key)));
}

/**
 * Turn 128 bits to the right.
 * @param {number[]} words
 * @param {number} count
 */
function turnRight(words, count) {
  const [skip, bits] = [count >>> 5, count & 31];
  return words.map((_, i) => {
    const [word, before] = [0, 1].map((n) => words[(i - skip - n + 2 * WORDS) % WORDS]);
    return (word >>> bits) | (before << (32 - bits));
  });
}

/** @param {number[]} one @param {number[]} other */
const add = (one, other) => one.map((word, i) => word ^ other[i]);
