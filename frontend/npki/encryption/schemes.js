/**
 * How something is encrypted under a password: an AlgorithmIdentifier, read and written.
 *
 * Pure, and without any work: what a file asks for is known and within the limits before
 * a password is tried. pbe.js does the work.
 */

import { TAG, integer, nullValue, octetString, oid, sequence } from "../../pki/der/der_writer.js";
import { DerError } from "../../pki/der/errors.js";
import { OID } from "../../pki/der/oids.js";
import { UnknownKeyError } from "./errors.js";
import {
  MAX_KEY_BYTES,
  MAX_ROUNDS,
  MAX_SCRYPT_N,
  MAX_SCRYPT_WORK,
  TooMuchWorkError,
  readCount,
} from "./kdf/kdf_limits.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../pki/der/der_reader.js").Element} Element */
/** @typedef {import("../../lib/random.js").Random} Random */

/**
 * The forms of encrypted keys, by what Korean programs write.
 *
 * A: SEED, PBKDF1-SHA1. B: SEED under PBES2. C: SEED alone, with a fixed IV. D: another
 * cipher under PBES2. P: the older schemes of PKCS#5 1.5 and PKCS#12.
 * @typedef {"A" | "B" | "C" | "D" | "P"} KeyForm
 */

/** @type {Readonly<Record<KeyForm, KeyForm>>} */
export const KeyForm = Object.freeze({ A: "A", B: "B", C: "C", D: "D", P: "P" });

/** @typedef {"SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512"
 *   | "SHA-512/224" | "SHA-512/256"} HashName */
/**
 * @typedef {{name: "seed" | "fixed-iv" | "pkcs12", salt: Bytes, rounds: number}
 *   | {name: "pbkdf1", hash: "MD5" | "SHA-1", salt: Bytes, rounds: number}
 *   | {name: "pbkdf2", hash: HashName, salt: Bytes, rounds: number}
 *   | {name: "scrypt", salt: Bytes, n: number, r: number, p: number}} Kdf
 */
/**
 * @typedef {object} Cipher all in CBC mode
 * @property {"seed" | "aria" | "aes" | "3des" | "des" | "rc2"} name
 * @property {number} keyBytes
 * @property {number} [effectiveBits] of RC2
 */
/**
 * @typedef {object} Scheme
 * @property {KeyForm} form
 * @property {Kdf} kdf
 * @property {Cipher} cipher
 * @property {Bytes | null} iv null where the KDF makes it
 */
/** @typedef {{form: KeyForm, kdf: Kdf["name"], hash?: "MD5" | "SHA-1",
 *   cipher: Cipher}} Pbes1 */

/** @type {Readonly<Record<Cipher["name"], number>>} */
export const BLOCK_BYTES = Object.freeze(
  { seed: 16, aria: 16, aes: 16, "3des": 8, des: 8, rc2: 8 });

const SEED = Object.freeze(/** @type {Cipher} */ ({ name: "seed", keyBytes: 16 }));

/** @type {Readonly<Record<string, Pbes1>>} */
const PBES1 = Object.freeze({
  [OID.seedCbcWithSha1]: { form: "A", kdf: "seed", cipher: SEED },
  [OID.seedCbc]: { form: "C", kdf: "fixed-iv", cipher: SEED },
  [OID.md5WithDes]: pkcs5("MD5", { name: "des", keyBytes: 8 }),
  [OID.sha1WithDes]: pkcs5("SHA-1", { name: "des", keyBytes: 8 }),
  [OID.md5WithRc2]: pkcs5("MD5", { name: "rc2", keyBytes: 8, effectiveBits: 64 }),
  [OID.sha1WithRc2]: pkcs5("SHA-1", { name: "rc2", keyBytes: 8, effectiveBits: 64 }),
  [OID.pkcs12TripleDes]: pkcs12({ name: "3des", keyBytes: 24 }),
  [OID.pkcs12TwoKeyTripleDes]: pkcs12({ name: "3des", keyBytes: 16 }),
  [OID.pkcs12Rc2Of128]: pkcs12({ name: "rc2", keyBytes: 16, effectiveBits: 128 }),
  [OID.pkcs12Rc2Of40]: pkcs12({ name: "rc2", keyBytes: 5, effectiveBits: 40 }),
});

