/**
 * Whether certificates from files count now, without telling anybody which they are.
 *
 * Of our own the whole revocation list is loaded and looked through here: the centre
 * learns that somebody looked, and not for what. Of others nobody is asked. Whether one is
 * our own says its signature; its issuer's name can be anybody's.
 */
import { copy, equal, fromBase64 } from "../../lib/bytes.js";
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { CERTIFICATE_HOLD, readCrl } from "../../pki/crl.js";
import { isSignedBy } from "../../pki/signature.js";
import { judge } from "../validity.js";

/** @typedef {import("../validity.js").CertificateStatus} CertificateStatus */
/** @typedef {import("../validity.js").Dates} Dates */
/** @typedef {import("../status_watch.js").CertificateId} CertificateId */
/** @typedef {import("../../pki/crl.js").CrlEntry} CrlEntry */

/** @typedef {{get: typeof import("../../lib/http.js").get, now: () => number}} Dependencies */

/** RFC 5280 5.3.1, those that have words of their own (validity_text.js). */
const REASONS = new Map([[1, "key_compromise"], [4, "superseded"]]);

/** The statuses of a page; one list for all its certificates. */
export class FileStatuses {
  /** @type {Dependencies} */ #deps;
  /** @type {Map<string, CertificateStatus | null>} */ #statuses = new Map();
  /** @type {Date | null} */ #asOf = null;

  /** @param {Dependencies} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /** Of when the list is that was looked through; null where none was. */
  get asOf() {
    return this.#asOf;
  }

  /**
   * Find out about these; settles whether or not the centre answers.
   * @param {Uint8Array[]} certificates DER
   * @param {string | undefined} ownIssuer what this centre's certificates name as their
   *   issuer; only then is anything loaded
   * @returns {Promise<void>}
   */
  async look(certificates, ownIssuer) {
    const claimsOwn = (/** @type {Uint8Array} */ der) =>
      readCertificate(der).issuerName === ownIssuer;
    const centre = certificates.some(claimsOwn) ? await this.#load() : undefined;
    for (const der of certificates) {
      const id = await fingerprint(der);
      if (!claimsOwn(der)) this.#statuses.set(id, { status: "not_asked" });
      else this.#statuses.set(id, centre ? await statusIn(centre, der) : null);
    }
  }

  /**
   * Judge one of them.
   * @param {CertificateId} id
   * @param {Dates} dates
   */
  validityOf({ sha256 = "" }, dates) {
    return judge(dates, this.#statuses.get(sha256), null, this.#deps.now());
  }

  /** @returns {Promise<Centre | undefined>} */
  async #load() {
    const options = /** @type {const} */ ({ credentials: "omit" });
    try {
      const [chain, list] = await Promise.all(
        ["/pki/chain.json", "/pki/issuing.crl"].map((url) => this.#deps.get(url, options)),
      );
      const [issuing] = /** @type {{chain: string[]}} */ (await chain.json()).chain;
      const { subjectDer, spki } = readCertificate(fromBase64(issuing));
      const crl = readCrl(copy(await list.arrayBuffer()));
      if (!equal(crl.issuerDer, subjectDer)) return undefined;
      this.#asOf = crl.thisUpdate;
      return { subjectDer, spki, find: crl.find };
    } catch {
      return undefined; // "could not be checked" says the page
    }
  }
}

/**
 * @typedef {{subjectDer: Uint8Array, spki: Uint8Array,
 *   find(serial: string): CrlEntry | null}} Centre
 */

/** @param {Centre} centre @param {Uint8Array} der @returns {Promise<CertificateStatus>} */
async function statusIn({ subjectDer, spki, find }, der) {
  const { serial, issuerDer } = readCertificate(der);
  const isOwn = equal(issuerDer, subjectDer) && (await isSignedBy(der, spki));
  if (!isOwn) return { status: "unknown" }; // it has our name, and is not ours
  const entry = find(serial);
  if (entry === null) return { status: "good" };
  const at = entry.at.toISOString();
  if (entry.reason === CERTIFICATE_HOLD) return { status: "suspended", at };
  return { status: "revoked", at, reason: REASONS.get(entry.reason ?? 0) };
}
