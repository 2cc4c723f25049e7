/**
 * Private keys under a password: EncryptedPrivateKeyInfo (RFC 5958 3).
 *
 * The plain PrivateKeyInfo is opaque here: the same bytes come out that went in, so
 * that R, which key libraries drop, is never lost.
 */

import { TAG, octetString, sequence } from "../pki/der/der_writer.js";
import { checkLimits, read } from "../pki/der/der_reader.js";
import { DerError } from "../pki/der/errors.js";
import { WrongPasswordError } from "../pki/errors.js";
import { privateKeyParts } from "../pki/key_pair.js";
import { decrypt, encrypt } from "./pbes2.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

const MAX_BYTES = 16 * 1024;

/**
 * Encrypt a private key: PBES2, PBKDF2-HMAC-SHA256, AES-256-CBC.
 * @param {Uint8Array} pkcs8 PrivateKeyInfo
 * @param {string} password
 * @param {Parameters<typeof encrypt>[2]} [options]
 * @returns {Promise<Bytes>} DER
 */
export async function encryptKey(pkcs8, password, options) {
  const { algorithm, ciphertext } = await encrypt(pkcs8, password, options);
  return sequence(algorithm, octetString(ciphertext));
}

/**
 * Decrypt a private key.
 * @param {Uint8Array} der EncryptedPrivateKeyInfo
 * @param {string} password
 * @returns {Promise<Bytes>} PrivateKeyInfo, the bytes that were encrypted
 * @throws {WrongPasswordError} when the password does not open it
 * @throws {import("../pki/errors.js").UnsupportedKeyError} when another scheme protects it
 */
export async function decryptKey(der, password) {
  checkLimits(der, { maxBytes: MAX_BYTES });
  const parts = read(der, TAG.SEQUENCE).children();
  if (parts.length !== 2) throw new DerError("not an EncryptedPrivateKeyInfo");
  const [algorithm, ciphertext] = parts;
  const plain = await decrypt(algorithm, ciphertext.octets(), password);
  try {
    privateKeyParts(plain);
  } catch {
    // One wrong password in 256 leaves padding that looks right.
    throw new WrongPasswordError();
  }
  return plain;
}
