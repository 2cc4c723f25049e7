/**
 * Key pairs: made here, opened again from their bytes, and used to sign.
 *
 * Knows WebCrypto and the two kinds that we issue for; P-384 is read as well.
 */

import { copy } from "../lib/bytes.js";
import { TAG, integer, nullValue, oid, sequence } from "./der/der_writer.js";
import { read } from "./der/der_reader.js";
import { UnsupportedKeyError } from "./errors.js";
import { OID } from "./der/oids.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./der/der_reader.js").Element} Element */
/** @typedef {"rsa-2048" | "p-256"} KeyKind */

/**
 * @typedef {object} KeyPair
 * @property {CryptoKey} privateKey
 * @property {Bytes} spki the public key, SubjectPublicKeyInfo
 * @property {Bytes} pkcs8 the private key, PrivateKeyInfo
 */

/**
 * @typedef {object} Signature
 * @property {Bytes} algorithm AlgorithmIdentifier
 * @property {Bytes} value as X.509 writes it
 */

const HASH = "SHA-256";
const RSA = Object.freeze({ name: "RSASSA-PKCS1-v1_5", hash: HASH });
const P256 = Object.freeze({ name: "ECDSA", namedCurve: "P-256", hash: HASH });
const P384 = Object.freeze({ name: "ECDSA", namedCurve: "P-384", hash: HASH });
const P521 = Object.freeze({ name: "ECDSA", namedCurve: "P-521", hash: HASH });
/** Of foreign certificates; compared, and never signed with. */
const ED25519 = Object.freeze({ name: "Ed25519" });
const E65537 = Uint8Array.of(1, 0, 1);

/** @type {Readonly<Record<KeyKind, RsaHashedKeyGenParams | EcKeyGenParams>>} */
const GENERATION = Object.freeze({
  "rsa-2048": { ...RSA, modulusLength: 2048, publicExponent: E65537 },
  "p-256": P256,
});

const EC_CURVES = Object.freeze(
  /** @type {Record<string, typeof P256 | typeof P384 | typeof P521>} */ ({
    [OID.p256]: P256,
    [OID.p384]: P384,
    [OID.p521]: P521,
  }),
);

/**
 * Make a key pair whose private key can be stored.
 * @param {KeyKind} kind
 * @returns {Promise<KeyPair>}
 */
