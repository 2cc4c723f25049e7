/**
 * What travels: the files of one certificate as one payload, and the offer before it.
 *
 * Twin of mobile_bridge/bundle.py. Pure. Opens no key and reads no certificate: what a
 * certificate says comes in. No name on the wire ever names a file.
 */
import { equal, hex, utf8, unutf8 } from "../lib/bytes.js";
import { lp, ProtocolError, refusing, sha256, unlp } from "./derivation.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/**
 * @typedef {{signCert: Bytes, signPri: Bytes, kmCert?: Bytes, kmPri?: Bytes,
 *   ca: Bytes[]}} Bundle
 */
/** What is said of a certificate, read from its DER.
 * @typedef {{name: string, issuerName: string, serial: string, notAfter: Date}} About
 */
/**
 * @typedef {{v: 1, name: string, issuer: string, serial: string, not_after: string,
 *   files: number, size: number, sha256: string, move: boolean}} Offer
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
const MAX_OFFER = 2048;
const MAX_TEXT = 200;
/** Controls, and what turns the reading direction: nothing a name is made of. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

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
  const payload = lp(...fields);
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
 * Read an offer.
 * @param {Uint8Array} bytes
 * @returns {Offer}
 * @throws {ProtocolError} when it is not one, or says what cannot be shown
 */
export function readOffer(bytes) {
  if (bytes.length > MAX_OFFER) throw new ProtocolError("offer too large");
  const { v, name, issuer, serial, not_after, files, size, sha256: hash, move } =
    parsed(bytes);
  const texts = [name, issuer, serial, not_after];
  const right = v === 1
    && texts.every(isShowable)
    && !Number.isNaN(moment(not_after))
    && isCount(files, 4 + MAX_CA_FILES)
    && isCount(size, MAX_BUNDLE_BYTES)
    && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash)
    && typeof move === "boolean";
  if (!right) throw new ProtocolError("not an offer");
  return { v: 1, name, issuer, serial, not_after, files, size, sha256: hash, move };
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
  const said = await offerFor(payload, about, { move: offer.move });
  if (meaning(said) !== meaning(offer)) {
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
  if (!isOneSequence(file)) throw new BundleError("not one DER SEQUENCE");
  const once = ONCE.find((known) => known === role);
  if (once !== undefined && bundle[once] === undefined) bundle[once] = file;
  else if (role === "ca" && bundle.ca.length < MAX_CA_FILES) bundle.ca.push(file);
  else throw new BundleError("a file of no or of too many a kind");
}

/**
 * Tell whether a file is one whole DER SEQUENCE of a bearable size.
 * @param {Bytes} file
 */
function isOneSequence(file) {
  if (file.length < 2 || file.length > MAX_FILE_BYTES || file[0] !== 0x30) return false;
  if (file[1] < 0x80) return file.length === 2 + file[1];
  // 0x80 would be an indefinite length, which is BER and not DER (X.690 10.1).
  if (file[1] === 0x81) return file.length === 3 + file[2];
  return file[1] === 0x82 && file.length === 4 + 256 * file[2] + file[3];
}

/** One moment and one number have many spellings. @param {Offer} offer */
function meaning({ name, issuer, serial, not_after, files }) {
  const number = serial.toLowerCase().replace(/^0+/, "");
  return JSON.stringify([name, issuer, number, moment(not_after), files]);
}

/** @param {string} text */
function moment(text) {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
  return form.test(text) ? Date.parse(text) : Number.NaN;
}

/** @param {Uint8Array} payload */
function fieldsOf(payload) {
  try {
    return unlp(payload);
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
    const value = JSON.parse(unutf8(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch { /* one answer to every form of nonsense */ }
  throw new ProtocolError("not an offer");
}

/** @param {unknown} text */
function isShowable(text) {
  return typeof text === "string" && text.length > 0 && text.length <= MAX_TEXT
    && !UNSEEN.test(text);
}

/** @param {unknown} number @param {number} most */
function isCount(number, most) {
  return Number.isInteger(number) && Number(number) > 0 && Number(number) <= most;
}

/** @param {Date} date */
function isoSeconds(date) {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
