/**
 * The CA certificates that lead from a holder's certificate to its root.
 *
 * Pure: what lies around comes in. Certificates that issued none of them stay behind.
 * Compared by name, where mobile_bridge/npki/sets/ca_chain.py compares signatures: a
 * receiver trusts no chain that comes along, so nothing hangs on it.
 */

import { equal } from "../../lib/bytes.js";
import { readCertificate } from "../../pki/certificate.js";
import { isCertificate } from "../files/file_contents.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

/** As many as travel with a certificate (bridge/core/bundle.js). */
const MAX_CA_FILES = 8;

/**
 * Return the issuers of `own` that are `around`, and theirs, each once; in DER.
 * @param {Uint8Array[]} own
 * @param {Bytes[]} around
 * @returns {Bytes[]}
 */
export function buildChain(own, around) {
  const others = around.filter(
    (certificate) => isCertificate(certificate) && !own.some((mine) => equal(mine, certificate)),
  );
  /** @type {Bytes[]} */
  const chain = [];
  const pending = own.filter(isCertificate);
  while (pending.length > 0 && chain.length < MAX_CA_FILES) {
    const { issuerDer } = readCertificate(/** @type {Uint8Array} */ (pending.shift()));
    const issuer = others.find(
      (certificate) => equal(readCertificate(certificate).subjectDer, issuerDer),
    );
    if (issuer === undefined || chain.some((certificate) => equal(certificate, issuer))) continue;
    chain.push(issuer);
    pending.push(issuer);
  }
  return chain;
}