/** What PBES2 may have, where the parameters are the IV. @type {Readonly<Record<string, Cipher>>} */
const CIPHERS = Object.freeze({
  [OID.seedCbc]: SEED,
  [OID.aes128Cbc]: { name: "aes", keyBytes: 16 },
  [OID.aes192Cbc]: { name: "aes", keyBytes: 24 },
  [OID.aes256Cbc]: { name: "aes", keyBytes: 32 },
  [OID.aria128Cbc]: { name: "aria", keyBytes: 16 },
  [OID.aria192Cbc]: { name: "aria", keyBytes: 24 },
  [OID.aria256Cbc]: { name: "aria", keyBytes: 32 },
  [OID.tripleDesCbc]: { name: "3des", keyBytes: 24 },
  [OID.desCbc]: { name: "des", keyBytes: 8 },
});

/** What HMAC has inside (RFC 8018 B.1). @type {Readonly<Record<string, HashName>>} */
export const PRF = Object.freeze({
  [OID.hmacSha1]: "SHA-1",
  [OID.hmacSha224]: "SHA-224",
  [OID.hmacSha256]: "SHA-256",
  [OID.hmacSha384]: "SHA-384",
  [OID.hmacSha512]: "SHA-512",
  [OID.hmacSha512Of224]: "SHA-512/224",
  [OID.hmacSha512Of256]: "SHA-512/256",
});

/**
 * What is written. Form A has the rounds that all of the field write; B and D have
 * OWASP's figures for their hash, about 130 ms in a browser.
 * @type {Readonly<Partial<Record<KeyForm, {id: string, kdf: Kdf["name"], hash?: HashName,
 *   cipher: Cipher, saltBytes: number, rounds: number}>>>}
 */
const WRITTEN = Object.freeze({
  A: { id: OID.seedCbcWithSha1, kdf: "seed", cipher: SEED, saltBytes: 8, rounds: 2048 },
  B: {
    id: OID.seedCbc,
    kdf: "pbkdf2",
    hash: "SHA-1",
    cipher: SEED,
    saltBytes: 8,
    rounds: 1_300_000,
  },
  D: {
    id: OID.aes256Cbc,
    kdf: "pbkdf2",
    hash: "SHA-256",
    cipher: CIPHERS[OID.aes256Cbc],
    saltBytes: 16,
    rounds: 600_000,
  },
  P: {
    id: OID.pkcs12TripleDes,
    kdf: "pkcs12",
    cipher: PBES1[OID.pkcs12TripleDes].cipher,
    saltBytes: 8,
    rounds: 50_000,
  },
});

/** RFC 2268 6: how the bits that count are written. */
const RC2_VERSIONS = new Map([[160, 40], [120, 64], [58, 128]]);
const MAX_RC2_VERSION = 1024;
const RC2_KEY_BYTES = 16;

/**
 * Read how something is encrypted.
 * @param {Element} algorithm AlgorithmIdentifier
 * @returns {Scheme}
 * @throws {UnknownKeyError} when it is a way that is not read here
 * @throws {TooMuchWorkError} when it asks for too much
 * @throws {DerError} when it is none
 */
export function readScheme(algorithm) {
  const [id, parameters] = readAlgorithm(algorithm);
  if (id === OID.pbes2) return readPbes2(readFields(parameters, 2));
  const pbes1 = PBES1[id];
  if (pbes1 === undefined) throw new UnknownKeyError(id);
  if (id === OID.seedCbc && parameters?.tag === TAG.OCTET_STRING)
    throw new UnknownKeyError("an IV alone does not say how the key is derived");
  const [salt, count] = readFields(parameters, 2);
  const { form, kdf: name, hash, cipher } = pbes1;
  const kdf = { name, hash, salt: salt.octets(), rounds: readCount(count, MAX_ROUNDS) };
  return { form, kdf: /** @type {Kdf} */ (kdf), cipher, iv: null };
}

