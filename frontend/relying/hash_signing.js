/**
 * Signatures over hashes, for a program that signs by itself (docs/cloud_signature.md).
 *
 * WebCrypto signs messages and no hashes. Where the CMS attributes came along that a hash
 * is of, they are what is signed, with any key. Else @noble/curves signs the hash itself,
 * with the bytes of a P-256 key out of its encrypted file; no other key can do that here.
 */
import { p256 } from "@noble/curves/nist.js";
import { openLockedKey, openSigningKey } from "../certificates/key_proof.js";
import { copy, equal, fromHex } from "../lib/bytes.js";
import { OID } from "../pki/der/oids.js";
import { TAG } from "../pki/der/der_writer.js";
import { read } from "../pki/der/der_reader.js";
import { sign } from "../pki/key_pair.js";
import { HashSigningError, documentDigest } from "./hash_contents.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../certificates/key_proof.js").LockedKey} LockedKey */
/** @typedef {import("../npki/encryption/pbe.js").Stopping} Stopping */
/** @typedef {import("./request_statement.js").Contents} Contents */

/**
 * A key that signs what a request asks for.
 * @typedef {object} HashSigner
 * @property {CryptoKey} key for our own words
 * @property {() => Promise<Bytes[]>} signHashes one signature for each hash, as X.509
 *   writes it; the opened key is gone afterwards
 */

/** @typedef {(locked: LockedKey, password: string, options: Stopping) => Promise<HashSigner>} KeyOpener */

/**
 * Return what opens a key for the hashes of a request.
 * @param {Contents} contents
 * @returns {KeyOpener}
 */
export const hashSigner =
  ({ hashes = [], attributes = [] }) =>
  (locked, password, options) =>
    attributes.length > 0
      ? openForAttributes(locked, password, { hashes, attributes, options })
      : openForHashes(locked, password, { hashes, options });

/**
 * @param {LockedKey} locked
 * @param {string} password
 * @param {{hashes: string[], attributes: string[], options: Stopping}} request
 * @returns {Promise<HashSigner>}
 */
async function openForAttributes(locked, password, { hashes, attributes, options }) {
  const messages = await Promise.all(attributes.map((text, at) => checked(text, hashes[at])));
  const key = await openSigningKey(locked, password, options);
  const signHashes = () =>
    Promise.all(messages.map(async (message) => (await sign(key, message)).value));
  return { key, signHashes };
}

/** @param {string} attributes @param {string | undefined} hash */
async function checked(attributes, hash = "") {
  const message = fromHex(attributes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", copy(message)));
  if (!equal(digest, fromHex(hash))) throw new HashSigningError("hash_attributes");
  documentDigest(attributes);
  return message;
}

/**
 * @param {LockedKey} locked
 * @param {string} password
 * @param {{hashes: string[], options: Stopping}} request
 * @returns {Promise<HashSigner>}
 */
async function openForHashes(locked, password, { hashes, options }) {
  if (locked.key) throw new HashSigningError("hash_key_bound");
  const { key, privateKeyInfo } = await openLockedKey(locked, password, options);
  const scalar = readScalar(privateKeyInfo);
  privateKeyInfo.fill(0);
  const signHashes = async () => {
    try {
      return hashes.map((hash) => signHash(scalar, fromHex(hash)));
    } finally {
      scalar.fill(0);
    }
  };
  return { key, signHashes };
}

/**
 * Sign a hash by ECDSA (FIPS 186-5 6.4), with the nonce of RFC 6979.
 * @param {Uint8Array} scalar
 * @param {Uint8Array} hash
 * @returns {Bytes} DER
 */
const signHash = (scalar, hash) =>
  copy(p256.sign(hash, scalar, { prehash: false, lowS: false, format: "der" }));

/**
 * Return the private number of a P-256 key (RFC 5915 3).
 * @param {Uint8Array} privateKeyInfo
 * @returns {Bytes}
 * @throws {HashSigningError} `hash_key_kind`
 */
function readScalar(privateKeyInfo) {
  const [, algorithm, key] = read(privateKeyInfo, TAG.SEQUENCE).children();
  const [name, curve] = algorithm.children();
  if (name.oid() !== OID.ecPublicKey || curve?.oid() !== OID.p256)
    throw new HashSigningError("hash_key_kind");
  const [, octets] = read(key.octets(), TAG.SEQUENCE).children();
  return octets.octets();
}
