/**
 * Who a key belongs to: R inside the key, VID inside the certificate.
 *
 * Python twin: mobile_bridge/npki/identity.py. Pure. A holder proves the number that a
 * certificate was issued to by showing number and R: `VID = h(h(HashContent))`, where
 * only the VID is public. What else a PrivateKeyInfo holds is carried over byte for byte.
 */

import { copy, equal, utf8 } from "../lib/bytes.js";
import { checkLimits, read } from "../pki/der/der_reader.js";
import {
  TAG,
  bitString,
  contextTag,
  element,
  oid,
  sequence,
  setOf,
} from "../pki/der/der_writer.js";
import { DerError, PkiError } from "../pki/der/errors.js";
import { OID } from "../pki/der/oids.js";
import "./identity_messages.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */

/**
 * What a VID is hashed with, as WebCrypto calls it; SHA-1 stands in certificates of
 * before 2012.
 * @typedef {"SHA-256" | "SHA-1"} VidHash
 */

/** @typedef {{hash: VidHash, digest: Bytes}} Vid the VID of a certificate */

/** How many bytes R has. */
export const RANDOM_NUMBER_BYTES = 20;

const EXPLICIT_0 = contextTag(0);
const EXPLICIT_3 = contextTag(3);
const IMPLICIT_0 = 0x80;
const NUMBER = /^[0-9]{1,64}$/;

/** @type {Readonly<Record<string, VidHash>>} */
const HASHES = Object.freeze({ [OID.sha256]: "SHA-256", [OID.sha1]: "SHA-1" });

/** @type {Readonly<Record<VidHash, number>>} */
const SIZES = Object.freeze({ "SHA-256": 32, "SHA-1": 20 });

/** R is not 20 bytes, there is more than one, or this is no PrivateKeyInfo. */
export class RandomNumberError extends PkiError {
  code = "bad_random_number";
}

/** The number of a holder is something else than 1 to 64 digits. */
export class IdentityNumberError extends PkiError {
  code = "bad_identity_number";
}

/** What a certificate says of its holder's identity cannot be read. */
export class IdentityFormError extends PkiError {
  code = "bad_identity";
}

/** The VID was made with a hash that is not known here. */
export class UnknownVidHashError extends IdentityFormError {
  code = "vid_hash_unknown";
}

/**
 * Return the R of a private key, 20 bytes, or null when it carries none.
 * @param {Uint8Array} privateKeyInfo
 * @returns {Bytes | null}
 * @throws {RandomNumberError} when this is no PrivateKeyInfo, R has another length, or
 *   there is more than one
 */
export function readRandomNumber(privateKeyInfo) {
  return refuseAs(RandomNumberError, () => {
    const values = readAttributes(keyParts(privateKeyInfo)).flatMap((attribute) => {
      const [id, set] = exactly(2, attribute.expect(TAG.SEQUENCE).children());
      if (id.oid() !== OID.randomNumber) return [];
      const inside = set.expect(TAG.SET).children();
      return inside.length > 0 ? inside : [set];
    });
    if (values.length === 0) return null;
    const randomNumber = exactly(1, values)[0].bits();
    checkRandomNumber(randomNumber);
    return randomNumber;
  });
}

/**
 * Return the private key with R as one more attribute.
 * @param {Uint8Array} privateKeyInfo
 * @param {Uint8Array} randomNumber R
 * @returns {Bytes}
 * @throws {RandomNumberError} when R has another length, or there is one already
 */
export function withRandomNumber(privateKeyInfo, randomNumber) {
  checkRandomNumber(randomNumber);
  if (readRandomNumber(privateKeyInfo)) throw new RandomNumberError("the key has an R already");
  const parts = keyParts(privateKeyInfo);
  const attribute = sequence(oid(OID.randomNumber), setOf(bitString(randomNumber)));
  const present = readAttributes(parts).map((attribute) => attribute.der);
  const attributes = setOf(...present, attribute);
  // IMPLICIT: the set's own tag gives way to [0].
  attributes[0] = EXPLICIT_0;
  const others = parts.filter((part) => part.tag !== EXPLICIT_0).map((part) => part.der);
  return sequence(...others.slice(0, 3), attributes, ...others.slice(3));
}

/**
 * Return `h(h(HashContent))` of a holder's number and R.
 * @param {string} number
 * @param {Uint8Array} randomNumber R
 * @param {VidHash} hash
 * @returns {Promise<Bytes>}
 * @throws {IdentityNumberError} when the number has something else than digits
 * @throws {RandomNumberError} when R has another length than 20 bytes
 */
export async function computeVid(number, randomNumber, hash) {
  if (!NUMBER.test(number)) throw new IdentityNumberError("not 1 to 64 digits");
  checkRandomNumber(randomNumber);
  const content = sequence(element(TAG.PRINTABLE, utf8(number)), bitString(randomNumber));
  const first = await crypto.subtle.digest(hash, content);
  return copy(await crypto.subtle.digest(hash, first));
}

/**
 * Return the VID of a certificate, or null when it carries none.
 * @param {Uint8Array} certificate DER
 * @returns {Vid | null}
 * @throws {IdentityFormError} when these are not the bytes of a certificate, its VID
 *   cannot be read, or there is more than one
 * @throws {UnknownVidHashError} when it has a VID under a hash that is not known here
 */
