/**
 * Whether a certificate was signed by a key (RFC 5280 6.1.3 (a)(1)), by WebCrypto.
 *
 * Knows what our own certificates are signed with: RSA and ECDSA over SHA-2.
 */

import { concat, copy } from "../lib/bytes.js";
import { OID } from "./der/oids.js";
import { read } from "./der/der_reader.js";
import { TAG } from "./der/der_writer.js";
import { importPublicKey } from "./key_pair.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/** @type {Readonly<Record<string, {name: string, hash: string}>>} */
const ALGORITHMS = Object.freeze({
  [OID.sha256WithRsa]: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  [OID.ecdsaWithSha256]: { name: "ECDSA", hash: "SHA-256" },
  [OID.ecdsaWithSha384]: { name: "ECDSA", hash: "SHA-384" },
});
/** Of one of the two numbers of a signature, by the curve. @type {Record<string, number>} */
const COORDINATES = { "P-256": 32, "P-384": 48 };

/**
 * Tell whether a certificate is signed by the key of `issuerSpki`.
 * @param {Uint8Array} certificate DER
 * @param {Uint8Array} issuerSpki SubjectPublicKeyInfo
 * @returns {Promise<boolean>} false too where the algorithm is not known here
 */
export async function isSignedBy(certificate, issuerSpki) {
  try {
    const [content, algorithm, signature] = read(certificate, TAG.SEQUENCE).children();
    const parameters = ALGORITHMS[algorithm.children()[0].oid()];
    const key = await importPublicKey(issuerSpki);
    if (parameters?.name !== key.algorithm.name) return false;
    const { namedCurve } = /** @type {EcKeyAlgorithm} */ (key.algorithm);
    const value = namedCurve ? sideBySide(signature.bits(), COORDINATES[namedCurve]) : signature.bits();
    return await crypto.subtle.verify(parameters, key, value, copy(content.der));
  } catch {
    return false;
  }
}

/**
 * Return an ECDSA signature as WebCrypto wants it (RFC 3279 2.2.3 has two integers).
 * @param {Uint8Array} der
 * @param {number} size of each, in bytes
 * @returns {Bytes}
 */
function sideBySide(der, size) {
  const numbers = read(der, TAG.SEQUENCE).children().map((number) => number.integer());
  return concat(
    ...numbers.map((number) => {
      const digits = number.length > size ? number.subarray(number.length - size) : number;
      return concat(new Uint8Array(size - digits.length), digits);
    }),
  );
}
