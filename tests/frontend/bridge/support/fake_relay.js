/** The relay of mobile_bridge in memory: seats, tokens, turns, news, one end. */
import { base64url, fromBase64url } from "../../../../frontend/lib/bytes.js";
import { damm } from "../../../../frontend/bridge/core/pairing_number.js";
import { Clock } from "./fake_time.js";

/** @typedef {import("./fake_net.js").FakeLine} FakeLine */
/**
 * @typedef {{token: string, said: string[], heard: number, line: FakeLine | null,
 *   about?: {presence?: string, note?: string}}} Seat
 * @typedef {{sid: string, number: string | null, dir: "GS" | "SG" | "GK", mode: string,
 *   initiator: Seat, responder: Seat | null, ended: string | null,
 *   expiresAt: number}} Pairing
 */
/** @typedef {Record<string, any>} Body */

const TURNS = { GS: "GSGSGSGS", SG: "GSGSSGSG", GK: "GSGSGSGS" };
const LIFE_S = { Q: 120, T: 180 };
const JOINED_S = { GS: 120, SG: 120, GK: 300 };
const DEVICES = { G: "computer", S: "phone" };

/** Both doors lead to `answer`; what waits there is looked at after each event. */
export class FakeRelay {
  /** @type {Map<string, Pairing>} */ pairings = new Map();
  /** Every frame that passed: what a relay could have kept. @type {Uint8Array[]} */
  seen = [];
  /** @type {(frame: Uint8Array, n: number, from: string) => Uint8Array} */
  tamper = unchanged;
  /** Each event that came in, by its name. @type {string[]} */ asked = [];
  /** The store is away. */ away = false;
  /** It is one of before: it knows neither notes nor who is there. */ isOld = false;
  clock = new Clock();
  /** @type {Set<() => void>} */ #held = new Set();

  /**
   * @param {string} event
   * @param {Body} body
   * @param {FakeLine | null} line the socket, or null for a POST
   * @returns {Body}
   */
  answer(event, body, line) {
    this.asked.push(event);
    if (this.away) return refusal("unavailable");
    const reply = this.#answer(event, body, line);
    for (const look of [...this.#held]) look();
    return reply;
  }

  /**
   * Answer a POST, which may ask to be held until there is news.
   * @param {string} event
   * @param {Body} body
   * @returns {Promise<Body>}
   */
  async post(event, body) {
    const first = this.answer(event, body, null);
    const isOpen = "state" in first && first.state !== "done";
    if (!body.wait || !isOpen || first.frames.length > 0) return first;
    return new Promise((done) => {
      const finish = (/** @type {Body} */ reply) => {
        this.#held.delete(look);
        done(reply);
      };
      const look = () => {
        const reply = this.#answer("resume", body, null);
        if (isNews(reply, first)) finish(reply);
      };
      this.#held.add(look);
      this.clock.later(body.wait * 1000, () => finish(first));
    });
  }

  /** End every pairing, as time or a third device does. @param {string} reason */
  endAll(reason) {
    for (const pairing of this.pairings.values()) end(pairing, reason);
    for (const look of [...this.#held]) look();
  }

  /** Send a frame that nobody said. @param {"G" | "S"} to @param {number} n */
  invent(to, n) {
    const [pairing] = this.pairings.values();
    seatOf(pairing, to)?.line?.deliver("frame", { n, data: "AAAA", got: 0 });
  }

  /**
   * @param {string} event
   * @param {Body} body
   * @param {FakeLine | null} line
   * @returns {Body}
   */
  #answer(event, body, line) {
    if (event === "show") return this.#show(body, line);
    const pairing = event === "join" ? this.#find(body) : this.pairings.get(body.sid);
    const isThere = pairing && pairing.expiresAt > this.clock.now();
    if (!isThere) return refusal("not_available");
    if (event === "join") return this.#join(pairing, body, line);
    const part = holder(pairing, body, event === "resume" ? null : line);
    if (part === null) return refusal("not_available");
    if (event === "frame") return this.#frame(pairing, part, body);
    if (event === "resume") return this.#resume(pairing, part, body, line);
    if (event === "end") return end(pairing, body.reason, part);
    return got(pairing, part, body.n);
  }

  /** @param {Body} body @param {FakeLine | null} line */
  #show({ sid, token, mode, dir, m1 }, line) {
    const there = this.pairings.get(sid);
    if (there && there.initiator.token !== token) return refusal("not_available");
    const pairing = there ?? {
      sid, mode, dir, number: mode === "T" ? this.#number() : null,
      initiator: { token, said: [m1], heard: 0, line }, responder: null, ended: null,
      expiresAt: this.clock.now() + LIFE_S[/** @type {"Q" | "T"} */ (mode)] * 1000,
    };
    this.pairings.set(sid, pairing);
    const expires_in = this.#left(pairing);
    return { ok: true, expires_in, ...(pairing.number && { number: pairing.number }) };
  }

  /** @param {Pairing} pairing @param {Body} body @param {FakeLine | null} line */
  #join(pairing, { token }, line) {
    if (pairing.ended) return refusal("not_available");
    if (token === pairing.initiator.token) return refusal("out_of_turn");
    if (pairing.responder && pairing.responder.token !== token) {
      end(pairing, "crowded");
      return refusal("not_available");
    }
    if (!pairing.responder) {
      pairing.responder = { token, said: [], heard: 0, line };
      const life = JOINED_S[pairing.dir];
      pairing.expiresAt = this.clock.now() + life * 1000;
      const told = { ...peerOf("G"), expires_in: life };
      pairing.initiator.line?.deliver("peer", told);
    }
    return {
      ok: true, sid: pairing.sid, expires_in: this.#left(pairing), peer: peerOf("S"),
      frames: this.#frames(pairing, "S", 0),
    };
  }

  /** @param {Pairing} pairing @param {"G" | "S"} part @param {Body} body */
  #frame(pairing, part, { n, data, received }) {
    const seat = /** @type {Seat} */ (seatOf(pairing, part));
    if (pairing.ended) return refusal("ended");
    if (n > seat.said.length || seat.said[n - 1] !== data) {
      const turn = TURNS[pairing.dir][spoken(pairing)];
      if (n !== seat.said.length + 1 || part !== turn) return refusal("out_of_turn");
      seat.said.push(data);
      seat.heard = peerSeat(pairing, part)?.said.length ?? 0;
      this.seen.push(Uint8Array.from(Buffer.from(data, "base64url")));
      const [frame] = this.#frames(pairing, other(part), n - 1);
      peerSeat(pairing, part)?.line?.deliver("frame", { ...frame, got: seat.heard });
    }
    return received === undefined ? { ok: true } : this.#news(pairing, part, received);
  }

