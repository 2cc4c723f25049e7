/**
 * A private key encrypted under a password: signPri.key and its kin.
 *
 * EncryptedPrivateKeyInfo (RFC 5958 3) in DER, BER or PEM. What is decrypted stays as it
 * is, byte for byte: R, an attribute inside, is lost when a library writes a key anew.
 * Twin of mobile_bridge/npki/key_file.py.
 */

import { randomBytes } from "../lib/random.js";
import { readCertificate } from "../pki/certificate.js";
import { toDer } from "../pki/der/ber.js";
import { read } from "../pki/der/der_reader.js";
import {
  TAG,
  contextTag,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
} from "../pki/der/der_writer.js";
import { DerError } from "../pki/der/errors.js";
import { OID } from "../pki/der/oids.js";
import { UnsupportedKeyError } from "../pki/errors.js";
import { isKeyPair } from "../pki/key_pair.js";
import { KeyFormError, OpensslKeyError, UnknownKeyError } from "./encryption/errors.js";
import { KeyMismatchError, PlainKeyError, TooLargeFileError } from "./errors.js";
import { decrypt, encrypt } from "./encryption/pbe.js";
import { isPem, readPem } from "./files/pem.js";
import { KeyForm, createScheme, readScheme } from "./encryption/schemes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {import("./encryption/pbe.js").Stopping} Stopping */
/**
 * @typedef {object} EncryptionOptions
 * @property {import("../lib/random.js").Random} [random]
 * @property {number} [rounds] the form's own, if absent
 */

export { KeyForm };
/** Of a file with one key. */
export const MAX_BYTES = 16 * 1024;
/** More would take seconds to check. */
const MAX_RSA_BITS = 8192;
/** RFC 5958 2: 0, or 1 with the public key. */
const VERSIONS = new Set([0, 1]);
/** RFC 4055 1.2, 3.1, 4.1: one kind of key, whatever it is for. */
const RSA_KEYS = new Set([1, 7, 10].map((arc) => `1.2.840.113549.1.1.${arc}`));
/** RFC 8410 3. */
const EDWARDS = /^1\.3\.101\.11[0-3]$/;
const EC_PARAMETERS = contextTag(0);
/** @type {ReadonlySet<import("./files/pem.js").PemKind>} */
const PEM_KEYS = new Set(["encrypted_key", "plain_key", "other_key"]);

/**
 * Return how a key file is encrypted.
 * @param {Uint8Array} octets
 * @returns {import("./encryption/schemes.js").KeyForm}
 * @throws {PlainKeyError} when it is not encrypted
 * @throws {KeyFormError} when it is no key file, or damaged
 * @throws {UnknownKeyError} when it is encrypted in a way that is not known here
 * @throws {import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} when it asks for
 *   more work than an honest file
 * @throws {TooLargeFileError} when it is larger than a key file
 */
export const readForm = (octets) => readParts(readEncryptedKey(octets)).scheme.form;

/**
 * Return a key file as EncryptedPrivateKeyInfo in DER; it may come in BER or PEM.
 * @param {Uint8Array} octets
 * @returns {Bytes}
 * @throws {PlainKeyError} when it is not encrypted
 * @throws {KeyFormError} when it is no key file, or damaged
 * @throws {OpensslKeyError} when it is PEM that OpenSSL encrypted in its own way
 * @throws {TooLargeFileError} when it is larger than a key file
 */
function readEncryptedKey(octets) {
  if (octets.length > MAX_BYTES) throw new TooLargeFileError();
  return withFormErrors(() => {
    const der = toDer(isPem(octets) ? readPemKey(octets) : octets);
    if (isPlain(der)) throw new PlainKeyError();
    splitKey(der);
    return der;
  });
}

/**
 * Return the PrivateKeyInfo of a key file, byte for byte.
 * @param {Uint8Array} octets
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<Bytes>}
 * @throws {import("./encryption/errors.js").WrongPasswordError} when no reading of the password
 *   opens it
 * @throws {import("../pki/der/errors.js").PkiError} as readForm()
 */
export async function decryptKey(octets, password, options) {
  const { scheme, ciphertext } = readParts(readEncryptedKey(octets));
  return withFormErrors(() =>
    decrypt(scheme, ciphertext, password, isPrivateKeyInfo, options));
}

