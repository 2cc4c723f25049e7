/**
 * A device's claim to its part in a pairing: `show` or `join`, by POST, until it is
 * answered.
 *
 * The device makes the token itself, so that a claim whose answer was lost is made
 * again and is the same claim: never a second part.
 */
import { fromBase64url } from "../../lib/bytes.js";
import { inText, REPLY_MS, RETRY_MS } from "./transport.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./relay_client.js").Peer} Peer */
/**
 * @typedef {{event: "show" | "join",
 *   body: import("./transport.js").Body & {token: Bytes, sid?: Bytes, m1?: Bytes}}} Claim
 */
/** What a claim that was granted gives.
 * @typedef {{expiresIn: number, sid: Bytes, number: string | null, peer: Peer | null,
 *   frames: import("./sequence.js").Frame[]}} Participation
 */

/** The relay refuses, or cannot be reached (code "offline"). */
export class RelayError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    /** @readonly */ this.code = code;
  }
}

/**
 * Make `claim`. A person waits: only a relay that is away is asked again.
 * @param {{post: import("./transport.js").HttpPost,
 *   later: import("./transport.js").Later}} ports
 * @param {Claim} claim
 * @returns {Promise<Participation>}
 * @throws {RelayError}
 */
export async function requestJoin({ post, later }, { body, event }) {
  for (const pause of RETRY_MS) {
    const reply = await post(event, inText(body), { milliseconds: REPLY_MS })
      .catch(() => null);
    if (reply?.ok) {
      const { expires_in: expiresIn, frames = [], number = null, peer = null } = reply;
      const sid = body.sid ?? fromBase64url(reply.sid);
      return { expiresIn, sid, number, peer, frames };
    }
    if (reply !== null && reply.code !== "unavailable")
      throw new RelayError(reply.code ?? "bad_request");
    await new Promise((passed) => later(pause, () => passed(undefined)));
  }
  throw new RelayError("offline");
}