/**
 * Return the work that a scheme asks for: rounds, or N r p.
 * @param {Scheme} scheme
 */
export function workOf({ kdf }) {
  return kdf.name === "scrypt" ? kdf.n * kdf.r * kdf.p : kdf.rounds;
}

/**
 * Choose how something new is encrypted in one of the forms that are written.
 * @param {KeyForm} form any but C
 * @param {{random: Random, rounds?: number}} options `rounds` of the form's own, if absent
 * @returns {Scheme}
 * @throws {RangeError} when the form is only read
 * @throws {TooMuchWorkError} when nobody could open it under the limits
 */
export function createScheme(form, { random, rounds: chosen }) {
  const written = WRITTEN[form];
  if (written === undefined) throw new RangeError(`form ${form} is only read`);
  const { kdf: name, hash, cipher, saltBytes } = written;
  const rounds = chosen ?? written.rounds;
  if (rounds < 1 || rounds > MAX_ROUNDS) throw new TooMuchWorkError();
  const kdf = /** @type {Kdf} */ ({ name, hash, salt: random(saltBytes), rounds });
  return { form, kdf, cipher, iv: name === "pbkdf2" ? random(BLOCK_BYTES[cipher.name]) : null };
}

/**
 * Write a scheme that createScheme() made.
 * @param {Scheme} scheme
 * @returns {Bytes} AlgorithmIdentifier
 */
export function writeScheme({ form, kdf, iv }) {
  const id = WRITTEN[form]?.id;
  if (id === undefined || kdf.name === "scrypt") throw new RangeError("only read");
  const salted = [octetString(kdf.salt), integer(kdf.rounds)];
  if (iv === null) return sequence(oid(id), sequence(...salted));
  // RFC 8018 A.2: SHA-1 is the default, and what reads form B looks for no other. The
  // keyLength is left out; the cipher says it.
  const prf = form === "B" ? [] : [sequence(oid(OID.hmacSha256), nullValue())];
  const derivation = sequence(oid(OID.pbkdf2), sequence(...salted, ...prf));
  const encryption = sequence(oid(id), octetString(iv));
  return sequence(oid(OID.pbes2), sequence(derivation, encryption));
}

/** @param {Element[]} parts @returns {Scheme} */
function readPbes2([derivation, encryption]) {
  const { kdf, keyBytes } = readKdf(derivation);
  const { cipher, iv } = readCipher(encryption, keyBytes);
  if (keyBytes !== null && keyBytes !== cipher.keyBytes)
    throw new UnknownKeyError("a key of another length");
  if (iv.length !== BLOCK_BYTES[cipher.name]) throw new DerError("length of the IV");
  return { form: cipher.name === "seed" ? "B" : "D", kdf, cipher, iv };
}

/**
 * Read a key derivation under PBES2 or PBMAC1.
 * @param {Element} derivation AlgorithmIdentifier
 * @returns {{kdf: Kdf, keyBytes: number | null}} `keyBytes` is null where it is not said
 * @throws {UnknownKeyError} when it is a way that is not read here
 * @throws {TooMuchWorkError} when it asks for too much
 * @throws {DerError} when it is none
 */
export function readKdf(derivation) {
  const [id, parameters] = readAlgorithm(derivation);
  if (id === OID.pbkdf2) return readPbkdf2(readFields(parameters, 2, 4));
  if (id === OID.scrypt) return readScrypt(readFields(parameters, 4, 5));
  throw new UnknownKeyError(id);
}

/** @param {Element[]} parameters RFC 8018 A.2 @returns {{kdf: Kdf, keyBytes: number | null}} */
function readPbkdf2([salt, count, ...options]) {
  const rounds = readCount(count, MAX_ROUNDS);
  const keyBytes = readKeyBytes(options);
  const [prf, ...more] = keyBytes === null ? options : options.slice(1);
  if (more.length > 0) throw new DerError("more than a PRF");
  if (salt.tag === TAG.SEQUENCE) throw new UnknownKeyError("a salt from elsewhere");
  const id = prf === undefined ? OID.hmacSha1 : readAlgorithm(prf)[0];
  const hash = PRF[id];
  if (hash === undefined) throw new UnknownKeyError(id);
  return { kdf: { name: "pbkdf2", hash, salt: salt.octets(), rounds }, keyBytes };
}

