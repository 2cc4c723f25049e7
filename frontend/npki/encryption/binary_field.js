/**
 * Arithmetic in GF(2^8) on the four bytes of a word at once.
 *
 * Pure. The S-boxes of SEED and ARIA are inversions in such a field between linear maps.
 * Computed like this they take the same steps whatever the bytes are, where a table
 * would be read at an address that depends on the key.
 */

/** The lowest bit of each byte. */
const ONES = 0x01010101;

/**
 * A linear map of each byte: column n says what its bit n adds, byte by byte of a word.
 * @typedef {readonly number[]} LinearMap eight words
 */

/**
 * Return the inverse of each byte of a word; the inverse of 0 is 0.
 * @param {number} word
 * @param {number} reduction the field's polynomial without its highest term
 */
export function invert(word, reduction) {
  const times = (/** @type {number} */ a, /** @type {number} */ b) => multiply(a, b, reduction);
  const square = (/** @type {number} */ a) => multiply(a, a, reduction);
  const to2 = square(word);
  const to12 = square(square(times(to2, word)));
  const to15 = times(to12, times(to2, word));
  const to240 = square(square(square(square(to15))));
  // The group has 255 elements, so that x^254 is 1/x.
  return times(times(to240, to12), to2);
}

/**
 * Apply a linear map to each byte of a word.
 * @param {number} word
 * @param {LinearMap} map
 */
export function transform(word, map) {
  let image = 0;
  for (let bit = 0; bit < 8; bit += 1) image ^= map[bit] & spread(word, bit);
  return image;
}

/**
 * Return maps of single bytes as one map of words.
 * @param {readonly (readonly number[])[]} maps for the bytes from the lowest on
 * @returns {LinearMap}
 */
export const inLanes = (...maps) =>
  maps[0].map((_, bit) =>
    maps.reduce((word, map, lane) => word | (map[bit] << (8 * lane)), 0));

/**
 * Multiply each byte of a word with that of another.
 * @param {number} a
 * @param {number} b
 * @param {number} reduction
 */
function multiply(a, b, reduction) {
  let product = 0;
  let power = a;
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= power & spread(b, bit);
    const over = Math.imul((power >>> 7) & ONES, reduction);
    power = ((power & 0x7f7f7f7f) << 1) ^ over;
  }
  return product;
}

/**
 * Return, for each byte, 0xff where its bit is set and else 0.
 * @param {number} word
 * @param {number} bit
 */
const spread = (word, bit) => Math.imul((word >>> bit) & ONES, 0xff);
