/**
 * One device's part in one pairing at the relay: sends, receives, and survives a cut.
 *
 * Carries frames and never reads them. The first ones go by POST while the socket opens
 * beside them. A connection that breaks goes on with the same pairing by its token, or
 * the pairing ends; it never begins another one. Clock, timers and both ways come in.
 */
import { fromBase64url } from "../../lib/bytes.js";
import { Deadline } from "./deadline.js";
import { RelayError, requestJoin } from "./join_request.js";
import { Outbox } from "./outbox.js";
import { Sequence } from "./sequence.js";
import { Transport } from "./transport.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./join_request.js").Claim} Claim */
/** @typedef {import("./join_request.js").Participation} Participation */
/** @typedef {import("./sequence.js").Frame} Frame */
/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {import("./transport.js").Request} Request */
/** @typedef {"phone" | "computer" | "tablet"} Kind */
/** @typedef {{device: Kind, same_network: boolean}} Peer */
/** Whether the other device is there: `hidden` is a page that nobody sees.
 * @typedef {"here" | "hidden" | "gone"} Presence
 */
/** @typedef {"done" | "declined" | "cancelled" | "refused"} EndReason */
/** @typedef {EndReason | "expired" | "crowded" | "lost"} Reason */
/**
 * `save` has to write down what `RelayClient.save` returns before it comes back.
 * @typedef {{
 *   frame(n: number, data: Bytes): void,
 *   peer(peer: Peer): void,
 *   presence(presence: Presence): void,
 *   note(note: Bytes): void,
 *   acked(count: number): void,
 *   line(isUp: boolean): void,
 *   save(): void,
 *   ended(reason: Reason): void,
 * }} RelayListener
 */
/**
 * @typedef {{claim: Claim | null, sid: Bytes | null, token: Bytes, met: boolean,
 *   sent: Bytes[], received: number, expiresAt: number, latest: number,
 *   isMakingKey: boolean}} SavedRelay
 */

export { RelayError };

const PRESENCES = ["here", "hidden", "gone"];
/** A receipt of its own is worth sending only where no message says the same. */
const RECEIPT_MS = 300;
/** After this long without the peer's receipt the socket has to prove that it lives. */
const PEER_MS = 5_000;

/** One pairing at the relay, from one side. */
export class RelayClient {
  /** @type {{post: import("./transport.js").HttpPost,
   *   later: import("./transport.js").Later}} */ #ports;
  /** @type {Deadline} */ #deadline;
  /** @type {Transport} */ #transport;
  /** @type {RelayListener | null} */ #listener = null;
  /** What has not been answered yet. @type {Claim | null} */ #claim = null;
  #sequence = new Sequence();
  #outbox = new Outbox(this.#sequence);
  /** The last message whose receipt is waited for. */ #awaited = 0;
  /** How the peer stands, as soon as there is one.
   * @type {{presence: Presence, note: string} | null} */
  #peer = null;

