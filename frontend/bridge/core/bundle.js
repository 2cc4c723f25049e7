/**
 * What travels: the files of one certificate as one payload, and the offer before it.
 *
 * Twin of mobile_bridge/core/bundle.py. Pure. Opens no key and reads no certificate: what
 * a certificate says comes in. No name on the wire ever names a file.
 */
import { equal, hex, utf8, fromUtf8 } from "../../lib/bytes.js";
import { TAG } from "../../pki/der/der_writer.js";
import { read } from "../../pki/der/der_reader.js";
import { DerError } from "../../pki/der/errors.js";
import { isShownAsItIs } from "../../pki/sanitize.js";
import { lengthPrefix, ProtocolError, refusing, sha256, splitFields } from "./kdf.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/**
 * @typedef {{signCert: Bytes, signPri: Bytes, kmCert?: Bytes, kmPri?: Bytes,
 *   ca: Bytes[]}} Bundle
 */
/** What is said of a certificate, read from its DER.
 * @typedef {{name: string, issuerName: string, serial: string, policy: string | null,
 *   notBefore: Date, notAfter: Date}} About
 */
/**
 * @typedef {{v: 1, name: string, issuer: string, serial: string, policy: string,
 *   not_before: string, not_after: string, files: number, size: number,
 *   sha256: string, move: boolean}} Offer
 */

/** The bundle is larger, or has other files in it, than this version carries. */
export class BundleError extends Error {
  /** @readonly */ code = "bundle_refused";
}

export const MAX_BUNDLE_BYTES = 40 * 1024;
export const MAX_FILE_BYTES = 16 * 1024;
export const MAX_CA_FILES = 8;
const HEAD = "BRG1 bundle";
const ONCE = /** @type {const} */ (["signCert", "signPri", "kmCert", "kmPri"]);
export const MAX_OFFER_BYTES = 2048;
const FEWEST_FILES = 2;
const OFFER_FIELDS = 11;
const MAX_POLICY = 64;

/**
 * Write `bundle` as one payload.
 * @param {Bundle} bundle
 * @returns {Bytes}
 * @throws {BundleError}
 */
export function pack(bundle) {
  /** @type {(string | Uint8Array)[]} */
  const fields = [HEAD];
  for (const role of ONCE) {
    const file = bundle[role];
    if (file !== undefined) fields.push(role, file);
  }
  for (const certificate of bundle.ca) fields.push("ca", certificate);
  const payload = lengthPrefix(...fields);
  unpack(payload); // one rule for what goes out and what comes in
  return payload;
}

/**
 * Read a payload.
 * @param {Uint8Array} payload
 * @returns {Bundle}
 * @throws {BundleError}
 */
export function unpack(payload) {
  if (payload.length > MAX_BUNDLE_BYTES) throw new BundleError("too large");
  const [head, ...fields] = fieldsOf(payload);
  if (head === undefined || !equal(head, utf8(HEAD)) || fields.length % 2 !== 0) {
    throw new BundleError("not a bundle");
  }
  /** @type {Partial<Bundle> & {ca: Bytes[]}} */
  const bundle = { ca: [] };
  for (let i = 0; i < fields.length; i += 2) {
    place(bundle, String.fromCharCode(...fields[i]), fields[i + 1]);
  }
  const { signCert, signPri } = bundle;
  if (!signCert || !signPri || !bundle.kmCert !== !bundle.kmPri) {
    throw new BundleError("a certificate without its key");
  }
  return { ...bundle, signCert, signPri };
}

/**
 * Say what `payload` is, for the person at the other end to accept.
 * @param {Uint8Array} payload
 * @param {About} about
 * @param {{move: boolean}} how
 * @returns {Promise<Offer>}
 */
export async function offerFor(payload, about, { move }) {
  return {
    v: 1,
    name: about.name,
    issuer: about.issuerName,
    serial: about.serial,
    policy: policyOf(about),
    not_before: isoSeconds(about.notBefore),
    not_after: isoSeconds(about.notAfter),
    files: filesIn(unpack(payload)),
    size: payload.length,
    sha256: hex(await sha256(payload)),
    move,
  };
}

/**
 * Write an offer.
 * @param {Offer} offer
 * @returns {Bytes}
 */
export function writeOffer(offer) {
  const bytes = utf8(JSON.stringify(offer));
  readOffer(bytes); // what the other side would refuse is never sent
  return bytes;
}

/**
 * Tell whether the other side could read an offer.
 * @param {Offer} offer
 */
export function isReadable(offer) {
  try {
    writeOffer(offer);
    return true;
  } catch {
    return false;
  }
}

/**
 * Read an offer.
 * @param {Uint8Array} bytes
 * @returns {Offer}
 * @throws {ProtocolError} when it is not one, or says what cannot be shown
 */
