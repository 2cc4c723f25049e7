/**
 * What is in one file, told by its bytes and never by its name. Pure.
 *
 * A certificate, several in a row or in a bundle, a key, both in one PEM file, or a
 * PKCS#12 file. `CaPubs` has no published form, so each of these is read there. Twin of
 * mobile_bridge/npki/files/file_contents.py.
 */

import { copy } from "../../lib/bytes.js";
import { readCertificate } from "../../pki/certificate.js";
import { toDer } from "../../pki/der/ber.js";
import { elements, read } from "../../pki/der/der_reader.js";
import { TAG, contextTag } from "../../pki/der/der_writer.js";
import { DerError } from "../../pki/der/errors.js";
import { isPem, readPem } from "./pem.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../pki/der/der_reader.js").Element} Element */

/**
 * @typedef {object} Contents
 * @property {Bytes[]} certificates DER, in the order in which they stand there
 * @property {Bytes[]} keys EncryptedPrivateKeyInfo (RFC 5958 3), or PrivateKeyInfo where
 *   no password protects it; DER
 * @property {boolean} isPfx whether it is a PKCS#12 file; then nothing else is read of it
 * @property {boolean} hasOpensslKey whether a PEM key is there that OpenSSL encrypted in its
 *   own way (RFC 1421 4.6.1.1); it is none of `keys`
 */

/** Of one file. */
const MAX_CERTIFICATES = 64;
const SIGNED_DATA = "1.2.840.113549.1.7.2"; // RFC 5652 5.1
const PFX_VERSION = 3; // RFC 7292 4
const EXPLICIT_0 = contextTag(0);
// CMP hands certificates over as [1] (RFC 4210 5.3.4, caPubs), others as a SEQUENCE.
const LISTS = [TAG.SEQUENCE, contextTag(1)];

/** @type {Contents} */
const NOTHING = Object.freeze({ certificates: [], keys: [], isPfx: false, hasOpensslKey: false });

/**
 * Return what is in a file; nothing, if it is of another kind or damaged.
 * @param {Uint8Array} octets
 * @returns {Contents}
 */
export function readContents(octets) {
  if (isPem(octets)) return readPemContents(octets);
  // Firefox and Bouncy Castle write PKCS#12 in BER, OpenSSL some PKCS#7.
  return (
    withoutDerErrors(() => readDer(octets)) ??
    withoutDerErrors(() => readDer(toDer(octets))) ??
    NOTHING
  );
}

/**
 * Tell whether a key of `Contents` is encrypted (EncryptedPrivateKeyInfo).
 * @param {Uint8Array} key
 * @returns {boolean}
 */
export const isEncryptedKey = (key) =>
  withoutDerErrors(() => isEncrypted(read(key).children())) ?? false;

/**
 * Tell whether these bytes are a certificate.
 * @param {Uint8Array} der
 * @returns {boolean}
 */
export const isCertificate = (der) =>
  withoutDerErrors(() => readCertificate(der)) !== undefined;

/** @param {Uint8Array} octets @returns {Contents} */
function readPemContents(octets) {
  const blocks = readPem(octets);
  const certificates = blocks.flatMap(({ kind, der }) => {
    if (kind === "bundle") return readContents(der).certificates;
    return kind === "certificate" && isCertificate(der) ? [der] : [];
  });
  const keys = blocks.filter(({ kind }) => kind.endsWith("key"));
  return {
    certificates: certificates.slice(0, MAX_CERTIFICATES),
    keys: keys.filter(({ isLocked }) => !isLocked).map(({ der }) => der),
    isPfx: false,
    hasOpensslKey: keys.some(({ isLocked }) => isLocked),
  };
}

/**
 * @param {Uint8Array} octets
 * @returns {Contents}
 * @throws {DerError}
 */
function readDer(octets) {
  const row = elements(octets);
  if (row.length !== 1) return { ...NOTHING, certificates: certificatesIn(row) };
  const [whole] = row;
  const parts = whole.children();
  if (isCertificate(whole.der)) return { ...NOTHING, certificates: [copy(whole.der)] };
  if (isEncrypted(parts) || isPlain(parts)) return { ...NOTHING, keys: [copy(whole.der)] };
  if (isPfx(parts)) return { ...NOTHING, isPfx: true };
  if (!LISTS.includes(whole.tag)) return NOTHING;
  return { ...NOTHING, certificates: certificatesIn([...parts, ...signedData(parts)]) };
}

/** @param {Element[]} row @returns {Bytes[]} */
const certificatesIn = (row) =>
  row
    .slice(0, MAX_CERTIFICATES)
    .filter(({ tag, der }) => tag === TAG.SEQUENCE && isCertificate(der))
    .map(({ der }) => copy(der));

/** @param {Element[]} parts of an EncryptedPrivateKeyInfo: algorithm and octets */
function isEncrypted(parts) {
  const tags = parts.map(({ tag }) => tag);
  if (String(tags) !== String([TAG.SEQUENCE, TAG.OCTET_STRING])) return false;
  return parts[0].children()[0]?.tag === TAG.OID;
}

/** @param {Element[]} parts of a PrivateKeyInfo: version 0 or 1 (RFC 5958 2) */
function isPlain(parts) {
  const tags = parts.slice(0, 3).map(({ tag }) => tag);
  const expected = [TAG.INTEGER, TAG.SEQUENCE, TAG.OCTET_STRING];
  const [version] = parts;
  return String(tags) === String(expected)
    && version.content.length === 1 && version.content[0] <= 1;
}

/** @param {Element[]} parts */
function isPfx(parts) {
  const [version, content] = parts;
  if (parts.length < 2 || parts.length > 3 || version.tag !== TAG.INTEGER) return false;
  const inside = content.tag === TAG.SEQUENCE ? content.children() : [];
  return String(version.content) === String(PFX_VERSION) && inside[0]?.tag === TAG.OID;
}

/**
 * Return the certificates of a PKCS#7 bundle (RFC 5652 5.1).
 * @param {Element[]} parts
 */
function signedData(parts) {
  const [type, content] = parts;
  const isBundle = parts.length === 2 && type.tag === TAG.OID && type.oid() === SIGNED_DATA;
  if (!isBundle) return [];
  return content
    .expect(EXPLICIT_0)
    .children()
    .flatMap((data) => data.expect(TAG.SEQUENCE).children())
    .filter(({ tag }) => tag === EXPLICIT_0)
    .flatMap((field) => field.children());
}

/**
 * Return what `work` returns, undefined where these bytes are not DER of that form.
 * @template T
 * @param {() => T} work
 * @returns {T | undefined}
 */
function withoutDerErrors(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
