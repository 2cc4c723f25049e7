/**
 * The encryption of older PKCS#12 files (RFC 7292 C), opened only: triple DES and RC2.
 *
 * Firefox before 2021, Bouncy Castle and EJBCA write it. A browser has neither cipher,
 * and nobody needs this but who brings such a file, so it is loaded on request.
 */

import { sha1 } from "@noble/hashes/legacy.js";
// @ts-expect-error -- its single files have no types
import forge from "node-forge/lib/forge.js";
import "node-forge/lib/des.js";
import "node-forge/lib/rc2.js";
import { copy } from "../lib/bytes.js";
import { DerError } from "../pki/der/errors.js";
import { UnsupportedKeyError, WrongPasswordError } from "../pki/errors.js";
import { PURPOSE, derivePkcs12Key } from "./pkcs12_kdf.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {{name: string, salt: Uint8Array, rounds: number}} Scheme */

const BLOCK = 8;

/** @type {Readonly<Record<string, {size: number, cipherOf: (key: Bytes) => any}>>} */
const CIPHERS = Object.freeze({
  "1.2.840.113549.1.12.1.3": { size: 24, cipherOf: tripleDes },
  "1.2.840.113549.1.12.1.4": {
    size: 16,
    cipherOf: (key) => tripleDes(Uint8Array.of(...key, ...key.subarray(0, BLOCK))),
  },
  "1.2.840.113549.1.12.1.5": { size: 16, cipherOf: rc2 },
  "1.2.840.113549.1.12.1.6": { size: 5, cipherOf: rc2 },
});

/**
 * Decrypt `ciphertext`.
 * @param {Scheme} scheme
 * @param {Uint8Array} ciphertext
 * @param {string} password
 * @returns {Promise<Bytes>}
 * @throws {WrongPasswordError} when the padding is wrong
 * @throws {UnsupportedKeyError} when it is another scheme
 */
export async function openPbes1({ name, salt, rounds }, ciphertext, password) {
  const { size, cipherOf } = CIPHERS[name] ?? {};
  if (!size || !cipherOf) throw new UnsupportedKeyError(name);
  if (salt.length === 0 || ciphertext.length === 0 || ciphertext.length % BLOCK)
    throw new DerError("no salt, or ciphertext that does not fill blocks");
  const wish = { hash: sha1, password, salt, rounds };
  const key = await derivePkcs12Key({ ...wish, purpose: PURPOSE.KEY, size });
  const iv = await derivePkcs12Key({ ...wish, purpose: PURPOSE.IV, size: BLOCK });
  return unpadded(decrypted(cipherOf(key), iv, ciphertext));
}

/** @param {Bytes} key */
function tripleDes(key) {
  return forge.cipher.createDecipher("3DES-CBC", text(key));
}

/** @param {Bytes} key */
function rc2(key) {
  const cipher = forge.rc2.createDecryptionCipher(text(key), key.length * 8);
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
 * @param {Uint8Array} ciphertext
 * @returns {Bytes}
 */
function decrypted(cipher, iv, ciphertext) {
  cipher.start({ iv: text(iv) });
  cipher.update(forge.util.createBuffer(text(ciphertext)));
  // The padding is checked here, and strictly.
  cipher.finish(() => true);
  /** @type {string} */
  const plain = cipher.output.getBytes();
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

/** @param {Bytes} plain */
function unpadded(plain) {
  const size = plain.at(-1) ?? 0;
  const padding = plain.subarray(-size);
  const isPadded = size >= 1 && size <= BLOCK && padding.every((octet) => octet === size);
  if (!isPadded) throw new WrongPasswordError();
  return copy(plain.subarray(0, plain.length - size));
}

/** Return bytes as the library takes them. @param {Uint8Array} bytes */
const text = (bytes) => Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
