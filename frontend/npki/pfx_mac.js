/**
 * The MAC of a PKCS#12 file (RFC 7292 4), and PBMAC1 (RFC 9579) in its place.
 *
 * Few rounds run in the page's own thread, many in a worker (slow_kdf.js).
 */

import { hmac } from "@noble/hashes/hmac.js";
import { equal } from "../lib/bytes.js";
import { loadModule } from "../lib/lazy.js";
import { TAG, integer, nullValue, octetString, oid, sequence } from "../pki/der/der_writer.js";
import { DerError } from "../pki/der/errors.js";
import { OID } from "../pki/der/oids.js";
import { UnknownKeyError } from "./encryption/errors.js";
import { HASHES } from "./encryption/kdf/hashes.js";
import { PURPOSE, derivePkcs12Key } from "./encryption/kdf/kdf.js";
import { MAX_ROUNDS, isShort, readCount } from "./encryption/kdf/kdf_limits.js";
import { candidateCharacters, candidateSecrets, terminated } from "./encryption/password.js";
import { derivePbkdf2 } from "./encryption/pbe.js";
import { PRF, readAlgorithm, readKdf } from "./encryption/schemes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {import("./encryption/schemes.js").HashName} MacHash */
/**
 * @typedef {object} Mac
 * @property {MacHash} hash
 * @property {Bytes} digest
 * @property {number} rounds
 * @property {(password: string, signal?: AbortSignal) => (() => Promise<Bytes>)[]} keys what
 *   makes the key, for each reading of a password
 */


const MIN_KEY_BYTES = 20;

/** @type {Readonly<Record<string, MacHash>>} */
const NAMES = Object.freeze({
  [OID.sha1]: "SHA-1",
  [OID.sha224]: "SHA-224",
  [OID.sha256]: "SHA-256",
  [OID.sha384]: "SHA-384",
  [OID.sha512]: "SHA-512",
  [OID.sha512Of224]: "SHA-512/224",
  [OID.sha512Of256]: "SHA-512/256",
});

/**
 * Read a MAC, its work within the limits.
 * @param {Element} macData
 * @returns {Mac}
 * @throws {UnknownKeyError} when it is of a kind that is not known here
 * @throws {import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} when it asks for too much
 * @throws {DerError} when it is none
 */
export function readMac(macData) {
  const [info, salt, count, ...more] = macData.expect(TAG.SEQUENCE).children();
  const [algorithm, value, ...rest] = info?.expect(TAG.SEQUENCE).children() ?? [];
  if (!value || !salt || more.length > 0 || rest.length > 0) throw new DerError("no MAC");
  // RFC 7292 4: one round where nothing else is said.
  const rounds = count === undefined ? 1 : readCount(count, MAX_ROUNDS);
  const [id, parameters] = readAlgorithm(algorithm);
  const digest = value.octets();
  if (id === OID.pbmac1) return { ...readPbmac1(parameters), digest };
  const hash = NAMES[id];
  if (hash === undefined) throw new UnknownKeyError(id);
  const derivation = { hash, salt: salt.octets(), rounds };
  /** @type {Mac["keys"]} */
  const keys = (password, signal) =>
    candidateCharacters(password).map((characters) => () =>
      deriveKey(derivation, characters, signal));
  return { hash, digest, rounds, keys };
}

/**
 * Tell whether a reading of the password makes this MAC of `content`.
 * @param {Mac} mac
 * @param {Uint8Array} content
 * @param {string} password
 * @param {import("./encryption/pbe.js").Stopping} [options]
 */
export async function macFits({ hash, digest, keys }, content, password, { signal } = {}) {
  for (const derive of keys(password, signal))
    if (equal(hmac(HASHES[hash], await derive(), content), digest)) return true;
  return false;
}

/**
 * Make a MAC.
 * @param {{hash: "SHA-1" | "SHA-256", salt: Bytes, rounds: number}} derivation
 * @param {Uint8Array} content
 * @param {string} password
 * @returns {Promise<Bytes>} MacData
 */
export async function createMac(derivation, content, password) {
  const { hash, salt, rounds } = derivation;
  const key = await deriveKey(derivation, terminated(password));
  const id = hash === "SHA-1" ? OID.sha1 : OID.sha256;
  const digest = hmac(HASHES[hash], key, content);
  const info = sequence(sequence(oid(id), nullValue()), octetString(digest));
  return sequence(info, octetString(salt), integer(rounds));
}

/**
 * @param {{hash: MacHash, salt: Bytes, rounds: number}} derivation
 * @param {Bytes} characters
 * @param {AbortSignal} [signal]
 */
async function deriveKey({ hash, salt, rounds }, characters, signal) {
  const { outputLen: size } = HASHES[hash];
  const request = { characters, salt, rounds, purpose: PURPOSE.MAC, size };
  if (isShort(hash, rounds))
    return derivePkcs12Key({ ...request, hash: HASHES[hash] }, { signal });
  const { deriveSlowly } = await loadModule(() => import("./encryption/kdf/slow_kdf.js"));
  return deriveSlowly({ kdf: "pkcs12", hash, ...request }, signal);
}

/**
 * Read the parameters of PBMAC1 (RFC 8018 A.5).
 * @param {Element | undefined} parameters
 */
function readPbmac1(parameters) {
  const [derivation, scheme, ...more] = parameters?.expect(TAG.SEQUENCE).children() ?? [];
  if (scheme === undefined || more.length > 0) throw new DerError("not PBMAC1");
  const { kdf, keyBytes } = readKdf(derivation);
  const hash = PRF[readAlgorithm(scheme)[0]];
  if (kdf.name !== "pbkdf2" || hash === undefined) throw new UnknownKeyError("of PBMAC1");
  // RFC 9579 5: the length is there, and no shorter than a digest of SHA-1.
  const size = keyBytes ?? 0;
  if (size < MIN_KEY_BYTES) throw new DerError("a short key");
  /** @type {Mac["keys"]} */
  const keys = (password, signal) =>
    candidateSecrets(password).map((secret) => () => derivePbkdf2(secret, kdf, size, { signal }));
  return { hash, rounds: kdf.rounds, keys };
}
