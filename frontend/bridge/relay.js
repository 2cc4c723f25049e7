/**
 * One device's line to the relay: sends, receives, and survives a cut.
 *
 * Carries frames and never reads them. A line that breaks goes on with the same pairing
 * by its token, or the pairing ends; it never begins another one. Clock, timers and
 * socket come in; the listeners of the page stand in watch().
 */
import { copy, equal } from "../lib/bytes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {"phone" | "computer" | "tablet"} Device */
/** @typedef {{device: Device, same_network: boolean}} Peer */
/** @typedef {"done" | "declined" | "cancelled" | "refused"} EndReason */
/** @typedef {EndReason | "expired" | "crowded" | "lost"} Reason */
/** @typedef {{ok: boolean, code?: string} & Record<string, any>} Reply */
/**
 * A socket: `call` resolves with the relay's answer and rejects when none came in time.
 * @typedef {{
 *   on(event: string, handler: (body: any) => void): void,
 *   call(event: string, body: object, milliseconds: number): Promise<Reply>,
 *   connect(): void, reconnect(): void, close(): void,
 * }} Line
 */
/**
 * @typedef {{
 *   frame(data: Bytes): void,
 *   peer(peer: Peer, expiresIn: number): void,
 *   ended(reason: Reason): void,
 *   line(up: boolean): void,
 * }} Listener
 */
/** @typedef {(milliseconds: number, action: () => void) => () => void} Later */

/** The relay refuses, or cannot be reached (code "offline"). */
export class RelayError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    /** @readonly */ this.code = code;
  }
}

const OPENING_MS = 10_000;
const PING_MS = 2_000;
const PEER_MS = 5_000;
const UNSEATED = new Set(["not_available", "ended"]);
/** How long past its time a pairing waits for the relay's own word. */
const GRACE_S = 5;

/** One pairing at the relay, from one side. */
export class Relay {
  /** @type {Line} */ #line;
  /** @type {() => number} */ #now;
  /** @type {Later} */ #later;
  /** @type {Listener | null} */ #listener = null;
  /** @type {Bytes | null} */ #sid = null;
  /** @type {Bytes | null} */ #token = null;
  /** @type {Bytes[]} */ #sent = [];
  /** @type {EndReason | null} */ #ending = null;
  #received = 0;
  #got = 0;
  #expiresAt = Number.POSITIVE_INFINITY;
  #resuming = false;
  #up = false;
  #over = false;
  #met = false;
  #stopClock = () => {};

