/**
 * A certificate from a file on its way to another device: in the memory of this document
 * alone, and gone with it. Nothing of it is stored, and nothing stands in an address but
 * what names it after `#`.
 */

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */

/** @type {StoredCertificate | null} */
let carried = null;

addEventListener("pagehide", () => {
  carried = null;
});

/**
 * Have a certificate at hand for the page that comes next in this document.
 * @param {StoredCertificate} certificate its key locked, as in a store
 */
export function carryCertificate(certificate) {
  carried = certificate;
}

/**
 * Return the certificate that is carried, null where it is not that one.
 * @param {string} [id] hexadecimal SHA-256
 * @returns {StoredCertificate | null}
 */
export const carriedCertificate = (id) => (carried?.id === id ? carried : null);