/**
 * Encrypt a private key in form A, B, D (AES-256) or P (triple DES); C is only read.
 * @param {Uint8Array} privateKeyInfo
 * @param {string} password
 * @param {import("./encryption/schemes.js").KeyForm} form
 * @param {EncryptionOptions} [options]
 * @returns {Promise<Bytes>} EncryptedPrivateKeyInfo in DER
 * @throws {KeyFormError} when it is no PrivateKeyInfo
 * @throws {import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} when nobody could open it
 * @throws {RangeError} for form C
 */
export async function encryptKey(privateKeyInfo, password, form, options = {}) {
  if (!isPrivateKeyInfo(privateKeyInfo)) throw new KeyFormError();
  const { random = randomBytes, rounds } = options;
  const scheme = createScheme(form, { random, rounds });
  const { algorithm, ciphertext } = await encrypt(scheme, privateKeyInfo, password);
  return sequence(algorithm, octetString(ciphertext));
}

/**
 * Return a key file with the same bytes under another password.
 *
 * It keeps its form, except that C becomes A, which every reader of C reads too.
 * @param {Uint8Array} octets
 * @param {{password: string, newPassword: string,
 *   form?: import("./encryption/schemes.js").KeyForm}} change
 * @param {EncryptionOptions & Stopping} [options]
 * @returns {Promise<Bytes>}
 * @throws {import("./encryption/errors.js").WrongPasswordError} when the old password does not open it
 * @throws {import("../pki/der/errors.js").PkiError} as readForm()
 */
export async function changePassword(octets, change, options) {
  const before = readForm(octets);
  const newForm = before === KeyForm.C ? KeyForm.A : before;
  const plain = await decryptKey(octets, change.password, options);
  return encryptKey(plain, change.newPassword, change.form ?? newForm, options);
}

/**
 * Accept a key that is the certificate's.
 * @param {Uint8Array} privateKeyInfo
 * @param {Uint8Array} certificate DER
 * @returns {Promise<void>}
 * @throws {KeyMismatchError} when it is another one's
 * @throws {UnknownKeyError} when one of them is of a kind that cannot be compared here
 * @throws {DerError} when the certificate cannot be read
 */
export async function checkKeyPair(privateKeyInfo, certificate) {
  const { spki } = readCertificate(certificate);
  try {
    if (!(await comparePair(privateKeyInfo, spki))) throw new KeyMismatchError();
  } catch (error) {
    // What cannot be compared differs all the same, if it is of different kinds.
    if (error instanceof UnknownKeyError && areOfDifferentKinds(privateKeyInfo, spki))
      throw new KeyMismatchError();
    throw error;
  }
}

/**
 * Tell whether bytes have the form of a PrivateKeyInfo (RFC 5958 2).
 * @param {Uint8Array} octets
 */
export function isPrivateKeyInfo(octets) {
  try {
    const [version, algorithm, key] = read(toDer(octets), TAG.SEQUENCE).children();
    algorithm.expect(TAG.SEQUENCE).children()[0].oid();
    key.expect(TAG.OCTET_STRING);
    return VERSIONS.has(version.number());
  } catch (error) {
    if (error instanceof DerError || error instanceof TypeError) return false;
    throw error;
  }
}

/** @param {Uint8Array} privateKeyInfo @param {Uint8Array} spki */
async function comparePair(privateKeyInfo, spki) {
  try {
    const der = toDer(privateKeyInfo);
    checkRsaSize(der);
    return await isKeyPair(der, spki);
  } catch (error) {
    if (error instanceof UnsupportedKeyError || error instanceof DerError)
      throw new UnknownKeyError("a kind that is not compared");
    throw error;
  }
}

/**
 * Tell whether key and certificate name algorithms that have no key in common.
 * @param {Uint8Array} privateKeyInfo
 * @param {Uint8Array} spki
 */
