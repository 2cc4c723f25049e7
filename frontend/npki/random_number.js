/**
 * R, the random number that lives inside a private key and proves its holder.
 *
 * Pure. Everything else in the PrivateKeyInfo is carried over byte for byte. R never
 * leaves the device except inside an encrypted key.
 */

import { TAG, bitString, contextTag, oid, sequence, setOf } from "../pki/der/der_writer.js";
import { PkiError } from "../pki/der/errors.js";
import { privateKeyParts } from "../pki/key_pair.js";
import { OID } from "../pki/der/oids.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */

/** How many bytes R has. */
export const RANDOM_NUMBER_BYTES = 20;

const ATTRIBUTES = contextTag(0);

/** R is not 20 bytes, or the key has one already. */
export class RandomNumberError extends PkiError {
  code = "bad_random_number";
}

/**
 * Return the private key with R as one more attribute.
 * @param {Uint8Array} pkcs8 PrivateKeyInfo
 * @param {Uint8Array} randomNumber R
 * @returns {Bytes}
 * @throws {RandomNumberError} when R has another length, or there is one already
 */
export function withRandomNumber(pkcs8, randomNumber) {
  if (randomNumber.length !== RANDOM_NUMBER_BYTES) {
    throw new RandomNumberError("R has 20 bytes");
  }
  if (readRandomNumber(pkcs8)) throw new RandomNumberError("the key has an R already");
  const parts = privateKeyParts(pkcs8);
  const attribute = sequence(oid(OID.randomNumber), setOf(bitString(randomNumber)));
  const present = readAttributes(parts).map((attribute) => attribute.der);
  const others = parts.filter((part) => part.tag !== ATTRIBUTES);
  const otherFields = others.map((part) => part.der);
  const attributes = setOf(...present, attribute);
  // IMPLICIT: the set's own tag gives way to [0].
  attributes[0] = ATTRIBUTES;
  return sequence(...otherFields.slice(0, 3), attributes, ...otherFields.slice(3));
}

/**
 * Return the R of a private key, or null when it carries none.
 * @param {Uint8Array} pkcs8 PrivateKeyInfo
 * @returns {Bytes | null}
 * @throws {RandomNumberError} when it is there but is not 20 bytes
 */
export function readRandomNumber(pkcs8) {
  const values = readAttributes(privateKeyParts(pkcs8))
    .map((attribute) => attribute.expect(TAG.SEQUENCE).children())
    .find(([id]) => id?.oid() === OID.randomNumber);
  if (values === undefined) return null;
  const [value] = values[1]?.expect(TAG.SET).children() ?? [];
  const randomNumber = value?.bits();
  if (randomNumber?.length !== RANDOM_NUMBER_BYTES) throw new RandomNumberError("no 20 bytes");
  return randomNumber;
}

/**
 * @param {Element[]} parts of a PrivateKeyInfo
 * @returns {Element[]}
 */
function readAttributes(parts) {
  return parts.find((part) => part.tag === ATTRIBUTES)?.children() ?? [];
}