export function readVid(certificate) {
  return refuseAs(IdentityFormError, () => {
    checkLimits(certificate);
    const vids = findVidValues(certificate).map(parseVid);
    return vids.length === 0 ? null : exactly(1, vids)[0];
  });
}

/**
 * Tell whether a VID was made of this number and this R.
 * @param {Vid} vid
 * @param {string} number
 * @param {Uint8Array} randomNumber R
 * @returns {Promise<boolean>}
 * @throws {IdentityNumberError} when the number has something else than digits
 * @throws {RandomNumberError} when R has another length than 20 bytes
 */
export async function matchesVid(vid, number, randomNumber) {
  return equal(await computeVid(number, randomNumber, vid.hash), vid.digest);
}

/**
 * Return version, algorithm, key, and what may follow (RFC 5958 2).
 * @param {Uint8Array} privateKeyInfo
 */
function keyParts(privateKeyInfo) {
  const parts = read(privateKeyInfo, TAG.SEQUENCE).children();
  const tags = [TAG.INTEGER, TAG.SEQUENCE, TAG.OCTET_STRING];
  if (tags.some((tag, i) => parts[i]?.tag !== tag)) throw new DerError("not a PrivateKeyInfo");
  return parts;
}

/** @param {Element[]} parts of a PrivateKeyInfo @returns {Element[]} */
function readAttributes(parts) {
  const sets = parts.filter((part) => part.tag === EXPLICIT_0);
  return sets.length === 0 ? [] : exactly(1, sets)[0].children();
}

/** @param {Uint8Array} randomNumber */
function checkRandomNumber(randomNumber) {
  if (randomNumber.length !== RANDOM_NUMBER_BYTES) throw new RandomNumberError("R has 20 bytes");
}

/**
 * Return the value of every id-kisa-vid in the subject's alternative names.
 * @param {Uint8Array} certificate
 * @returns {Element[]}
 */
function findVidValues(certificate) {
  const userInfo = readAlternativeNames(certificate)
    .filter((name) => name.tag === EXPLICIT_0)
    .map((name) => name.children())
    .filter(([kind]) => required(kind).oid() === OID.identifyData)
    .map((parts) => only(exactly(2, parts)[1].expect(EXPLICIT_0)))
    .flatMap((data) => data.expect(TAG.SEQUENCE).children().slice(1));
  return userInfo
    .flatMap((entries) => entries.expect(TAG.SEQUENCE).children())
    .map((entry) => exactly(2, entry.expect(TAG.SEQUENCE).children()))
    .filter(([id]) => id.oid() === OID.vid)
    .map(([, value]) => value);
}

/** @param {Uint8Array} certificate @returns {Element[]} GeneralNames, RFC 5280 4.2.1.6 */
function readAlternativeNames(certificate) {
  const [tbs] = exactly(3, read(certificate, TAG.SEQUENCE).children());
  const extensions = tbs
    .expect(TAG.SEQUENCE)
    .children()
    .filter((field) => field.tag === EXPLICIT_3)
    .flatMap((field) => only(field).expect(TAG.SEQUENCE).children())
    .map((extension) => extension.expect(TAG.SEQUENCE).children());
  const own = extensions.find(([id]) => required(id).oid() === OID.subjectAltName);
  if (own === undefined) return [];
  return read(own[own.length - 1].octets(), TAG.SEQUENCE).children();
}

/**
 * Read `SEQUENCE { hashAlg, virtualID [0] OCTET STRING }`.
 * @param {Element} value
 * @returns {Vid}
 */
function parseVid(value) {
  const [algorithm, tagged] = exactly(2, value.expect(TAG.SEQUENCE).children());
  const [name, ...parameters] = algorithm.expect(TAG.SEQUENCE).children();
  const isPlain = parameters.every(({ tag, content }) => tag === TAG.NULL && !content.length);
  if (!isPlain || parameters.length > 1) throw new DerError("parameters of a hash");
  const hash = HASHES[required(name).oid()];
  if (hash === undefined) throw new UnknownVidHashError("the hash of a VID");
  // Some writers took the tag for IMPLICIT.
  const digest =
    tagged.tag === IMPLICIT_0 ? copy(tagged.content) : only(tagged.expect(EXPLICIT_0)).octets();
  if (digest.length !== SIZES[hash]) throw new DerError("a digest of another length");
  return { hash, digest };
}

/**
 * Do `work`; what is no DER becomes the error of this module.
 * @template T
 * @param {typeof PkiError} Type
 * @param {() => T} work
 * @returns {T}
 */
function refuseAs(Type, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof DerError) throw new Type(error.message);
    throw error;
  }
}

/** @param {Element} element */
const only = (element) => exactly(1, element.children())[0];

/**
 * @template T
 * @param {number} count
 * @param {T[]} parts
 */
function exactly(count, parts) {
  if (parts.length !== count) throw new DerError(`${parts.length} parts, not ${count}`);
  return parts;
}

/** @param {Element | undefined} element */
function required(element) {
  if (element === undefined) throw new DerError("a part is missing");
  return element;
}