/** @param {Element[]} parameters RFC 7914 7 @returns {{kdf: Kdf, keyBytes: number | null}} */
function readScrypt([salt, cost, blockSize, parallel, ...options]) {
  const n = readCount(cost, MAX_SCRYPT_N);
  const [r, p] = [blockSize, parallel].map((count) => readCount(count, MAX_SCRYPT_WORK));
  if (n * r * p > MAX_SCRYPT_WORK) throw new TooMuchWorkError();
  // RFC 7914 6: N is a power of 2 above 1.
  if (n < 2 || (n & (n - 1)) !== 0) throw new DerError("no power of 2");
  const keyBytes = readKeyBytes(options);
  return { kdf: { name: "scrypt", salt: salt.octets(), n, r, p }, keyBytes };
}

/** Read the keyLength, null where it is absent. @param {Element[]} options */
function readKeyBytes(options) {
  const [length] = options;
  return length?.tag === TAG.INTEGER ? readCount(length, MAX_KEY_BYTES) : null;
}

/**
 * @param {Element} encryption
 * @param {number | null} keyBytes
 * @returns {{cipher: Cipher, iv: Bytes}}
 */
function readCipher(encryption, keyBytes) {
  const [id, parameters] = readAlgorithm(encryption);
  if (id === OID.rc2Cbc) return readRc2(readFields(parameters, 1, 2), keyBytes);
  const cipher = CIPHERS[id];
  if (cipher === undefined) throw new UnknownKeyError(id);
  if (parameters === undefined) throw new DerError("no IV");
  return { cipher, iv: parameters.octets() };
}

/**
 * Read the parameters of RC2 (RFC 8018 B.2.3).
 * @param {Element[]} parameters
 * @param {number | null} keyBytes
 * @returns {{cipher: Cipher, iv: Bytes}}
 */
function readRc2(parameters, keyBytes) {
  const iv = parameters[parameters.length - 1].octets();
  // Absent means 32 bits, which nobody writes.
  const version = parameters.length > 1 ? readCount(parameters[0], MAX_RC2_VERSION) : 0;
  const effectiveBits = RC2_VERSIONS.get(version);
  if (effectiveBits === undefined) throw new UnknownKeyError(`RC2 version ${version}`);
  const cipher = { name: "rc2", keyBytes: keyBytes ?? RC2_KEY_BYTES, effectiveBits };
  return { cipher: /** @type {Cipher} */ (cipher), iv };
}

/**
 * Return name and parameters of an AlgorithmIdentifier.
 * @param {Element} algorithm
 * @returns {[string, Element | undefined]}
 * @throws {DerError} when it is none
 */
export function readAlgorithm(algorithm) {
  const [id, parameters, ...more] = algorithm.expect(TAG.SEQUENCE).children();
  if (id === undefined || more.length > 0) throw new DerError("not an algorithm");
  return [id.oid(), parameters];
}

/**
 * Return the elements of parameters.
 * @param {Element | undefined} parameters
 * @param {number} minimum how many there are
 * @param {number} [maximum]
 */
function readFields(parameters, minimum, maximum = minimum) {
  const fields = parameters?.expect(TAG.SEQUENCE).children() ?? [];
  if (fields.length < minimum || fields.length > maximum)
    throw new DerError(`${fields.length} parameters`);
  return fields;
}

/** @param {"MD5" | "SHA-1"} hash @param {Cipher} cipher @returns {Pbes1} */
function pkcs5(hash, cipher) {
  return { form: "P", kdf: "pbkdf1", hash, cipher };
}

/** @param {Cipher} cipher @returns {Pbes1} */
function pkcs12(cipher) {
  return { form: "P", kdf: "pkcs12", cipher };
}
