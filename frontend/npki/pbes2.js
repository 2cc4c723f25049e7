/**
 * PBES2 (RFC 8018 6.2): bytes under a password, with PBKDF2 and AES-CBC.
 *
 * Writes HMAC-SHA256 and AES-256 only; reads the neighbours too, and asks pbes1.js for
 * what older files have. Knows nothing of
 * what the bytes are: a private key and a bag of certificates look alike from here.
 */

import { copy, utf8 } from "../lib/bytes.js";
import { TAG, integer, nullValue, octetString, oid, sequence } from "../pki/der/der_writer.js";
import { DerError } from "../pki/der/errors.js";
import { UnsupportedKeyError, WrongPasswordError } from "../pki/errors.js";
import { OID } from "../pki/der/oids.js";
import { randomBytes } from "../lib/random.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {import("../lib/random.js").Random} Random */

/** OWASP's figure for PBKDF2-HMAC-SHA256; about 130 ms in a browser. */
export const ROUNDS = 600_000;

/** More would let a file that came over a wire stop the page. */
export const MAX_ROUNDS = 10_000_000;

const BLOCK = 16;
const SALT = 16;

const PRF = Object.freeze(
  /** @type {Record<string, string>} */ ({
    [OID.hmacSha1]: "SHA-1",
    [OID.hmacSha256]: "SHA-256",
    [OID.hmacSha384]: "SHA-384",
    [OID.hmacSha512]: "SHA-512",
  }),
);

const KEY_BITS = Object.freeze(
  /** @type {Record<string, number>} */ ({
    [OID.aes128Cbc]: 128,
    [OID.aes192Cbc]: 192,
    [OID.aes256Cbc]: 256,
  }),
);

/**
 * @typedef {object} Scheme
 * @property {Uint8Array} salt
 * @property {number} rounds
 * @property {string} hash
 * @property {number} bits
 * @property {Uint8Array} iv
 */

/**
 * Encrypt `plain`.
 * @param {Uint8Array} plain
 * @param {string} password
 * @param {{random?: Random, rounds?: number}} [options]
 * @returns {Promise<{algorithm: Bytes, ciphertext: Bytes}>}
 */
export async function encrypt(plain, password, options = {}) {
  const { random = randomBytes, rounds = ROUNDS } = options;
  const [salt, iv] = [random(SALT), random(BLOCK)];
  const scheme = { salt, iv, rounds, hash: "SHA-256", bits: 256 };
  const key = await deriveKey(scheme, password, "encrypt");
  const cipher = { name: "AES-CBC", iv: copy(scheme.iv) };
  const ciphertext = copy(await crypto.subtle.encrypt(cipher, key, copy(plain)));
  return { algorithm: encodeScheme(scheme), ciphertext };
}

/**
 * Decrypt `ciphertext`.
 * @param {Element} algorithm AlgorithmIdentifier
 * @param {Uint8Array} ciphertext
 * @param {string} password
 * @returns {Promise<Bytes>}
 * @throws {WrongPasswordError} when the padding is wrong
 * @throws {UnsupportedKeyError} when it is another scheme, or has too many rounds
 */
export async function decrypt(algorithm, ciphertext, password) {
  const pkcs12Scheme = readPkcs12Scheme(algorithm);
  if (pkcs12Scheme !== null) {
    const { openPbes1 } = await import("./pbes1.js");
    return openPbes1(pkcs12Scheme, ciphertext, password);
  }
  const scheme = readScheme(algorithm);
  if (ciphertext.length === 0 || ciphertext.length % BLOCK) {
    throw new DerError("ciphertext does not fill blocks");
  }
  const key = await deriveKey(scheme, password, "decrypt");
  const cipher = { name: "AES-CBC", iv: copy(scheme.iv) };
  try {
    return copy(await crypto.subtle.decrypt(cipher, key, copy(ciphertext)));
  } catch {
    throw new WrongPasswordError();
  }
}