  /**
   * @param {Pairing} pairing @param {"G" | "S"} part @param {Body} body
   * @param {FakeLine | null} line
   */
  #resume(pairing, part, { received, visible, note }, line) {
    const seat = /** @type {Seat} */ (seatOf(pairing, part));
    if (line) seat.line = line;
    got(pairing, part, received);
    const peer = peerSeat(pairing, part);
    if (!this.isOld) this.#stand(pairing, part, { visible, note });
    if (peer) {
      for (const frame of this.#frames(pairing, other(part), peer.heard)) {
        peer.line?.deliver("frame", { ...frame, got: seat.heard });
      }
    }
    return this.#news(pairing, part, received);
  }

  /** Note how a device stands, and tell the peer what is new of it.
   * @param {Pairing} pairing @param {"G" | "S"} part
   * @param {{visible?: boolean, note?: string, gone?: boolean}} how */
  #stand(pairing, part, { visible = true, note, gone = false }) {
    const seat = /** @type {Seat} */ (seatOf(pairing, part));
    const before = JSON.stringify(seat.about ?? {});
    const presence = gone ? "gone" : "hidden";
    seat.about = {
      ...((gone || !visible) && { presence }),
      ...((note ?? seat.about?.note) && { note: note ?? seat.about?.note }),
    };
    if (JSON.stringify(seat.about) === before) return;
    const told = { ...this.#peerOf(pairing, other(part)), expires_in: 1 };
    peerSeat(pairing, part)?.line?.deliver("peer", told);
  }

  /** The socket of a device has closed. @param {"G" | "S"} part */
  leave(part) {
    for (const pairing of this.pairings.values())
      this.#stand(pairing, part, { gone: true });
  }

  /** What `part` may know of the other one.
   * @param {Pairing} pairing @param {"G" | "S"} part */
  #peerOf(pairing, part) {
    return { ...peerOf(part), ...peerSeat(pairing, part)?.about };
  }

  /** @param {Pairing} pairing @param {"G" | "S"} part @param {number} received */
  #news(pairing, part, received) {
    const { ended } = pairing;
    if (ended && ended !== "done") return { ...refusal("ended"), reason: ended };
    const count = spoken(pairing);
    const open = count < 4 ? "joined" : count < 6 ? "agreed" : "transferring";
    return {
      ok: true,
      state: ended ?? (pairing.responder ? open : "shown"),
      expires_in: this.#left(pairing),
      frames: this.#frames(pairing, part, received),
      sent: seatOf(pairing, part)?.said.length ?? 0,
      got: peerSeat(pairing, part)?.heard ?? 0,
      peer: pairing.responder ? this.#peerOf(pairing, part) : null,
    };
  }

  /** What the peer of `part` has said after `n`. @param {Pairing} pairing
   * @param {"G" | "S"} part @param {number} after */
  #frames(pairing, part, after) {
    const from = other(part) === "G" ? "initiator" : "responder";
    return (peerSeat(pairing, part)?.said ?? []).map((text, at) => {
      if (text === "" || this.tamper === unchanged) return { n: at + 1, data: text };
      const passed = this.tamper(fromBase64url(text), at + 1, from);
      return { n: at + 1, data: base64url(passed) };
    }).slice(after);
  }

  /** @param {Body} body */
  #find({ number, sid }) {
    if (sid !== undefined) return this.pairings.get(sid);
    return [...this.pairings.values()].find((pairing) => pairing.number === number);
  }

  /** @param {Pairing} pairing */
  #left(pairing) {
    return Math.max(0, pairing.expiresAt - this.clock.now()) / 1000;
  }

  #number() {
    const digits = String(12345678900 + this.pairings.size);
    return digits + damm(digits);
  }
}