export async function createKeyPair(kind) {
  const generated = await crypto.subtle.generateKey(GENERATION[kind], true, ["sign", "verify"]);
  const { privateKey, publicKey } = /** @type {CryptoKeyPair} */ (generated);
  const spki = copy(await crypto.subtle.exportKey("spki", publicKey));
  const pkcs8 = copy(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { privateKey, spki, pkcs8 };
}

/**
 * Make a key pair whose private key this browser uses and gives to nobody, us included.
 * @param {KeyKind} kind
 * @returns {Promise<Pick<KeyPair, "privateKey" | "spki">>}
 */
export async function createBoundKeyPair(kind) {
  const generated = await crypto.subtle.generateKey(GENERATION[kind], false, ["sign", "verify"]);
  const { privateKey, publicKey } = /** @type {CryptoKeyPair} */ (generated);
  return { privateKey, spki: copy(await crypto.subtle.exportKey("spki", publicKey)) };
}

/**
 * Open a private key for signing; whatever attributes it carries are left aside.
 * @param {Uint8Array} pkcs8 PrivateKeyInfo
 * @returns {Promise<CryptoKey>}
 * @throws {UnsupportedKeyError} when it is of no kind that we use
 */
export async function importPrivateKey(pkcs8) {
  const [, algorithm, key] = privateKeyParts(pkcs8);
  // Chromium and Node import a key with attributes, but nothing promises it.
  const plain = sequence(integer(0), algorithm.der, key.der);
  const algorithmParameters = readAlgorithm(algorithm);
  return withImportErrors(crypto.subtle.importKey("pkcs8", plain, algorithmParameters, false, ["sign"]));
}

/**
 * Open a public key for checking signatures.
 * @param {Uint8Array} spki SubjectPublicKeyInfo
 * @returns {Promise<CryptoKey>}
 * @throws {UnsupportedKeyError} when it is of no kind that we use
 */
export async function importPublicKey(spki) {
  const [algorithm] = read(spki, TAG.SEQUENCE).children();
  const parameters = readAlgorithm(algorithm);
  return withImportErrors(crypto.subtle.importKey("spki", copy(spki), parameters, true, ["verify"]));
}

/**
 * Return the parts of a PrivateKeyInfo: version, algorithm, key, attributes.
 * @param {Uint8Array} pkcs8
 * @returns {Element[]}
 * @throws {UnsupportedKeyError} when it is something else
 */
function privateKeyParts(pkcs8) {
  const parts = read(pkcs8, TAG.SEQUENCE).children();
  const tags = [TAG.INTEGER, TAG.SEQUENCE, TAG.OCTET_STRING];
  if (tags.some((tag, i) => parts[i]?.tag !== tag)) {
    throw new UnsupportedKeyError("not a PrivateKeyInfo");
  }
  return parts;
}

/**
 * Sign `message` with SHA-256.
 * @param {CryptoKey} privateKey
 * @param {Uint8Array} message
 * @returns {Promise<Signature>}
 */
export async function sign(privateKey, message) {
  const parameters = { name: privateKey.algorithm.name, hash: HASH };
  const value = copy(await crypto.subtle.sign(parameters, privateKey, copy(message)));
  if (parameters.name === RSA.name) {
    return { algorithm: sequence(oid(OID.sha256WithRsa), nullValue()), value };
  }
  if (parameters.name !== P256.name) throw new UnsupportedKeyError(parameters.name);
  // RFC 3279 2.2.3: two integers; WebCrypto gives them side by side.
  const half = value.length / 2;
  const [r, s] = [value.subarray(0, half), value.subarray(half)];
  // RFC 5758 3.2: the parameters are absent.
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  return { algorithm, value: sequence(integer(r), integer(s)) };
}

/**
 * Tell whether the private key belongs to the public key, by using both.
 * @param {Uint8Array} pkcs8
 * @param {Uint8Array} spki
 * @returns {Promise<boolean>}
 */
export async function isKeyPair(pkcs8, spki) {
  return signsFor(await importPrivateKey(pkcs8), spki);
}

/**
 * Tell whether an opened private key belongs to the public key, by using both.
 * @param {CryptoKey} privateKey
 * @param {Uint8Array} spki
 * @returns {Promise<boolean>}
 */
export async function signsFor(privateKey, spki) {
  const message = copy(spki);
  const publicKey = await importPublicKey(spki);
  if (privateKey.algorithm.name !== publicKey.algorithm.name) return false;
  const parameters = { name: privateKey.algorithm.name, hash: HASH };
  const value = await crypto.subtle.sign(parameters, privateKey, message);
  return crypto.subtle.verify(parameters, publicKey, value, message);
}

/** @param {Element | undefined} identifier AlgorithmIdentifier */
function readAlgorithm(identifier) {
  const [id, parameters] = identifier?.expect(TAG.SEQUENCE).children() ?? [];
  const name = id?.oid();
  if (name === OID.rsaEncryption) return RSA;
  if (name === OID.ed25519) return ED25519;
  const curve = name === OID.ecPublicKey ? EC_CURVES[parameters?.oid()] : undefined;
  if (curve === undefined) throw new UnsupportedKeyError(`key algorithm ${name}`);
  return curve;
}

/** @param {Promise<CryptoKey>} importing @returns {Promise<CryptoKey>} */
async function withImportErrors(importing) {
  try {
    return await importing;
  } catch {
    throw new UnsupportedKeyError("the platform does not import this key");
  }
}