  /** @param {{line: Line, now: () => number, later: Later}} ports */
  constructor({ line, now, later }) {
    this.#line = line;
    this.#now = now;
    this.#later = later;
    line.on("connect", () => this.#connected());
    line.on("disconnect", () => this.#cut());
    line.on("frame", (frame) => this.#deliver([frame]));
    line.on("got", ({ n }) => { this.#got = Math.max(this.#got, n); });
    line.on("peer", (peer) => this.#meet(peer, peer.expires_in));
    line.on("ended", ({ reason }) => this.#finish(reason));
  }

  /**
   * Tell `listener` what happens from here on.
   * @param {Listener} listener
   */
  listen(listener) {
    this.#listener = listener;
  }

  /** Open the socket early, while a person still reads or aims. */
  open() {
    this.#line.connect();
  }

  /**
   * Open a pairing.
   * @param {{sid: Bytes, mode: "Q" | "T", m1: Bytes}} pairing
   * @returns {Promise<{expiresIn: number}>}
   * @throws {RelayError}
   */
  async show({ sid, mode, m1 }) {
    const reply = await this.#begin("show", { sid, mode, m1 });
    this.#sent.push(m1);
    return { expiresIn: reply.expires_in };
  }

  /**
   * Join a pairing.
   * @param {Bytes} sid
   * @returns {Promise<{expiresIn: number, peer: Peer}>} its frames go to the listener
   * @throws {RelayError}
   */
  async join(sid) {
    const reply = await this.#begin("join", { sid });
    this.#met = true;
    this.#deliver(reply.frames);
    return { expiresIn: reply.expires_in, peer: reply.peer };
  }

  /**
   * Send the next frame, now or when the line is back.
   * @param {Bytes} data
   */
  send(data) {
    this.#sent.push(data);
    const n = this.#sent.length;
    if (this.#up) void this.#push(n);
    this.#awaitPeer(n);
  }

  /**
   * End the pairing for both, now or when the line is back.
   * @param {EndReason} reason
   */
  end(reason) {
    if (this.#over || this.#ending !== null) return;
    this.#ending = reason;
    if (this.#token === null) this.#finish(reason);
    else if (this.#up) void this.#sendEnd();
  }

  /** Ask whether the line still lives, and bring it back where it does not. */
  check() {
    if (this.#over || this.#token === null) return;
    if (this.#up) void this.#resume(PING_MS);
    else this.#line.connect();
  }

  /**
   * @param {"show" | "join"} event
   * @param {{sid: Bytes, mode?: string, m1?: Bytes}} body
   */
  async #begin(event, body) {
    this.#line.connect();
    const reply = await this.#line.call(event, body, OPENING_MS).catch(() => null);
    if (reply === null || !reply.ok) {
      this.#over = true;
      this.#line.close();
      throw new RelayError(reply?.code ?? "offline");
    }
    this.#sid = body.sid;
    this.#token = copy(reply.token);
    this.#up = true;
    this.#setClock(reply.expires_in);
    return reply;
  }

  #connected() {
    if (this.#token !== null) void this.#resume(OPENING_MS);
  }

  #cut() {
    if (this.#over || this.#token === null) return;
    this.#up = false;
    this.#listener?.line(false);
  }

  /** @param {number} milliseconds */
  async #resume(milliseconds) {
    if (this.#resuming) return;
    this.#resuming = true;
    const body = { sid: this.#sid, token: this.#token, received: this.#received };
    const reply = await this.#line.call("resume", body, milliseconds).catch(() => null);
    this.#resuming = false;
    if (this.#over) return;
    if (reply === null) {
      this.#cut();
      this.#line.reconnect();
    } else if (!reply.ok) {
      const isLate = this.#now() >= this.#expiresAt;
      this.#finish(reply.reason ?? (isLate ? "expired" : "lost"));
    } else {
      this.#resumed(reply);
    }
  }

  /** @param {Reply} reply */
  #resumed(reply) {
    if (!this.#up) this.#listener?.line(true);
    this.#up = true;
    this.#setClock(reply.expires_in);
    if (reply.peer && !this.#met) this.#meet(reply.peer, reply.expires_in);
    this.#deliver(reply.frames);
    for (let n = reply.sent + 1; n <= this.#sent.length; n += 1) void this.#push(n);
    this.#got = Math.max(this.#got, reply.got);
    if (this.#ending !== null) void this.#sendEnd();
    else if (reply.state === "done") this.#finish("done");
  }

  /** @param {number} n */
  async #push(n) {
    const body = { sid: this.#sid, n, data: this.#sent[n - 1] };
    const reply = await this.#line.call("frame", body, PEER_MS).catch(() => null);
    if (this.#over) return;
    // Whether there is still a pairing to speak in, resuming will tell.
    if (reply === null || UNSEATED.has(reply.code ?? "")) this.check();
    else if (!reply.ok) this.#finish("lost");
  }

  async #sendEnd() {
    const reason = /** @type {EndReason} */ (this.#ending);
    const body = { sid: this.#sid, reason };
    const reply = await this.#line.call("end", body, PING_MS).catch(() => null);
    if (reply === null && !this.#over) this.check();
    else this.#finish(reason);
  }

  /** @param {{n: number, data: ArrayBuffer | Uint8Array}[]} frames */
  #deliver(frames) {
    for (const { n, data } of frames) {
      if (this.#over || n <= this.#received) continue;
      if (n > this.#received + 1) return this.check(); // one is missing between
      this.#received = n;
      // A failed word of receipt costs nothing: the next resume says the same.
      this.#line.call("got", { sid: this.#sid, n }, PEER_MS).catch(() => null);
      this.#listener?.frame(copy(data));
    }
  }

  /** Ask again until the peer has said that it has frame `n`. @param {number} n */
  #awaitPeer(n) {
    this.#later(PEER_MS, () => {
      if (this.#over || this.#got >= n) return;
      this.check();
      this.#awaitPeer(n);
    });
  }

  /** @param {Peer} peer @param {number} expiresIn */
  #meet({ device, same_network }, expiresIn) {
    if (this.#over || this.#met) return;
    this.#met = true;
    this.#setClock(expiresIn);
    this.#listener?.peer({ device, same_network }, expiresIn);
  }

  /** @param {number} seconds */
  #setClock(seconds) {
    this.#stopClock();
    this.#expiresAt = this.#now() + seconds * 1000;
    const wait = (seconds + GRACE_S) * 1000;
    this.#stopClock = this.#later(wait, () => this.#finish("expired"));
  }

  /** @param {Reason} reason */
  #finish(reason) {
    if (this.#over) return;
    this.#over = true;
    this.#stopClock();
    this.#sent = [];
    this.#token = null;
    this.#line.close();
    this.#listener?.ended(reason);
  }
}
