/**
 * Certificates, read: what a page shows and what a receiver compares.
 *
 * Pure. Reads and judges form only: whether a certificate is trusted is the
 * relying party's question.
 */

import { copy, hex } from "../lib/bytes.js";
import { TAG, contextTag } from "./der.js";
import { guard, read } from "./der_reader.js";
import { DerError } from "./errors.js";
import { NAME_PARTS, OID } from "./oids.js";
import { plainText } from "./plain_text.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./der_reader.js").Element} Element */

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
 * @property {Bytes} subjectDer for matching an issuer's name
 * @property {Bytes} issuerDer
 */

const MAX_BYTES = 16 * 1024;
const VERSION = contextTag(0);
const EXTENSIONS = contextTag(3);

/**
 * Read a certificate.
 * @param {Uint8Array} der
 * @returns {Certificate}
 * @throws {DerError} when it is none
 */
export function readCertificate(der) {
  guard(der, { maxBytes: MAX_BYTES });
  const outer = read(der, TAG.SEQUENCE).children();
  if (outer.length !== 3) throw new DerError("not a certificate");
  const parts = outer[0].expect(TAG.SEQUENCE).children();
  const fields = parts[0]?.tag === VERSION ? parts.slice(1) : parts;
  if (fields.length < 6) throw new DerError("fields are missing");
  const [serial, , issuer, validity, subject, spki] = fields;
  const [notBefore, notAfter] = validityOf(validity);
  return {
    name: personIn(shownName(subject)),
    subject: wholeName(subject),
    issuerName: shownName(issuer),
    issuer: wholeName(issuer),
    serial: serialOf(serial),
    notBefore,
    notAfter,
    spki: copy(spki.expect(TAG.SEQUENCE).whole),
    policy: firstPolicy(fields.find((field) => field.tag === EXTENSIONS)),
    subjectDer: copy(subject.whole),
    issuerDer: copy(issuer.whole),
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
 * Return what people call the owner of a name: its common name, where it has one.
 * @param {Element} name
 */
function shownName(name) {
  const common = partsOf(name).findLast(([type]) => type === "CN")?.[1];
  if (common === undefined) return wholeName(name);
  return plainText(common);
}

/**
 * Return the part of a holder's common name that people say: `name(LATIN)number`.
 * @param {string} shown
 */
const personIn = (shown) => shown.split("(")[0].trim() || shown;

/**
 * Return a name as text, the most particular part first (RFC 4514 2.1).
 * @param {Element} name
 */
function wholeName(name) {
  const parts = partsOf(name).reverse();
  return parts.map(([type, text]) => `${type}=${escaped(plainText(text))}`).join(",");
}

/**
 * @param {Element} name
 * @returns {[string, string][]}
 */
function partsOf(name) {
  const sets = name.expect(TAG.SEQUENCE).children();
  const pairs = sets.flatMap((set) => set.expect(TAG.SET).children());
  return pairs.map((pair) => {
    const [type, value] = pair.expect(TAG.SEQUENCE).children();
    if (value === undefined) throw new DerError("a part of a name without a value");
    return [NAME_PARTS[type.oid()] ?? type.oid(), value.text()];
  });
}

/**
 * Escape what has a meaning in a name's text (RFC 4514 2.4).
 * @param {string} text
 */
function escaped(text) {
  return text.replace(/[\\,+"<>;]|^[ #]| $/g, "\\$&");
}

/** @param {Element} serial */
function serialOf(serial) {
  const bytes = serial.integer();
  return hex(bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes);
}

/** @param {Element} validity */
function validityOf(validity) {
  const times = validity.expect(TAG.SEQUENCE).children();
  if (times.length !== 2) throw new DerError("not a validity");
  return times.map(timeOf);
}

/**
 * @param {Element} time
 * @returns {Date}
 */
function timeOf(time) {
  const short = time.tag === TAG.UTC_TIME;
  if (!short && time.tag !== TAG.GENERALIZED_TIME) throw new DerError("not a time");
  const text = time.text();
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
 * @param {Element | undefined} extensions
 * @returns {string | null}
 */
function firstPolicy(extensions) {
  const list = extensions?.children()[0]?.expect(TAG.SEQUENCE).children() ?? [];
  const found = list
    .map((one) => one.expect(TAG.SEQUENCE).children())
    .find(([id]) => id?.oid() === OID.certificatePolicies);
  if (found === undefined) return null;
  const value = found[found.length - 1].octets();
  const [first] = read(value, TAG.SEQUENCE).children();
  const [policy] = first?.expect(TAG.SEQUENCE).children() ?? [];
  return policy?.oid() ?? null;
}
