/**
 * Revocation lists (RFC 5280 5), read: whether a serial number stands on one. Pure.
 */

import { copy, hex } from "../lib/bytes.js";
import { OID } from "./der/oids.js";
import { read } from "./der/der_reader.js";
import { TAG } from "./der/der_writer.js";
import { DerError } from "./der/errors.js";
import { readTime } from "./certificate.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./der/der_reader.js").Element} Element */
/**
 * What a list says of a certificate: since when, and why (RFC 5280 5.3.1), null where no
 * reason is given.
 * @typedef {{at: Date, reason: number | null}} CrlEntry
 */
/**
 * @typedef {object} RevocationList
 * @property {Bytes} issuerDer
 * @property {Date} thisUpdate
 * @property {(serial: string) => CrlEntry | null} find by the serial in hexadecimal pairs
 */

export const CERTIFICATE_HOLD = 6;
const ENUMERATED = 0x0a;

/**
 * Read a list.
 * @param {Uint8Array} der
 * @returns {RevocationList}
 * @throws {DerError} when it is none
 */
export function readCrl(der) {
  const [list] = read(der, TAG.SEQUENCE).children();
  const parts = list?.expect(TAG.SEQUENCE).children() ?? [];
  const fields = parts[0]?.tag === TAG.INTEGER ? parts.slice(1) : parts;
  if (fields.length < 3) throw new DerError("not a revocation list");
  const [, issuer, thisUpdate, ...rest] = fields;
  const revoked = rest.find(({ tag }) => tag === TAG.SEQUENCE);
  const entries = new Map((revoked?.children() ?? []).map((entry) => readEntry(entry)));
  return {
    issuerDer: copy(issuer.expect(TAG.SEQUENCE).der),
    thisUpdate: readTime(thisUpdate),
    find: (serial) => entries.get(serial) ?? null,
  };
}

/** @param {Element} entry @returns {[string, CrlEntry]} */
function readEntry(entry) {
  const [serial, date, extensions] = entry.expect(TAG.SEQUENCE).children();
  const bytes = serial.integer();
  const positive = bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes;
  return [hex(positive), { at: readTime(date), reason: readReason(extensions) }];
}

/** @param {Element | undefined} extensions @returns {number | null} */
function readReason(extensions) {
  const reason = (extensions?.children() ?? [])
    .map((extension) => extension.children())
    .find(([id]) => id?.oid() === OID.reasonCode);
  if (reason === undefined) return null;
  return read(reason[reason.length - 1].octets(), ENUMERATED).content[0] ?? null;
}