/**
 * @param {Scheme} scheme
 * @param {string} password
 * @param {"encrypt" | "decrypt"} use
 */
async function deriveKey({ salt, rounds, hash, bits }, password, use) {
  const secret = utf8(password);
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, [
    "deriveKey",
  ]);
  const kdf = { name: "PBKDF2", hash, salt: copy(salt), iterations: rounds };
  const cipher = { name: "AES-CBC", length: bits };
  return crypto.subtle.deriveKey(kdf, base, cipher, false, [use]);
}

/** @param {Scheme} scheme */
function encodeScheme({ salt, rounds, iv }) {
  const prf = sequence(oid(OID.hmacSha256), nullValue());
  // RFC 8018 A.2: keyLength is left out; AES-256 says it.
  const kdf = sequence(
    oid(OID.pbkdf2),
    sequence(octetString(salt), integer(rounds), prf),
  );
  const cipher = sequence(oid(OID.aes256Cbc), octetString(iv));
  return sequence(oid(OID.pbes2), sequence(kdf, cipher));
}

/** @param {Element} algorithm @returns {Scheme} */
function readScheme(algorithm) {
  const kdf = parameters(parameters(algorithm, OID.pbes2)[0], OID.pbkdf2);
  const [cipherId, iv] = pair(parameters(algorithm, OID.pbes2)[1]);
  const [salt, count, ...options] = kdf;
  const rounds = checkRounds(count);
  const prf = options.find((option) => option.tag === TAG.SEQUENCE);
  // RFC 8018 A.2: HMAC-SHA1 is the default.
  const hash = prf === undefined ? "SHA-1" : PRF[pair(prf)[0].oid()];
  const bits = KEY_BITS[cipherId.oid()];
  const length = options.find((option) => option.tag === TAG.INTEGER)?.number();
  if (!hash || !bits || (length ?? bits / 8) !== bits / 8 || iv === undefined) {
    throw new UnsupportedKeyError("cipher, key length or PRF");
  }
  if (iv.octets().length !== BLOCK) throw new DerError("an IV of another length");
  return { salt: salt.octets(), rounds, hash, bits, iv: iv.octets() };
}

/**
 * Return the rounds that an algorithm asks for, before any of them is done.
 * @param {Element} algorithm
 * @returns {number}
 */
export const readRounds = (algorithm) =>
  (readPkcs12Scheme(algorithm) ?? readScheme(algorithm)).rounds;

/**
 * Return the scheme of an older PKCS#12 file (RFC 7292 C); of another null.
 * @param {Element} algorithm
 */
function readPkcs12Scheme(algorithm) {
  const [id] = pair(algorithm);
  const name = id.oid();
  if (!name.startsWith(OID.pkcs12Pbe)) return null;
  const [salt, count] = parameters(algorithm, name);
  return { name, salt: salt.octets(), rounds: checkRounds(count) };
}

/**
 * Read a number of rounds: more than the most would let a file stop the page.
 * @param {Element} count
 */
function checkRounds(count) {
  const content = count.integer();
  const isSmall = content.length <= 4 && !(content[0] & 0x80);
  const rounds = isSmall ? count.number() : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS) throw new UnsupportedKeyError("rounds");
  return rounds;
}

/**
 * Return the parameters of an algorithm that must be `id`.
 * @param {Element} algorithm
 * @param {string} id
 */
function parameters(algorithm, id) {
  const [name, values] = pair(algorithm);
  if (name.oid() !== id) throw new UnsupportedKeyError(`${name.oid()}, not ${id}`);
  const inside = values?.expect(TAG.SEQUENCE).children() ?? [];
  if (inside.length < 2) throw new DerError("parameters are missing");
  return inside;
}

/** @param {Element} algorithm */
function pair(algorithm) {
  const parts = algorithm.expect(TAG.SEQUENCE).children();
  if (parts.length < 1 || parts.length > 2) throw new DerError("not an algorithm");
  return parts;
}
