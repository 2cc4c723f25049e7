/**
 * The MAC of a PKCS#12 file (RFC 7292 4), and PBMAC1 (RFC 9579) in its place.
 *
 * Its hashes run step by step in the page's own thread, which may breathe meanwhile.
 */

import { hmac } from "@noble/hashes/hmac.js";
import {
  sha224,
  sha256,
  sha384,
  sha512,
  sha512_224,
  sha512_256,
} from "@noble/hashes/sha2.js";
import { equal } from "../lib/bytes.js";
import { TAG, integer, nullValue, octetString, oid, sequence } from "../pki/der/der_writer.js";
import { DerError } from "../pki/der/errors.js";
import { OID } from "../pki/der/oids.js";
import { UnknownKeyError } from "./encryption/errors.js";
import { OLDER_HASHES, PURPOSE, derivePkcs12Key } from "./encryption/kdf.js";
import { MAX_ROUNDS, readCount } from "./encryption/kdf_limits.js";
import { candidateCharacters, candidateSecrets, terminated } from "./encryption/password.js";
import { derivePbkdf2 } from "./encryption/pbe.js";
import { PRF, readAlgorithm, readKdf } from "./encryption/schemes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {import("./encryption/kdf.js").HashFunction} HashFunction */
/** @typedef {import("./encryption/schemes.js").HashName} MacHash */
/**
 * @typedef {object} Mac
 * @property {MacHash} hash
 * @property {Bytes} digest
 * @property {number} rounds
 * @property {(password: string) => (() => Promise<Bytes>)[]} keys what makes the key, for
 *   each reading of a password
 */

const MIN_KEY_BYTES = 20;

/** @type {Readonly<Record<MacHash, HashFunction>>} */
const HASHES = Object.freeze({
  "SHA-1": OLDER_HASHES["SHA-1"],
  "SHA-224": sha224,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
  "SHA-512/224": sha512_224,
  "SHA-512/256": sha512_256,
});

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
 * @throws {import("./encryption/errors.js").TooMuchWorkError} when it asks for too much
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
  const keys = (/** @type {string} */ password) =>
    candidateCharacters(password).map((characters) => () => deriveKey(derivation, characters));
  return { hash, digest, rounds, keys };
}

/**
 * Tell whether a reading of the password makes this MAC of `content`.
 * @param {Mac} mac
 * @param {Uint8Array} content
 * @param {string} password
 */
export async function macFits({ hash, digest, keys }, content, password) {
  for (const derive of keys(password))
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
 */
function deriveKey({ hash, salt, rounds }, characters) {
  const { outputLen: size } = HASHES[hash];
  const purpose = PURPOSE.MAC;
  return derivePkcs12Key({ hash: HASHES[hash], characters, salt, rounds, purpose, size });
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
  const keys = (/** @type {string} */ password) =>
    candidateSecrets(password).map((secret) => () => derivePbkdf2(secret, kdf, size));
  return { hash, rounds: kdf.rounds, keys };
}
