/**
 * The text inside the QR code.
 *
 * Twin of mobile_bridge/link.py. Pure. Everything secret stands after `#`, which no
 * browser sends; the page that opens such a link wipes it before anything else.
 */
import { base64url, concat, unbase64url } from "../lib/bytes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {{dir: "GS" | "SG", seed: Bytes, fp: Bytes}} Link */
/**
 * @typedef {"link_unknown" | "link_elsewhere" | "link_other_version" | "link_empty"
 *   | "link_direction"} LinkCode
 */

/** This is not a link for moving a certificate. */
export class LinkError extends Error {
  /** @param {LinkCode} [code] */
  constructor(code = "link_unknown") {
    super(code);
    /** @readonly */ this.code = code;
  }
}

const PATH = "/p";
const SIZE = 1 + 32 + 16;
const DIRS = /** @type {const} */ (["GS", "SG"]);

/**
 * Return the text of the QR code that leads to `origin`.
 * @param {string} origin like "https://host"
 * @param {Link} link
 * @returns {string}
 */
export function writeLink(origin, { dir, seed, fp }) {
  const head = Uint8Array.of(0x10 | DIRS.indexOf(dir));
  return `${origin}${PATH}#${base64url(concat(head, seed, fp))}`;
}

/**
 * Read a QR code's text that must lead to `origin`.
 * @param {string} text
 * @param {string} origin
 * @returns {Link}
 * @throws {LinkError} link_unknown, or: link_elsewhere for another site's code,
 *   link_other_version for a later one, link_empty when nothing stands after `#`
 */
export function readLink(text, origin) {
  const match = /^(https?:\/\/[^/?#\s]+)\/p#(.*)$/s.exec(text);
  if (match === null) {
    throw new LinkError(text === `${origin}${PATH}` ? "link_empty" : "link_unknown");
  }
  if (match[1] !== origin) throw new LinkError("link_elsewhere");
  return readSecret(match[2]);
}

/**
 * Read what stands after `#`.
 * @param {string} fragment
 * @returns {Link}
 * @throws {LinkError}
 */
export function readSecret(fragment) {
  if (fragment === "") throw new LinkError("link_empty");
  const bytes = decoded(fragment);
  const dir = DIRS[bytes[0] - 0x10];
  if (bytes.length > 0 && bytes[0] >= 0x20) throw new LinkError("link_other_version");
  if (dir === undefined || bytes.length !== SIZE) throw new LinkError();
  return { dir, seed: bytes.slice(1, 33), fp: bytes.slice(33) };
}

/**
 * Take the secret out of the address bar and the history, and return its text.
 * @param {{pathname: string, search: string, hash: string}} location
 * @param {{replaceState(state: unknown, unused: string, url: string): void}} history
 * @returns {string} what stood after `#`
 */
export function wipe(location, history) {
  const secret = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  return secret;
}

/** @param {string} fragment */
function decoded(fragment) {
  try {
    return unbase64url(fragment);
  } catch {
    throw new LinkError();
  }
}
