/**
 * Cipher block chaining with padding (RFC 8018 6.1.1), for ciphers of our own.
 *
 * Pure. The platform does it for AES.
 */

import { concat } from "../../lib/bytes.js";
import { WrongPasswordError } from "./errors.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

/**
 * A cipher with blocks of 16 bytes, under one key; changes a block in place.
 * @typedef {object} BlockCipher
 * @property {(block: Uint32Array) => void} encrypt four words
 * @property {(block: Uint32Array) => void} decrypt
 */

export const BLOCK = 16;
const WORDS = BLOCK / 4;

/**
 * Encrypt `plain` of any length.
 * @param {BlockCipher} cipher
 * @param {Uint8Array} iv 16 bytes
 * @param {Uint8Array} plain
 * @returns {Bytes}
 */
export function encryptCbc(cipher, iv, plain) {
  const chained = readWords(iv);
  const words = readWords(addPadding(plain));
  for (let at = 0; at < words.length; at += WORDS) {
    for (let i = 0; i < WORDS; i += 1) chained[i] ^= words[at + i];
    cipher.encrypt(chained);
    words.set(chained, at);
  }
  return writeWords(words);
}

/**
 * Decrypt whole blocks.
 * @param {BlockCipher} cipher
 * @param {Uint8Array} iv 16 bytes
 * @param {Uint8Array} ciphertext
 * @returns {Bytes}
 * @throws {WrongPasswordError} when the padding is none
 */
export function decryptCbc(cipher, iv, ciphertext) {
  const words = readWords(ciphertext);
  const plain = new Uint32Array(words.length);
  let before = readWords(iv);
  for (let at = 0; at < words.length; at += WORDS) {
    const block = words.slice(at, at + WORDS);
    cipher.decrypt(block);
    for (let i = 0; i < WORDS; i += 1) plain[at + i] = block[i] ^ before[i];
    before = words.subarray(at, at + WORDS);
  }
  return removePadding(writeWords(plain), BLOCK);
}

/**
 * Return what stands before the padding.
 * @param {Bytes} plain
 * @param {number} block how many bytes a block has
 * @returns {Bytes}
 * @throws {WrongPasswordError} when it is none
 */
export function removePadding(plain, block) {
  const size = plain.at(-1) ?? 0;
  const padding = plain.subarray(-size);
  const isPadded = size >= 1 && size <= block && padding.every((octet) => octet === size);
  if (!isPadded) throw new WrongPasswordError();
  return plain.slice(0, plain.length - size);
}

/** @param {Uint8Array} plain */
function addPadding(plain) {
  const size = BLOCK - (plain.length % BLOCK);
  return concat(plain, new Uint8Array(size).fill(size));
}

/** @param {Uint8Array} bytes */
function readWords(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i += 1) words[i] = view.getUint32(i * 4);
  return words;
}

/** @param {Uint32Array} words @returns {Bytes} */
function writeWords(words) {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i += 1) view.setUint32(i * 4, words[i]);
  return bytes;
}
