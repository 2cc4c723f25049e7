/**
 * Ciphers of older files that no browser has: DES, triple DES and RC2, and AES with 192
 * bits, which Chromium has not.
 *
 * Nobody needs them but who brings such a file, or writes one for an older program, so
 * they are loaded on request.
 */

// @ts-expect-error -- its single files have no types
import forge from "node-forge/lib/forge.js";
import "node-forge/lib/aes.js";
import "node-forge/lib/des.js";
import "node-forge/lib/rc2.js";
import { concat } from "../../lib/bytes.js";
import { removePadding } from "./cbc.js";
import { BLOCK_BYTES } from "./schemes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./schemes.js").Cipher} Cipher */

const DES_KEY = 8;
const TWO_KEYS = 2 * DES_KEY;
const NAMES = Object.freeze({ aes: "AES-CBC", des: "DES-CBC", "3des": "3DES-CBC" });

/**
 * Encrypt `plain` of any length.
 * @param {Cipher} cipher
 * @param {Bytes} key
 * @param {Bytes} iv
 * @param {Uint8Array} plain
 * @returns {Bytes}
 */
export function encryptOlder(cipher, key, iv, plain) {
  return run(createCipher(cipher, key, "encrypt"), iv, plain);
}

/**
 * Decrypt whole blocks.
 * @param {Cipher} cipher
 * @param {Bytes} key
 * @param {Bytes} iv
 * @param {Uint8Array} ciphertext
 * @returns {Bytes}
 * @throws {import("./errors.js").WrongPasswordError} when the padding is none
 */
export function decryptOlder(cipher, key, iv, ciphertext) {
  const started = createCipher(cipher, key, "decrypt");
  const plain = run(started, iv, ciphertext, () => true);
  return removePadding(plain, BLOCK_BYTES[cipher.name]);
}

/**
 * @param {Cipher} cipher
 * @param {Bytes} key
 * @param {"encrypt" | "decrypt"} use
 */
function createCipher({ name, effectiveBits }, key, use) {
  if (name === "rc2") return createRc2(key, effectiveBits, use);
  const whole = name === "3des" && key.length === TWO_KEYS;
  const octets = text(whole ? concat(key, key.subarray(0, DES_KEY)) : key);
  const forgeName = NAMES[/** @type {keyof typeof NAMES} */ (name)];
  return use === "encrypt"
    ? forge.cipher.createCipher(forgeName, octets)
    : forge.cipher.createDecipher(forgeName, octets);
}

/**
 * @param {Bytes} key
 * @param {number | undefined} effectiveBits
 * @param {"encrypt" | "decrypt"} use
 */
function createRc2(key, effectiveBits, use) {
  const cipher = use === "encrypt"
    ? forge.rc2.createEncryptionCipher(text(key), effectiveBits)
    : forge.rc2.createDecryptionCipher(text(key), effectiveBits);
  return {
    start: (/** @type {{iv: string}} */ { iv }) => cipher.start(iv),
    update: cipher.update,
    finish: cipher.finish,
    get output() {
      return cipher.output;
    },
  };
}

/**
 * @param {any} cipher
 * @param {Bytes} iv
 * @param {Uint8Array} octets
 * @param {() => boolean} [keepPadding] the library's own check takes paddings that are none
 * @returns {Bytes}
 */
function run(cipher, iv, octets, keepPadding) {
  cipher.start({ iv: text(iv) });
  cipher.update(forge.util.createBuffer(text(octets)));
  cipher.finish(keepPadding);
  /** @type {string} */
  const result = cipher.output.getBytes();
  return Uint8Array.from(result, (sign) => sign.charCodeAt(0));
}

/** Return bytes as the library takes them. @param {Uint8Array} bytes */
const text = (bytes) => Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
