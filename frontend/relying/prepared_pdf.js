/**
 * A PDF that the centre made ready, looked at before it is signed, and filled afterwards.
 *
 * Pure. The centre only adds a revision behind the document. This page signs nothing else
 * than its own document with that revision, every octet of it but the hole for the
 * signature, which has to lie in the revision.
 */
import { concat, equal, hex, utf8 } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import "./signing_messages.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/** Where the signature goes: from its `<` to behind its `>`. @typedef {{start: number, end: number}} Hole */

/** What came back is not the document that was sent; a code for sentences. */
export class PreparedPdfError extends CodedError {
  constructor() {
    super("foreign_pdf");
  }
}

const BYTE_RANGE = /\/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]/g;
const [OPEN, CLOSE, ZERO] = utf8("<>0");

/**
 * Find the one hole of a prepared document.
 * @param {Uint8Array} original what was sent
 * @param {Uint8Array} prepared what came back
 * @returns {Hole}
 * @throws {PreparedPdfError} it is another document, or a part of it would not be signed
 */
export function findHole(original, prepared) {
  if (prepared.length <= original.length) throw new PreparedPdfError();
  if (!equal(prepared.subarray(0, original.length), original)) throw new PreparedPdfError();
  const revision = latin1(prepared.subarray(original.length));
  const ranges = [...revision.matchAll(BYTE_RANGE)];
  if (ranges.length !== 1) throw new PreparedPdfError();
  const [from, start, end, length] = ranges[0].slice(1).map(Number);
  const coversAll = from === 0 && end + length === prepared.length;
  const isHole = original.length < start && start + 2 < end && end < prepared.length;
  if (!coversAll || !isHole || !isEmpty(prepared.subarray(start, end))) throw new PreparedPdfError();
  return { start, end };
}

/**
 * Return the SHA-256 of all that is signed.
 * @param {Uint8Array} prepared
 * @param {Hole} hole
 * @returns {Promise<Bytes>}
 */
export async function digestAround(prepared, { start, end }) {
  const signed = concat(prepared.subarray(0, start), prepared.subarray(end));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", signed));
}

/**
 * Return the document with the signature in its hole.
 * @param {Uint8Array} prepared
 * @param {Hole} hole
 * @param {Uint8Array} signature CMS, DER
 * @returns {Bytes}
 * @throws {PreparedPdfError} when there is no room for it
 */
export function fillHole(prepared, { start, end }, signature) {
  const room = end - start - 2;
  if (signature.length * 2 > room) throw new PreparedPdfError();
  const digits = utf8(hex(signature).padEnd(room, "0"));
  return concat(prepared.subarray(0, start + 1), digits, prepared.subarray(end - 1));
}

/** @param {Uint8Array} hole */
function isEmpty(hole) {
  const isFramed = hole[0] === OPEN && hole[hole.length - 1] === CLOSE;
  return isFramed && hole.subarray(1, -1).every((octet) => octet === ZERO);
}

/** @param {Uint8Array} bytes */
const latin1 = (bytes) => new TextDecoder("latin1").decode(bytes);
