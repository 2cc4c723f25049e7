/**
 * Proof by a certificate's own key: what it signs. Twin of webapp/pki/key_proof.py.
 *
 * The message begins with a label that no certificate, request or document begins with,
 * and every part carries its length, so that it can be taken for nothing else.
 */

import { concat, utf8 } from "../lib/bytes.js";
import { readCertificate } from "../pki/certificate.js";
import { importPrivateKey, sign, signsFor } from "../pki/key_pair.js";
import { KeyForm, decryptKey, encryptKey } from "../npki/key_file.js";
import { openContents } from "../npki/sets/opening.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../npki/encryption/pbe.js").Stopping} Stopping */

/**
 * @typedef {object} KeyProof
 * @property {"renew" | "revoke" | "pair"} purpose
 * @property {string} origin of the page
 * @property {string} applicationId empty where there is none
 * @property {string} fingerprint SHA-256 of the certificate, hexadecimal
 * @property {Uint8Array} challenge
 */

/**
 * A certificate with its locked key, from the store or from a file; or with one that
 * cannot be copied and has no password.
 * @typedef {{certificate: Uint8Array, encryptedKey?: Uint8Array, key?: CryptoKey}} LockedKey
 */

const LABEL = "certferry proof 1";

/** The key that was opened is not that of the certificate; a code for sentences. */
export class KeyMismatchError extends Error {
  /** @readonly */ code = "damaged_key";
}

/**
 * Return the bytes that the key signs.
 * @param {KeyProof} proof
 * @returns {Bytes}
 */
export function proofMessage({ purpose, origin, applicationId, fingerprint, challenge }) {
  const texts = [purpose, origin, applicationId, fingerprint].map(utf8);
  const parts = [...texts, challenge].flatMap((part) => [
    Uint8Array.of(part.length >> 8, part.length & 0xff),
    part,
  ]);
  return concat(utf8(LABEL), ...parts);
}

/**
 * Sign a proof with a locked key.
 * @param {LockedKey} locked
 * @param {string} password of no account where the key has none
 * @param {KeyProof} proof
 * @param {Stopping} [options]
 * @returns {Promise<Bytes>} the signature as X.509 writes it
 * @throws {import("../npki/encryption/errors.js").WrongPasswordError}
 * @throws {KeyMismatchError}
 */
export async function signProof(locked, password, proof, options) {
  const key = await openSigningKey(locked, password, options);
  return (await sign(key, proofMessage(proof))).value;
}

/**
 * Return the key of a certificate, opened for signing.
 * @param {LockedKey} locked
 * @param {string} password of no account where the key has none
 * @param {Stopping} [options]
 * @returns {Promise<CryptoKey>}
 * @throws {import("../npki/encryption/errors.js").WrongPasswordError}
 * @throws {KeyMismatchError} it is the key of another certificate
 */
export async function openSigningKey(locked, password, options) {
  if (locked.key) return checkKey(locked.key, locked.certificate);
  return (await openLockedKey(locked, password, options)).key;
}

/**
 * Return the key of a certificate, opened for signing, and its bytes.
 * @param {LockedKey} locked with an encrypted key
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<{key: CryptoKey, privateKeyInfo: Bytes}>}
 * @throws {import("../npki/encryption/errors.js").WrongPasswordError}
 * @throws {KeyMismatchError} it is the key of another certificate
 */
export async function openLockedKey({ encryptedKey, certificate }, password, options) {
  if (encryptedKey === undefined) throw new KeyMismatchError();
  const privateKeyInfo = await decryptKey(encryptedKey, password, options);
  const key = await checkKey(await importPrivateKey(privateKeyInfo), certificate);
  return { key, privateKeyInfo };
}

/** @param {CryptoKey} key @param {Uint8Array} certificate */
async function checkKey(key, certificate) {
  if (await signsFor(key, readCertificate(certificate).spki)) return key;
  throw new KeyMismatchError();
}

/**
 * Return the first key of a PKCS#12 file whose certificate lies beside it, locked.
 * @param {import("../npki/pfx.js").PfxContents} contents
 * @param {string} password the file's
 * @returns {Promise<LockedKey>}
 * @throws {import("../pki/der/errors.js").PkiError} when there is none, or none that can
 *   be compared here
 */
export async function matchCertificate(contents, password) {
  const { certificate, privateKeyInfo, encryptedKey } = (await openContents(contents)).signing;
  return {
    certificate,
    encryptedKey: encryptedKey ?? (await encryptKey(privateKeyInfo, password, KeyForm.D)),
  };
}

/**
 * Find what is kept of a certificate: by its hash, since what was moved has no id of the
 * centre.
 * @template {{id: string}} T
 * @param {T[]} holdings
 * @param {string} fingerprint
 */
export const findStored = (holdings, fingerprint) =>
  holdings.find(({ id }) => id === fingerprint);