  /**
   * @param {{socket: import("./transport.js").Socket,
   *   post: import("./transport.js").HttpPost, now: () => number,
   *   later: import("./transport.js").Later}} ports
   */
  constructor({ socket, post, now, later }) {
    this.#ports = { post, later };
    this.#deadline = new Deadline(now, later, () => this.#end("expired"));
    this.#transport = new Transport({ socket, post, later }, {
      resumeRequest: () =>
        this.#transport.isRunning ? this.#outbox.resumeRequest() : null,
      nextRequest: () =>
        this.#outbox.next(this.#transport.state, this.#transport.isAttached),
      sent: ({ body }) => this.#confirm(Number(body.n)),
      replied: (request, reply) => this.#replied(request, reply),
      news: (reply) => this.#news(reply),
      refused: (event, reply) => this.#refused(event, reply),
      begin: (frames) => this.#begin(frames),
      ended: (reason) => this.#listener?.ended(reason),
      close: () => this.#deadline.stop(),
      line: (isUp) => this.#listener?.line(isUp),
    });
    socket.on("frame", (frame) => {
      this.#acked(frame.got ?? 0);
      this.#deliver([frame]);
    });
    socket.on("got", ({ n }) => this.#acked(n));
    socket.on("peer", (peer) => this.#meet(peer, peer.expires_in));
    socket.on("ended", ({ reason }) => this.#end(reason));
  }

  /**
   * Tell `listener` what happens from here on.
   * @param {RelayListener} listener
   */
  listen(listener) {
    this.#listener = listener;
  }

  /** Whether the claim has been answered. */
  get isOpen() {
    return this.#claim === null && this.#outbox.sid !== null;
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
    this.#ports.later(0, action);
  }

  /**
   * Write down what `open` will claim.
   * @param {Claim["event"]} event
   * @param {Claim["body"]} body
   * @param {{isMakingKey?: boolean}} [options] `isMakingKey`: one of the two devices
   *   makes a key, which takes its time
   */
  prepare(event, body, options) {
    this.#claim = { event, body };
    this.#outbox.token = body.token;
    this.#outbox.sid = body.sid ?? null;
    if (body.m1) this.#sequence.push(body.m1);
    this.#deadline.begin(options);
    this.#transport.dispatch("prepare");
    this.#listener?.save();
  }

  /**
   * Claim a part in the pairing; `start` with its frames is to follow.
   * @returns {Promise<Participation>}
   * @throws {RelayError}
   */
  async open() {
    this.#transport.dispatch("claim");
    const claim = /** @type {Claim} */ (this.#claim);
    const granted = await requestJoin(this.#ports, claim).catch((error) => {
      this.#transport.dispatch("denied");
      throw error;
    });
    const { expiresIn, peer, sid } = granted;
    this.#outbox.sid = sid;
    this.#claim = null;
    if (peer !== null) this.#peer = { presence: "here", note: "" };
    if (peer !== null) this.#deadline.meet(expiresIn);
    else this.#deadline.set(expiresIn);
    this.#sequence.confirmed = this.#sequence.sent.length;
    this.#transport.dispatch("granted");
    return granted;
  }

  /**
   * Begin to carry: what came with the claim, what there is to send, what comes.
   * @param {Frame[]} [frames]
   */
  start(frames = []) {
    this.#transport.dispatch("start", { frames });
  }

  /**
   * Write down how far it is, then send what follows.
   * @param {{received?: number, frame?: Bytes, isSelfAnswered?: boolean}} step
   *   `received`: the peer's message that has been taken in; `frame`: the next one of
   *   ours; `isSelfAnswered`: the peer answers it without asking a person
   */
  advance({ received, frame, isSelfAnswered = false }) {
    if (received !== undefined) this.#sequence.received = received;
    if (frame) this.#sequence.push(frame);
    const n = this.#sequence.sent.length;
    if (frame) this.#outbox.selfAnswered = isSelfAnswered ? n : 0;
    this.#listener?.save();
    if (!this.#transport.isRunning) return;
    if (frame) {
      this.#awaitReceipt(n);
      this.#transport.dispatch("flush");
    } else if (received !== undefined) {
      this.#ports.later(RECEIPT_MS, () => this.#sendReceipt(received));
      this.#transport.dispatch("wake");
    }
  }

  /**
   * End the pairing for both, now or when the connection is back.
   * @param {EndReason} reason
   */
  end(reason) {
    this.#outbox.endReason ??= reason;
    this.#transport.dispatch("end", { reason: this.#outbox.endReason });
  }

  /** The peer's last message is here, and takes a while: say so before it is kept. */
  arrived() {
    const { sid } = this.#outbox;
    if (this.#transport.isAttached)
      this.#transport.sendUnacked("got", { sid, n: this.#sequence.arrived });
  }

  /**
   * Let the peer know what is waited for here.
   * @param {Bytes} note
   */
  sendNote(note) {
    this.#outbox.about = { ...this.#outbox.about, note };
    this.#transport.dispatch("announce");
  }

  /**
   * Let the peer know whether somebody can see this page.
   * @param {boolean} isVisible
   */
  setVisible(isVisible) {
    if (this.#outbox.about.visible === isVisible) return;
    this.#outbox.about = { ...this.#outbox.about, visible: isVisible };
    this.#transport.dispatch("announce");
  }

  /** Let go of the connection without a word: another page goes on, or will. */
  leave() {
    this.#transport.dispatch("leave");
  }

  /** Ask whether the connection still lives, and bring it back where it does not. */
  check() {
    this.#transport.dispatch("check");
  }

  /** @returns {SavedRelay} */
  save() {
    const { sid, token } = this.#outbox;
    return {
      ...this.#sequence.save(), claim: this.#claim, sid, token,
      met: this.#peer !== null, expiresAt: this.#deadline.at,
      latest: this.#deadline.latest, isMakingKey: this.#deadline.isMakingKey,
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
    this.#outbox.sid = saved.sid;
    this.#outbox.token = saved.token;
    if (saved.met) this.#peer = { presence: "here", note: "" };
    this.#sequence.restore(saved);
    this.#transport.dispatch(this.isOpen ? "restore" : "reclaim");
    return true;
  }

  /** @param {Frame[]} frames */
  #begin(frames) {
    this.#deadline.set(this.expiresIn);
    this.#listener?.save();
    this.#deliver(frames);
    if (this.#transport.isRunning) this.#transport.dispatch("run");
  }

  /** @param {Request} request @param {Reply} reply */
  #replied({ event, body, wait }, reply) {
    if (event === "end") return this.#end(this.#outbox.endReason);
    if (event === "resume" && wait && !reply.frames?.length)
      this.#transport.dispatch("empty");
    if (!reply.ok) return this.#doubt(event, reply);
    if (event === "frame") {
      const { confirmed } = this.#sequence;
      this.#sequence.confirmed = Math.max(confirmed, Number(body.n));
    }
    if (reply.state !== undefined) this.#news(reply);
  }

  /** What went by socket, or `resume`, was refused.
   * @param {"resume" | "frame"} event @param {Reply} reply */
  #refused(event, reply) {
    if (event === "resume") return this.#end(reply.reason ?? null);
    if (this.#transport.state.view !== "current") return; // it is being asked already
    this.#doubt(event, reply);
    this.#transport.dispatch("flush");
  }

  /** @param {string} event @param {Reply} reply */
  #doubt(event, reply) {
    const end = this.#outbox.refused(event, reply);
    if (end === null) this.#transport.dispatch("doubt");
    else this.#end(end.reason);
  }

  /** Take in how the pairing stands. @param {Reply} news */
  #news({ state, expires_in: expiresIn, frames, peer, sent, got }) {
    if (!this.#transport.isRunning) return;
    this.#sequence.confirmed = sent;
    this.#transport.dispatch("news");
    this.#deadline.set(expiresIn);
    if (peer) this.#meet(peer, expiresIn);
    this.#deliver(frames);
    this.#acked(got);
    if (state === "done" && this.#outbox.endReason === null) this.#end("done");
  }

  /** @param {Frame[]} frames */
  #deliver(frames) {
    if (!this.#transport.isRunning) return;
    try {
      const { added, isGap } = this.#sequence.accept(frames);
      for (const { n, data } of added) this.#listener?.frame(n, data);
      if (isGap) this.check();
    } catch {
      this.#end("lost"); // what the relay says is not even a message
    }
  }

  /** Take in whether the peer is there, and what it lets this device know.
   * @param {Peer & {presence?: unknown, note?: unknown}} peer
   * @param {unknown} expiresIn */
  #meet({ device, same_network, presence = "here", note }, expiresIn) {
    if (!this.#transport.isRunning) return;
    if (this.#peer === null) {
      this.#peer = { presence: "here", note: "" };
      this.#deadline.meet(expiresIn);
      this.#listener?.peer({ device, same_network });
    }
    if (presence !== this.#peer.presence && PRESENCES.includes(String(presence))) {
      this.#peer.presence = /** @type {Presence} */ (presence);
      this.#listener?.presence(this.#peer.presence);
    }
    if (typeof note !== "string" || note === this.#peer.note) return;
    this.#peer.note = note;
    try {
      this.#listener?.note(fromBase64url(note));
    } catch {
      // Not bytes: nothing depends on it.
    }
  }

  /** The peer has ours up to `n`. @param {number} n */
  #acked(n) {
    if (!this.#transport.isRunning || !(n > this.#sequence.acked)) return;
    this.#sequence.acked = n;
    this.#listener?.acked(n);
  }

  /** A message went by socket: the relay has it, until it says otherwise.
   * @param {number} n */
  #confirm(n) {
    this.#sequence.confirmed = n;
    this.#awaitReceipt(n);
  }

  /** See to it that the peer gets message `n`. @param {number} n */
  #awaitReceipt(n) {
    if (this.#awaited >= n) return;
    this.#awaited = n;
    this.#pingWithout(n);
  }

  /** Ask again until the peer has said that it has message `n`. @param {number} n */
  #pingWithout(n) {
    this.#ports.later(PEER_MS, () => {
      if (!this.#transport.isRunning || this.#sequence.acked >= n) return;
      this.#transport.dispatch("ping");
      this.#pingWithout(n);
    });
  }

  /** Say that message `n` was taken in, if nothing has said so. @param {number} n */
  #sendReceipt(n) {
    if (!this.#transport.isAttached || this.#sequence.acknowledged >= n) return;
    this.#sequence.acknowledged = n;
    // A receipt that gets lost costs nothing: the next resume says the same.
    this.#transport.sendUnacked("got", { sid: this.#outbox.sid, n });
  }

  /** @param {Reason | null} reason null: the relay does not know it any more */
  #end(reason) {
    const vanished = this.#deadline.left === 0 ? "expired" : "lost";
    this.#transport.dispatch("ended", { reason: reason ?? vanished });
  }
}