/** @param {Uint8Array} frame */
function unchanged(frame) {
  return frame;
}

/** @param {string} code @returns {Body} */
function refusal(code) {
  return { ok: false, code };
}

/** @param {Body} reply @param {Body} earlier */
function isNews(reply, earlier) {
  const { state, got, peer, frames } = reply;
  return !reply.ok || frames.length > 0 || state !== earlier.state || got !== earlier.got
    || !peer !== !earlier.peer;
}

/** Say who speaks.
 * @param {Pairing} pairing @param {Body} body @param {FakeLine | null} line */
function holder(pairing, { token }, line) {
  return /** @type {const} */ (["G", "S"]).find((part) => {
    const seat = seatOf(pairing, part);
    return seat && (seat.token === token || (line !== null && seat.line === line));
  }) ?? null;
}

/**
 * @param {Pairing} pairing @param {"G" | "S"} part @param {number} n
 * @returns {Body}
 */
function got(pairing, part, n) {
  const [seat, peer] = [seatOf(pairing, part), peerSeat(pairing, part)];
  if (!seat || n > (peer?.said.length ?? 0)) return refusal("out_of_turn");
  if (n > seat.heard) {
    seat.heard = n;
    peer?.line?.deliver("got", { n });
  }
  return { ok: true };
}

/**
 * @param {Pairing} pairing @param {string} reason @param {"G" | "S"} [endedBy]
 * @returns {Body}
 */
function end(pairing, reason, endedBy) {
  if (pairing.ended) return { ok: true };
  if (reason === "done" && spoken(pairing) < 8) return refusal("out_of_turn");
  pairing.ended = reason;
  for (const part of /** @type {const} */ (["G", "S"])) {
    const seat = seatOf(pairing, part);
    if (!seat) continue;
    const kept = reason === "done" ? seat.said.at(-1) ?? "" : "";
    seat.said = seat.said.map((_, at) => (at === seat.said.length - 1 ? kept : ""));
    if (part !== endedBy) seat.line?.deliver("ended", { reason });
  }
  return { ok: true };
}

/** What `part` may know of the other one. @param {"G" | "S"} part */
function peerOf(part) {
  return { device: DEVICES[other(part)], same_network: true };
}

/** @param {"G" | "S"} part */
function other(part) {
  return part === "G" ? "S" : "G";
}

/** @param {Pairing} pairing @param {"G" | "S"} part */
function seatOf({ initiator, responder }, part) {
  return part === "G" ? initiator : responder;
}

/** @param {Pairing} pairing @param {"G" | "S"} part */
function peerSeat(pairing, part) {
  return seatOf(pairing, other(part));
}

/** How many messages have passed. @param {Pairing} pairing */
function spoken({ initiator, responder }) {
  return initiator.said.length + (responder?.said.length ?? 0);
}
