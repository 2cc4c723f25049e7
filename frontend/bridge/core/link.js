/**
 * The text inside the QR code.
 *
 * Twin of mobile_bridge/core/link.py. Pure. Everything secret stands after `#`, which no
 * browser sends; the page that opens such a link wipes it before anything else.
 */
import { base64url, concat, fromBase64url } from "../../lib/bytes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./protocol.js").Dir} Dir */
/** @typedef {{dir: Dir, seed: Bytes, fp: Bytes}} Link */
/**
 * @typedef {"link_unknown" | "link_elsewhere" | "link_other_version" | "link_empty"
 *   | "link_direction" | "link_cut"} LinkCode
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
const DIRS = /** @type {const} */ (["GS", "SG", "GK"]);

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
 *   link_other_version for a later one, link_empty when nothing stands after `#`,
 *   link_cut when the end of it is missing
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
  if (CUT.test(fragment)) throw new LinkError("link_cut");
  const bytes = decoded(fragment);
  const dir = DIRS[bytes[0] - 0x10];
  if (bytes.length > 0 && bytes[0] >= 0x20) throw new LinkError("link_other_version");
  if (dir === undefined || bytes.length !== SIZE) throw new LinkError();
  return { dir, seed: bytes.slice(1, 33), fp: bytes.slice(33) };
}

/** A certificate of this browser or of the centre, in an address. */
const NAMED = String.raw`(?:=([\w-]{1,80}))?`;
/** What an address may ask of the page that shows: /move#send, /move#show-receive. */
const TO_SHOW = new RegExp(`^(show-)?(send|receive)${NAMED}$`);
/** What the page that shows may ask of the page that scans: /p#send=… */
const TO_SCAN = new RegExp(`^(send|receive)${NAMED}$`);
/** As long as a link's secret, or longer, as a later version's may be. */
const SECRET = /^[\w-]{66,512}$/;
/**
 * The beginning of one of ours (0x10 to 0x12), and less than the whole: an app or a
 * person cut it off, or something foreign stands in it.
 */
const CUT = /^E[A-Za-v](?:[\w-]{0,63}|(?!.*:~:)[\w-]*[^\w=-].*)$/s;

/**
 * Return what a fragment asks of the page that shows a code; null for what is not ours,
 * as the skip link, a text fragment, or what somebody typed.
 * @param {string} fragment without its #
 * @returns {{dir: "GS" | "SG", anyway: boolean, certificate?: string} | null}
 */
export function readShowRequest(fragment) {
  const [all, show, direction, certificate] = TO_SHOW.exec(fragment) ?? [];
  if (all === undefined) return null;
  return { dir: direction === "send" ? "GS" : "SG", anyway: show !== undefined, certificate };
}

/**
 * Return what a fragment asks of the page that scans one; null for what is not ours.
 * @param {string} fragment without its #
 * @returns {{what: "send" | "receive", id?: string} | {secret: string} | null}
 */
export function readScanRequest(fragment) {
  if (SECRET.test(fragment) || CUT.test(fragment)) return { secret: fragment };
  const [all, direction, id] = TO_SCAN.exec(fragment) ?? [];
  if (all === undefined) return null;
  return { what: direction === "send" ? "send" : "receive", id };
}

/**
 * Take what is ours out of the address bar and the history, and return it. What is not
 * ours stays where it is.
 * @param {{pathname: string, search: string, hash: string}} location
 * @param {{replaceState(state: unknown, unused: string, url: string): void}} history
 * @returns {ReturnType<typeof readScanRequest>}
 */
export function wipe(location, history) {
  const request = readScanRequest(location.hash.slice(1));
  if (request !== null) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return request;
}

/** @param {string} fragment */
function decoded(fragment) {
  try {
    return fromBase64url(fragment);
  } catch {
    throw new LinkError();
  }
}