export function readOffer(bytes) {
  if (bytes.length > MAX_OFFER_BYTES) throw new ProtocolError("offer too large");
  const fields = parsed(bytes);
  const { v, name, issuer, serial, policy, not_before, not_after } = fields;
  const { files, size, sha256: hash, move } = fields;
  const right = v === 1
    && Object.keys(fields).length === OFFER_FIELDS
    && isShownAsItIs(name) && isShownAsItIs(issuer)
    && isForm(/^(?:[0-9a-f]{2}){1,20}$/, serial) // RFC 5280 4.1.2.2: 20 octets
    && isPolicy(policy)
    && isMoment(not_before) && isMoment(not_after)
    && isCount(files, 4 + MAX_CA_FILES) && files >= FEWEST_FILES
    && isCount(size, MAX_BUNDLE_BYTES)
    && isForm(/^[0-9a-f]{64}$/, hash)
    && typeof move === "boolean";
  if (!right) throw new ProtocolError("not an offer");
  const about = { name, issuer, serial, policy, not_before, not_after };
  return { v: 1, ...about, files, size, sha256: hash, move };
}

/**
 * Read `payload` after checking that it is what was offered and accepted.
 * @param {Offer} offer
 * @param {Uint8Array} payload
 * @param {(certificate: Bytes) => About} read
 * @returns {Promise<Bundle>}
 * @throws {ProtocolError | BundleError} on any difference
 */
export async function checkArrived(offer, payload, read) {
  const same = payload.length === offer.size
    && hex(await sha256(payload)) === offer.sha256;
  if (!same) throw new ProtocolError("not what was offered");
  const bundle = unpack(payload);
  const about = await refusing(async () => read(bundle.signCert));
  const shown = await offerFor(payload, about, { move: offer.move });
  if (meaning(shown) !== meaning(offer)) {
    throw new ProtocolError("the certificate is another one");
  }
  return bundle;
}

/**
 * @param {Partial<Bundle> & {ca: Bytes[]}} bundle
 * @param {string} role
 * @param {Bytes} file
 */
function place(bundle, role, file) {
  if (!isAcceptable(role, file)) throw new BundleError("not the form of its kind");
  const once = ONCE.find((field) => field === role);
  if (once !== undefined && bundle[once] === undefined) bundle[once] = file;
  else if (role === "ca" && bundle.ca.length < MAX_CA_FILES) bundle.ca.push(file);
  else throw new BundleError("a file of no or of too many a kind");
}

/**
 * Tell whether a file is one whole DER SEQUENCE, and a key an encrypted one.
 * @param {string} role
 * @param {Bytes} file
 */
function isAcceptable(role, file) {
  if (file.length > MAX_FILE_BYTES) return false;
  try {
    const whole = read(file, TAG.SEQUENCE);
    if (!["signPri", "kmPri"].includes(role)) return true;
    // EncryptedPrivateKeyInfo (RFC 5958 3); one in the clear begins with a version.
    const inside = whole.children().map(({ tag }) => tag);
    return String(inside) === String([TAG.SEQUENCE, TAG.OCTET_STRING]);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** What the certificate itself says of an offer. @param {Offer} offer */
function meaning({ name, issuer, serial, policy, not_before, not_after, files }) {
  const fields = [name, issuer, serial, policy, not_before, not_after, files];
  return JSON.stringify(fields);
}

/**
 * Tell whether it is an object identifier, or none: a certificate need not say what it
 * is for.
 * @param {unknown} text
 */
export function isPolicy(text) {
  return isForm(/^(?:[0-2](?:\.(?:0|[1-9][0-9]*))+)?$/, text)
    && String(text).length <= MAX_POLICY;
}

/**
 * Return what a certificate is for; a longer one is none of ours, and an offer has its
 * bounds.
 * @param {Pick<About, "policy">} about
 */
export function policyOf({ policy }) {
  return policy !== null && policy.length <= MAX_POLICY ? policy : "";
}

/** Tell whether there is such a day and such a time of day. @param {unknown} text */
function isMoment(text) {
  if (!isForm(/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, text)) return false;
  const date = new Date(String(text));
  // Date carries the 30th of February over into March.
  return !Number.isNaN(date.getTime()) && isoSeconds(date) === text;
}

/** @param {RegExp} form @param {unknown} text */
function isForm(form, text) {
  return typeof text === "string" && form.test(text);
}

/** @param {Uint8Array} payload */
function fieldsOf(payload) {
  try {
    return splitFields(payload);
  } catch {
    throw new BundleError("cut short");
  }
}

/** @param {Bundle} bundle */
function filesIn(bundle) {
  return ONCE.filter((role) => bundle[role]).length + bundle.ca.length;
}

/** @param {Uint8Array} bytes @returns {Record<string, any>} */
function parsed(bytes) {
  try {
    const value = JSON.parse(fromUtf8(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch { /* one answer to every form of nonsense */ }
  throw new ProtocolError("not an offer");
}

/** @param {unknown} number @param {number} maximum */
function isCount(number, maximum) {
  return Number.isInteger(number) && Number(number) > 0 && Number(number) <= maximum;
}

/** @param {Date} date */
function isoSeconds(date) {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
