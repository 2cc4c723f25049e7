/**
 * That the password of a certificate was chosen in this document a moment ago.
 *
 * No secret is held: the key travels locked as it lies in the store, so that a transfer
 * needs the password only to be sure of the person. It ends with the document, when it
 * is left, or after two minutes; it is in no storage and in no address.
 */

const LIFETIME_MS = 120_000;

/** @type {{id: string, at: number, since: number} | null} */
let entry = null;

addEventListener("pagehide", () => forgetEntry());

/**
 * Remember that whoever is here has just chosen the password, and that its key was read
 * back with it.
 * @param {string} id of the certificate in this browser
 */
export function rememberEntry(id) {
  entry = { id, at: Date.now(), since: performance.now() };
}

/** Remember it no longer. */
export function forgetEntry() {
  entry = null;
}

/**
 * Return for how many milliseconds its password need not be typed again; 0 where it has
 * to be.
 * @param {string} id
 */
export function entryTimeLeft(id) {
  if (entry?.id !== id) return 0;
  // By both clocks: one may be set back, the other stands still while a device sleeps.
  const age = Math.max(Date.now() - entry.at, performance.now() - entry.since);
  const left = Date.now() < entry.at ? 0 : Math.max(0, LIFETIME_MS - age);
  if (left === 0) forgetEntry();
  return left;
}
