/**
 * One device's line to the relay: sends, receives, and survives a cut.
 *
 * Carries frames and never reads them. The first ones go by POST while the socket opens
 * beside them. A line that breaks goes on with the same pairing by its token, or the
 * pairing ends; it never begins another one. Clock, timers and both ways come in.
 */
import { Carrier } from "./carrier.js";
import { RelayError, take } from "./claim.js";
import { Deadline } from "./deadline.js";
import { Doors } from "./doors.js";
import { Ledger } from "./ledger.js";
import { unbase64url } from "../lib/bytes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./claim.js").Claim} Claim */
/** @typedef {import("./doors.js").Reply} Reply */
/** @typedef {"phone" | "computer" | "tablet"} Kind */
/** @typedef {{device: Kind, same_network: boolean}} Peer */
/** Whether the other device is there: `hidden` is a page that nobody sees.
 * @typedef {"here" | "hidden" | "gone"} Presence
 */
/** @typedef {"done" | "declined" | "cancelled" | "refused"} EndReason */
/** @typedef {EndReason | "expired" | "crowded" | "lost"} Reason */
/**
 * `save` has to write down what `Relay.save` returns before it comes back.
 * @typedef {{
 *   frame(n: number, data: Bytes): void,
 *   peer(peer: Peer): void,
 *   presence(presence: Presence): void,
 *   note(note: Bytes): void,
 *   got(count: number): void,
 *   line(up: boolean): void,
 *   save(): void,
 *   ended(reason: Reason): void,
 * }} Listener
 */
/**
 * @typedef {{claim: Claim | null, sid: Bytes | null, token: Bytes, met: boolean,
 *   sent: Bytes[], received: number, expiresAt: number, latest: number}} SavedRelay
 */

export { RelayError };

const PRESENCES = ["here", "hidden", "gone"];

/** One pairing at the relay, from one side. */
export class Relay {
  /** @type {import("./doors.js").Line} */ #line;
  /** @type {import("./doors.js").Later} */ #later;
  /** @type {Deadline} */ #deadline;
  /** @type {Doors} */ #doors;
  /** @type {Carrier} */ #carrier;
  /** @type {Listener | null} */ #listener = null;
  /** What has not been answered yet. @type {Claim | null} */ #claim = null;
  /** @type {Bytes | null} */ #sid = null;
  /** @type {Bytes} */ #token = new Uint8Array();
  #ledger = new Ledger();
  /** @type {import("./ledger.js").Frame[]} */ #early = [];
  #started = false;
  #over = false;
  #met = false;
  #gotten = 0;
  /** @type {Presence} */ #presence = "here";
  #note = "";

