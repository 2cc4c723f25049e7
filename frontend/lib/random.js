/**
 * Chance: the one place where the PKI modules take it from the platform.
 */

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * Gives so many random bytes.
 * @typedef {(count: number) => Bytes} Random
 */

/** @type {Random} */
export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));
