/**
 * Certificates, read: what a page shows and what a receiver compares.
 *
 * Pure. Reads and judges form only: whether a certificate is trusted is the
 * relying party's question.
 */

import { copy, hex } from "../lib/bytes.js";
import { TAG, contextTag } from "./der/der_writer.js";
import { checkLimits, read } from "./der/der_reader.js";
import { DerError } from "./der/errors.js";
import { NAME_PARTS, OID } from "./der/oids.js";
import { NO_NAME, lastShown, personIn, plainText } from "./sanitize.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./der/der_reader.js").Element} Element */

/**
 * @typedef {object} Certificate
 * @property {string} name whose it is, as people say it
 * @property {string} subject the whole name, CN first
 * @property {string} issuerName who issued it
 * @property {string} issuer the whole name
 * @property {string} serial hexadecimal pairs
 * @property {Date} notBefore
 * @property {Date} notAfter
 * @property {Bytes} spki the key, SubjectPublicKeyInfo
 * @property {string | null} policy the first policy's identifier
 * @property {boolean} isAuthority whether it may issue others (RFC 5280 4.2.1.9)
 * @property {Bytes} subjectDer for matching an issuer's name
 * @property {Bytes} issuerDer
 */

const MAX_BYTES = 16 * 1024;
const VERSION = contextTag(0);
const V3 = 2; // v3, RFC 5280 4.1.2.1
/** Where a name is looked for that has no common name. */
const FALLBACK_NAME_PARTS = ["O", "OU", "serialNumber"];
const EXTENSIONS = contextTag(3);

/**
 * Read a certificate.
 * @param {Uint8Array} der
 * @returns {Certificate}
 * @throws {DerError} when it is none
 */
export function readCertificate(der) {
  checkLimits(der, { maxBytes: MAX_BYTES });
  const outer = read(der, TAG.SEQUENCE).children();
  if (outer.length !== 3) throw new DerError("not a certificate");
  const parts = outer[0].expect(TAG.SEQUENCE).children();
  const fields = parts[0]?.tag === VERSION ? parts.slice(1) : parts;
  if (fields !== parts) checkVersion(parts[0]);
  if (fields.length < 6) throw new DerError("fields are missing");
  const [number, , issuer, validity, subject, spki] = fields;
  const [notBefore, notAfter] = readValidity(validity);
  const extensions = fields.find((field) => field.tag === EXTENSIONS);
  const serial = readSerial(number);
  return {
    name: shownName(subject, personIn) || serial,
    subject: wholeName(subject),
    issuerName: shownName(issuer, (commonName) => commonName) || NO_NAME,
    issuer: wholeName(issuer),
    serial,
    notBefore,
    notAfter,
    spki: copy(spki.expect(TAG.SEQUENCE).der),
    policy: firstPolicy(extensions),
    isAuthority: isAuthority(extensions),
    subjectDer: copy(subject.der),
    issuerDer: copy(issuer.der),
  };
}

/**
 * Return the SHA-256 of a certificate in hexadecimal.
 * @param {Uint8Array} der
 * @returns {Promise<string>}
 */
export async function fingerprint(der) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", copy(der))));
}

/**
 * Return the parts of a name in the order of the certificate: the type's identifier, and
 * the text, null where it is none.
 * @param {Uint8Array} name DER
 * @returns {[string, string | null][]}
 * @throws {DerError} when it is no name
 */
export function nameParts(name) {
  return namePairs(read(name)).map(([type, value]) => [type, textOf(value)]);
}

/** @param {Element} value @returns {string | null} */
function textOf(value) {
  try {
    return value.isText() ? value.text() : null;
  } catch {
    return null;
  }
}

/**
 * Return what people call the owner of a name; empty where nothing is there.
 * @param {Element} name
 * @param {(commonName: string) => string} partOf what of a common name is said
 */
function shownName(name, partOf) {
  const parts = readNameParts(name);
  const textOf = (/** @type {string} */ kind) =>
    lastShown(
      parts
        .filter(([type, value]) => type === kind && value.isText())
        .map(([, value]) => value.text()),
    );
  const commonName = textOf("CN");
  if (commonName) return partOf(commonName);
  return FALLBACK_NAME_PARTS.map(textOf).find(Boolean) ?? "";
}