  /**
   * @param {{line: import("./doors.js").Line, posts: import("./doors.js").Posts,
   *   now: () => number, later: import("./doors.js").Later}} ports
   */
  constructor({ line, posts, now, later }) {
    this.#line = line;
    this.#later = later;
    this.#deadline = new Deadline(now, later, () => this.#finish("expired"));
    this.#doors = new Doors({ line, posts, later }, {
      standing: () => this.#carrier.standing(),
      line: (up) => this.#lineIs(up),
      seated: (reply) => this.#seated(reply),
      refused: (reply) => this.#carrier.refused(reply),
    });
    this.#carrier = new Carrier(this.#doors, this.#ledger, later, {
      news: (reply) => this.#hear(reply),
      over: (reason) => this.#finish(reason ?? this.#vanished()),
    });
    line.on("frame", (frame) => {
      this.#got(frame.got ?? 0);
      this.#deliver([frame]);
    });
    line.on("got", ({ n }) => this.#got(n));
    line.on("peer", (peer) => {
      this.#meet(peer, peer.expires_in);
      this.#stands(peer);
    });
    line.on("ended", ({ reason }) => this.#finish(reason));
  }

  /**
   * Tell `listener` what happens from here on.
   * @param {Listener} listener
   */
  listen(listener) {
    this.#listener = listener;
  }

  /** Whether the claim has been answered. */
  get isOpen() {
    return this.#claim === null && this.#sid !== null;
  }

  /** How many seconds the pairing has left. */
  get expiresIn() {
    return this.#deadline.left;
  }

  /**
   * Do `action` when all that runs now has come to rest.
   * @param {() => void} action
   */
  soon(action) {
    this.#later(0, action);
  }

  /**
   * Write down what `open` will claim.
   * @param {Claim["event"]} event
   * @param {Claim["body"]} body
   */
  prepare(event, body) {
    this.#claim = { event, body };
    this.#token = body.token;
    this.#sid = body.sid ?? null;
    if (body.m1) this.#ledger.say(body.m1);
    this.#deadline.begin();
    this.#listener?.save();
  }

  /**
   * Claim the seat; `start` is to follow.
   * @returns {Promise<import("./claim.js").Seat>}
   * @throws {RelayError}
   */
  async open() {
    this.#line.connect(); // beside it, so that nobody waits for a socket
    try {
      const seat = await take(this.#doors, /** @type {Claim} */ (this.#claim));
      this.#sid = seat.sid;
      this.#claim = null;
      this.#early = seat.frames;
      this.#met = seat.peer !== null;
      if (this.#met) this.#deadline.meet(seat.expiresIn);
      else this.#deadline.set(seat.expiresIn);
      this.#ledger.confirmed = this.#ledger.sent.length;
      return seat;
    } catch (error) {
      this.#close();
      throw error;
    } finally {
      // It was ended while it was being claimed: that is still to be said.
      if (this.#carrier.ending !== null) this.start();
    }
  }

  /** Begin to carry: what came with the claim, what there is to say, what comes. */
  start() {
    if (this.#over || this.#started || this.#sid === null) return;
    this.#started = true;
    this.#deadline.set(this.expiresIn);
    this.#listener?.save();
    this.#deliver(this.#early);
    this.#early = [];
    if (this.#over) return;
    this.#carrier.start({ sid: this.#sid, token: this.#token });
    this.#doors.open();
  }

  /**
   * Write down how far it is, then say what follows.
   * @param {{heard?: number, frame?: Bytes, awaits?: boolean}} step `heard`: the peer's
   *   message that has been taken in; `frame`: the next one of ours; `awaits`: the peer
   *   speaks next
   */
  advance({ heard, frame, awaits = false }) {
    if (heard !== undefined) this.#ledger.received = heard;
    if (frame) {
      this.#ledger.say(frame);
      this.#carrier.awaits = awaits;
    }
    this.#listener?.save();
    if (this.#over || !this.#started) return;
    if (frame) this.#carrier.said();
    else if (heard !== undefined) this.#carrier.heard(heard);
  }

  /**
   * End the pairing for both, now or when the line is back.
   * @param {EndReason} reason
   */
  end(reason) {
    if (this.#over || this.#carrier.ending !== null) return;
    this.#carrier.ending = reason;
    if (this.#started) this.#carrier.hurry();
    else if (this.isOpen) this.start();
    else if (this.#claim === null) this.#finish(reason);
  }

  /** The peer's last message is here, and takes a while: say so before it is kept. */
  arrived() {
    if (!this.#over && this.#started) this.#carrier.arrived();
  }

  /**
   * Let the peer know what is waited for here.
   * @param {Bytes} note
   */
  say(note) {
    this.#carrier.note = note;
    this.#announce();
  }

  /**
   * Let the peer know whether somebody can see this page.
   * @param {boolean} isVisible
   */
  look(isVisible) {
    if (this.#carrier.isVisible === isVisible) return;
    this.#carrier.isVisible = isVisible;
    this.#announce();
  }

  /** Say anew how this device stands. */
  #announce() {
    if (!this.#over && this.#started) this.#carrier.announce();
  }

  /** Let go of the line without a word: another page goes on, or will. */
  leave() {
    this.#close();
  }

  /** Ask whether the line still lives, and bring it back where it does not. */
  check() {
    if (this.#over || !this.#started) return;
    if (this.#doors.isSeated) return this.#doors.prove();
    this.#line.connect();
    this.#carrier.isUnsure = true;
    this.#carrier.hurry();
  }

  /** @returns {SavedRelay} */
  save() {
    return {
      ...this.#ledger.save(), claim: this.#claim, sid: this.#sid, token: this.#token,
      met: this.#met, expiresAt: this.#deadline.at, latest: this.#deadline.latest,
    };
  }

  /**
   * Be as an earlier life was; `open` or `start` is to follow.
   * @param {SavedRelay} saved
   * @returns {boolean} false when its time is over
   */
  restore(saved) {
    this.#deadline.restore(saved);
    if (this.#deadline.isLongPast) return false;
    this.#claim = saved.claim;
    this.#sid = saved.sid;
    this.#token = saved.token;
    this.#met = saved.met;
    this.#ledger.restore(saved);
    this.#carrier.isUnsure = true;
    return true;
  }

  /** The socket was answered about its seat. @param {Reply} reply */
  #seated(reply) {
    if (this.#over) return;
    if (!reply.ok) return this.#finish(reply.reason ?? this.#vanished());
    this.#hear(reply);
    this.#carrier.hurry();
  }

  /** Take in how the pairing stands. @param {Reply} news */
  #hear(news) {
    const { state, expires_in: expiresIn, frames, peer } = news;
    this.#carrier.stands(news);
    this.#deadline.set(expiresIn);
    if (peer) this.#meet(peer, expiresIn);
    if (peer) this.#stands(peer);
    this.#deliver(frames);
    this.#got(this.#ledger.got);
    if (state === "done" && this.#carrier.ending === null) this.#finish("done");
  }

  /** @param {import("./ledger.js").Frame[]} frames */
  #deliver(frames) {
    if (this.#over || !this.#started) return;
    try {
      const { fresh, isGap } = this.#ledger.take(frames);
      for (const { n, data } of fresh) this.#listener?.frame(n, data);
      if (isGap) this.check();
    } catch {
      this.#finish("lost"); // what the relay says is not even a message
    }
  }

  /** @param {boolean} up */
  #lineIs(up) {
    if (this.#over || !this.#started) return;
    this.#listener?.line(up);
    if (!up) this.#carrier.lost();
  }

  /** @param {Peer} peer @param {number} expiresIn */
  #meet({ device, same_network }, expiresIn) {
    if (this.#over || this.#met) return;
    this.#met = true;
    this.#deadline.meet(expiresIn);
    this.#listener?.peer({ device, same_network });
  }

  /** Take in whether the peer is there, and what it lets this device know.
   * @param {{presence?: unknown, note?: unknown}} peer */
  #stands({ presence = "here", note }) {
    if (this.#over || !this.#started) return;
    if (presence !== this.#presence && PRESENCES.includes(String(presence))) {
      this.#presence = /** @type {Presence} */ (presence);
      this.#listener?.presence(this.#presence);
    }
    if (typeof note !== "string" || note === this.#note) return;
    this.#note = note;
    try {
      this.#listener?.note(unbase64url(note));
    } catch {
      // Not bytes: nothing depends on it.
    }
  }

  /** The peer has ours up to `n`. @param {number} n */
  #got(n) {
    this.#ledger.gotten(n);
    const { got } = this.#ledger;
    if (this.#over || !this.#started || got <= this.#gotten) return;
    this.#gotten = got;
    this.#listener?.got(got);
  }

  /** Say why the relay does not know the pairing any more. @returns {Reason} */
  #vanished() {
    return this.#deadline.left === 0 ? "expired" : "lost";
  }

  /** @param {Reason} reason */
  #finish(reason) {
    if (this.#over) return;
    this.#close();
    this.#listener?.ended(reason);
  }

  #close() {
    this.#over = true;
    this.#deadline.stop();
    this.#carrier.stop();
    this.#doors.close();
  }
}
