/**
 * Which certificate came after which: by what both say of themselves. Pure.
 *
 * A renewal or re-issue has the same issuer, the same holder's name and the same policy,
 * another key, and begins later. Whether the centre calls one the successor of the other is
 * not written in either, so a page says no more than that a newer one is there.
 */
import { equal } from "../lib/bytes.js";
import { readCertificate } from "../pki/certificate.js";
import { DerError } from "../pki/der/errors.js";

/** @typedef {import("../pki/certificate.js").Certificate} Certificate */
/** @typedef {import("./store.js").StoredCertificate} StoredCertificate */

/**
 * Tell whether `later` is a newer certificate of the same holder, issuer and kind.
 * @param {Certificate} later
 * @param {Certificate} earlier
 */
const isSuccessor = (later, earlier) =>
  later.notBefore > earlier.notBefore &&
  later.policy === earlier.policy &&
  equal(later.issuerDer, earlier.issuerDer) &&
  equal(later.subjectDer, earlier.subjectDer) &&
  !equal(later.spki, earlier.spki);

/**
 * Tell the same of bytes; what is no certificate follows nothing.
 * @param {Uint8Array} later DER
 * @param {Uint8Array} earlier DER
 */
export function isSuccessorOf(later, earlier) {
  try {
    return isSuccessor(readCertificate(later), readCertificate(earlier));
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/**
 * Return the newest of those that came after one, undefined where none did.
 * @param {StoredCertificate} stored
 * @param {StoredCertificate[]} others
 * @returns {StoredCertificate | undefined}
 */
export function findSuccessor({ certificate }, others) {
  const later = others.filter((other) => isSuccessorOf(other.certificate, certificate));
  return later.find((one) => !later.some((other) => isSuccessorOf(other.certificate, one.certificate)));
}

/**
 * Return those that one came after.
 * @param {StoredCertificate} stored
 * @param {StoredCertificate[]} others
 */
export const findPredecessors = ({ certificate }, others) =>
  others.filter((other) => isSuccessorOf(certificate, other.certificate));
