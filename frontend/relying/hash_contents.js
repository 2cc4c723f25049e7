/** What the hashes are of that a request asks to have signed, where it says so. Pure. */
import { fromHex } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import { OID } from "../pki/der/oids.js";
import { TAG } from "../pki/der/der_writer.js";
import { read } from "../pki/der/der_reader.js";
import "./hash_signing_messages.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/**
 * The hashes are not signed. Codes: `hash_key_bound` (the key cannot be read out, so
 * nothing here signs a hash with it), `hash_key_kind` (it is no P-256 key),
 * `hash_attributes` (the attributes are not what the hash is of, or no such attributes).
 */
export class HashSigningError extends CodedError {}

/**
 * Return the SHA-256 of the document that CMS attributes are about (RFC 5652 11.2).
 * @param {string} attributes DER of their SET, hexadecimal
 * @returns {Bytes}
 * @throws {HashSigningError} `hash_attributes`
 */
export function documentDigest(attributes) {
  try {
    const values = read(fromHex(attributes), TAG.SET)
      .children()
      .map((attribute) => attribute.expect(TAG.SEQUENCE).children())
      .filter(([type]) => type.oid() === OID.messageDigest)
      .map(([, set]) => set.expect(TAG.SET).children());
    if (values.length === 1 && values[0].length === 1) return values[0][0].octets();
  } catch (error) {
    throw new HashSigningError("hash_attributes", { cause: error });
  }
  throw new HashSigningError("hash_attributes");
}
