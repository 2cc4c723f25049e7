/**
 * The blocks of a PEM file (RFC 7468), whatever stands around them.
 *
 * Pure. Windows line ends, a byte order mark, and the "Bag Attributes" that openssl
 * writes before a block are passed over. Twin of mobile_bridge/npki/files/pem.py.
 */

import { BytesError, base64, fromBase64, utf8 } from "../../lib/bytes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/**
 * What a block holds: `encrypted_key` is EncryptedPrivateKeyInfo, `plain_key`
 * PrivateKeyInfo, `other_key` a key of one algorithm as OpenSSL wrote it before PKCS#8,
 * `bundle` PKCS#7.
 * @typedef {"certificate" | "encrypted_key" | "plain_key" | "other_key" | "bundle"} PemKind
 */
/**
 * @typedef {object} PemBlock
 * @property {PemKind} kind
 * @property {Bytes} der
 * @property {boolean} isLocked encrypted in OpenSSL's own way (RFC 1421 4.6.1.1), so that
 *   `der` is ciphertext
 */

export const MAX_BLOCKS = 64;
const BEGIN = utf8("-----BEGIN ");
// RFC 7468 2: the label of the end is that of the beginning.
const BLOCK =
  /-----BEGIN ([A-Z0-9][A-Z0-9 .]{0,40})-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g;
const HEADER = /^[A-Za-z][A-Za-z-]*:[^\n]*\n/gm; // RFC 1421
const LOCKED = /^Proc-Type:[^\n]*ENCRYPTED/m;
const LINE = 64;

/** @type {Map<string, PemKind>} */
const KINDS = new Map([
  ["CERTIFICATE", "certificate"],
  ["X509 CERTIFICATE", "certificate"],
  ["X.509 CERTIFICATE", "certificate"],
  ["ENCRYPTED PRIVATE KEY", "encrypted_key"],
  ["PRIVATE KEY", "plain_key"],
  ["RSA PRIVATE KEY", "other_key"],
  ["EC PRIVATE KEY", "other_key"],
  ["DSA PRIVATE KEY", "other_key"],
  ["PKCS7", "bundle"],
  ["CMS", "bundle"],
]);

/**
 * Tell whether there is the beginning of a block in a file.
 * @param {Uint8Array} octets
 */
export function isPem(octets) {
  let at = octets.indexOf(BEGIN[0]);
  while (at >= 0) {
    if (BEGIN.every((octet, i) => octets[at + i] === octet)) return true;
    at = octets.indexOf(BEGIN[0], at + 1);
  }
  return false;
}

/**
 * Return the blocks of the kinds above; a damaged or an unknown one is left out.
 * @param {Uint8Array} octets
 * @returns {PemBlock[]}
 */
export function readPem(octets) {
  const blocks = [];
  for (const [, label, body] of latin1(octets).matchAll(BLOCK)) {
    const kind = KINDS.get(label);
    const der = decodeBody(body);
    if (kind && der.length > 0) blocks.push({ kind, der, isLocked: LOCKED.test(lines(body)) });
    if (blocks.length === MAX_BLOCKS) break;
  }
  return blocks;
}

/**
 * Return a block with lines of 64 characters (RFC 7468 2).
 * @param {string} label
 * @param {Uint8Array} der
 * @returns {Bytes}
 */
export function writePem(label, der) {
  const text = base64(der);
  const parts = Array.from({ length: Math.ceil(text.length / LINE) }, (_, i) =>
    text.slice(i * LINE, (i + 1) * LINE));
  return utf8([`-----BEGIN ${label}-----`, ...parts, `-----END ${label}-----`, ""].join("\n"));
}

/** @param {string} body @returns {Bytes} nothing where it is no base64 */
function decodeBody(body) {
  try {
    return fromBase64(lines(body).replace(HEADER, "").replace(/\s+/g, ""));
  } catch (error) {
    if (error instanceof BytesError) return new Uint8Array();
    throw error;
  }
}

/** @param {string} body */
const lines = (body) => body.replaceAll("\r", "\n");

/** @param {Uint8Array} octets */
function latin1(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
