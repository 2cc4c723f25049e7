/**
 * A device's claim to a seat: `show` or `join`, by POST, until it is answered.
 *
 * The device makes the token itself, so that a claim whose answer was lost is made
 * again and is the same claim: never a second seat.
 */
import { unbase64url } from "../lib/bytes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./doors.js").Doors} Doors */
/** @typedef {import("./relay.js").Peer} Peer */
/**
 * @typedef {{event: "show" | "join",
 *   body: import("./doors.js").Body & {token: Bytes, sid?: Bytes, m1?: Bytes}}} Claim
 */
/**
 * @typedef {{expiresIn: number, sid: Bytes, number: string | null, peer: Peer | null,
 *   frames: import("./ledger.js").Frame[]}} Seat
 */

/** The relay refuses, or cannot be reached (code "offline"). */
export class RelayError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    /** @readonly */ this.code = code;
  }
}

const TRIES = 3;
/** A person waits: only a relay that is busy for a moment is asked again. */
const TEMPORARY = new Set(["unavailable"]);

/**
 * Make `claim`.
 * @param {Doors} doors
 * @param {Claim} claim
 * @returns {Promise<Seat>}
 * @throws {RelayError}
 */
export async function take(doors, { body, event }) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const reply = await doors.ask({ event, body, temporary: TEMPORARY });
    if (reply?.ok) {
      const { expires_in: expiresIn, frames = [], number = null, peer = null } = reply;
      const sid = body.sid ?? unbase64url(reply.sid);
      return { expiresIn, sid, number, peer, frames };
    }
    if (reply !== null) throw new RelayError(reply.code ?? "bad_request");
  }
  throw new RelayError("offline");
}