/**
 * Return a name as text, the most particular part first (RFC 4514 2.1).
 * @param {Element} name
 */
function wholeName(name) {
  const parts = readNameParts(name).reverse();
  return parts.map(([type, value]) => `${type}=${formatValue(value)}`).join(",");
}

/**
 * Write a part of a name; what is no text in hexadecimal (RFC 4514 2.4).
 * @param {Element} value
 */
function formatValue(value) {
  try {
    return escapeValue(plainText(value.text()));
  } catch {
    return `#${hex(value.der)}`;
  }
}

/** @param {Element} name @returns {[string, Element][]} by what text calls a type */
function readNameParts(name) {
  return namePairs(name).map(([type, value]) => [NAME_PARTS[type] ?? type, value]);
}

/** @param {Element} name @returns {[string, Element][]} by the type's identifier */
function namePairs(name) {
  const sets = name.expect(TAG.SEQUENCE).children();
  const pairs = sets.flatMap((set) => set.expect(TAG.SET).children());
  return pairs.map((pair) => {
    const parts = pair.expect(TAG.SEQUENCE).children();
    if (parts.length !== 2) throw new DerError("not a part of a name");
    const [type, value] = parts;
    return [type.oid(), value];
  });
}

/** @param {Element} version */
function checkVersion(version) {
  const numbers = version.children();
  if (numbers.length !== 1 || numbers[0].number() > V3)
    throw new DerError("not a version of a certificate");
}

/**
 * Escape what has a meaning in a name's text (RFC 4514 2.4).
 * @param {string} text
 */
function escapeValue(text) {
  return text.replace(/[\\,+"<>;]|^[ #]| $/g, "\\$&");
}

/** @param {Element} serial */
function readSerial(serial) {
  const bytes = serial.integer();
  return hex(bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes);
}

/** @param {Element} validity */
function readValidity(validity) {
  const times = validity.expect(TAG.SEQUENCE).children();
  if (times.length !== 2) throw new DerError("not a validity");
  return times.map(readTime);
}

/**
 * Read a time as certificates and revocation lists have it (RFC 5280 4.1.2.5).
 * @param {Element} time
 * @returns {Date}
 * @throws {DerError} when it is none
 */
export function readTime(time) {
  const short = time.tag === TAG.UTC_TIME;
  const text = time.time();
  // RFC 5280 4.1.2.5.1: two digits from 50 on are the last century.
  const full = short ? `${text < "5" ? "20" : "19"}${text}` : text;
  const iso = full.replace(
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6.000Z",
  );
  const date = new Date(iso);
  // Also catches the 30th of February, which Date carries over into March.
  const holds = !Number.isNaN(date.getTime()) && date.toISOString() === iso;
  if (!holds) throw new DerError("not a time");
  return date;
}

/**
 * Return the value of an extension, undefined where there is none.
 * @param {Element | undefined} extensions
 * @param {string} id
 */
function extensionValue(extensions, id) {
  const list = extensions?.children()[0]?.expect(TAG.SEQUENCE).children() ?? [];
  const parts = list
    .map((extension) => extension.expect(TAG.SEQUENCE).children())
    .find(([name]) => name?.oid() === id);
  return parts?.[parts.length - 1].octets();
}

/** @param {Element | undefined} extensions */
function isAuthority(extensions) {
  const value = extensionValue(extensions, OID.basicConstraints);
  if (value === undefined) return false;
  const [flag] = read(value, TAG.SEQUENCE).children();
  return flag?.tag === TAG.BOOLEAN && flag.content[0] !== 0;
}

/** @param {Element | undefined} extensions @returns {string | null} */
function firstPolicy(extensions) {
  const value = extensionValue(extensions, OID.certificatePolicies);
  if (value === undefined) return null;
  const [first] = read(value, TAG.SEQUENCE).children();
  const [policy] = first?.expect(TAG.SEQUENCE).children() ?? [];
  return policy?.oid() ?? null;
}