function areOfDifferentKinds(privateKeyInfo, spki) {
  try {
    const kinds = [
      kindOf(read(toDer(privateKeyInfo), TAG.SEQUENCE).children()[1]),
      kindOf(read(spki, TAG.SEQUENCE).children()[0]),
    ];
    return !kinds.includes(null) && kinds[0] !== kinds[1];
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/**
 * Return the kind of a key, by its curve if it has one; null if nobody knows it.
 * @param {Element | undefined} algorithm AlgorithmIdentifier
 * @returns {string | null}
 */
function kindOf(algorithm) {
  const [name, parameters] = algorithm?.expect(TAG.SEQUENCE).children() ?? [];
  if (name === undefined) throw new DerError("no algorithm");
  if (RSA_KEYS.has(name.oid())) return "rsa";
  if (name.oid() !== OID.ecPublicKey) return EDWARDS.test(name.oid()) ? name.oid() : null;
  // RFC 5480 2.1.1: a named curve; others write the whole curve down.
  return parameters?.tag === TAG.OID ? parameters.oid() : null;
}

/** @param {Uint8Array} der PrivateKeyInfo */
function checkRsaSize(der) {
  const [, algorithm, key] = read(der, TAG.SEQUENCE).children();
  if (algorithm.children()[0].oid() !== OID.rsaEncryption) return;
  const [, modulus] = read(key.octets(), TAG.SEQUENCE).children();
  if (modulus === undefined || modulus.integer().length > MAX_RSA_BITS / 8 + 1)
    throw new UnknownKeyError("too large");
}

/** @param {Uint8Array} der EncryptedPrivateKeyInfo */
function readParts(der) {
  return withFormErrors(() => {
    const [algorithm, ciphertext] = splitKey(der);
    return { scheme: readScheme(algorithm), ciphertext: ciphertext.octets() };
  });
}

/** @param {Uint8Array} der @returns {Element[]} */
function splitKey(der) {
  const parts = read(der, TAG.SEQUENCE).children();
  if (parts.length !== 2) throw new DerError("not an EncryptedPrivateKeyInfo");
  const [algorithm, ciphertext] = parts;
  const [id] = algorithm.expect(TAG.SEQUENCE).children();
  if (id === undefined) throw new DerError("no algorithm");
  id.oid();
  ciphertext.octets();
  return parts;
}

/** Return the encrypted key of a PEM file. @param {Uint8Array} octets @returns {Bytes} */
function readPemKey(octets) {
  const block = readPem(octets).find(({ kind }) => PEM_KEYS.has(kind));
  if (block === undefined) throw new KeyFormError();
  if (block.isLocked) throw new OpensslKeyError();
  if (block.kind !== "encrypted_key") throw new PlainKeyError();
  return block.der;
}

/** Tell whether it is a private key in the clear. @param {Bytes} der */
function isPlain(der) {
  return isPrivateKeyInfo(der) || isOpensslKey(read(der, TAG.SEQUENCE).children());
}

/**
 * Tell whether it is RSAPrivateKey (RFC 8017 A.1.2) or ECPrivateKey (RFC 5915 3).
 * @param {Element[]} parts
 */
function isOpensslKey(parts) {
  const tags = parts.map(({ tag }) => tag);
  const isRsa = tags.length >= 9 && tags.slice(0, 9).every((tag) => tag === TAG.INTEGER);
  const isEc = tags[0] === TAG.INTEGER && tags[1] === TAG.OCTET_STRING && tags.length > 2;
  return isRsa || isEc;
}

/**
 * Return a key in the clear as PrivateKeyInfo; one that is such, as it is. Else it is what
 * OpenSSL wrote before PKCS#8: RSAPrivateKey (RFC 8017 A.1.2) or ECPrivateKey with its curve
 * (RFC 5915 3).
 * @param {Bytes} key
 * @returns {Bytes}
 * @throws {UnknownKeyError} when it is none of these
 */
export function toPrivateKeyInfo(key) {
  if (isPrivateKeyInfo(key)) return key;
  try {
    const parts = read(key, TAG.SEQUENCE).children();
    if (isOpensslKey(parts)) return sequence(integer(0), algorithmOf(parts), octetString(key));
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  throw new UnknownKeyError("not PKCS#8");
}

/** @param {Element[]} parts of RSAPrivateKey or ECPrivateKey @returns {Bytes} */
function algorithmOf(parts) {
  if (parts[1].tag === TAG.INTEGER) return sequence(oid(OID.rsaEncryption), nullValue());
  const curve = parts.find(({ tag }) => tag === EC_PARAMETERS)?.children()[0];
  if (curve === undefined) throw new UnknownKeyError("no curve is named");
  return sequence(oid(OID.ecPublicKey), curve.der);
}

/**
 * Do `work`; what is no DER is a key file that is damaged.
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
function withFormErrors(work) {
  try {
    const result = work();
    return result instanceof Promise
      ? /** @type {T} */ (result.catch((error) => { throw asFormError(error); }))
      : result;
  } catch (error) {
    throw asFormError(error);
  }
}

/** @param {unknown} error */
const asFormError = (error) => (error instanceof DerError ? new KeyFormError() : error);
