/**
 * What one device has to ask the relay next, one question after the other.
 *
 * Knows no socket and no page: the ways out come in (doors.js), news go out. A question
 * without an answer is asked again, until somebody stops it. A message told by socket
 * has none: it is there when the peer says so, and if not, the relay is asked.
 */

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./doors.js").Body} Body */
/** @typedef {import("./doors.js").Doors} Doors */
/** @typedef {import("./doors.js").Question} Question */
/** @typedef {import("./doors.js").Reply} Reply */
/** @typedef {import("./ledger.js").Ledger} Ledger */
/** @typedef {import("./relay.js").EndReason} EndReason */
/** @typedef {import("./relay.js").Reason} Reason */
/**
 * `over` hears a reason, or null where the relay no longer knows the pairing.
 * @typedef {{news(reply: Reply): void, over(reason: Reason | null): void}} Hearer
 */

/** How long an answer may be held back, in seconds. */
const WAIT_S = 20;
/** How long the socket may take before news are fetched by POST. */
const SOCKET_MS = 3_000;
/** A relay that holds no more answers back is not asked without end. */
const POLL_MS = 1_000;
/** A receipt of its own is worth saying only where no message says the same. */
const GOT_MS = 300;
const PEER_MS = 5_000;
/** A message refused with these: how the pairing stands has to be heard first. */
const UNSURE = new Set(["not_available", "ended", "out_of_turn"]);

/** Carries one pairing's messages. */
export class Carrier {
  /** @type {Doors} */ #doors;
  /** @type {Ledger} */ #ledger;
  /** @type {import("./doors.js").Later} */ #later;
  /** @type {Hearer} */ #hearer;
  /** @type {{sid: Bytes, token: Bytes} | null} */ #who = null;
  /** The last message that the relay refused. */ #doubted = 0;
  /** The last message whose receipt is waited for. */ #awaited = 0;
  #running = false;
  /** The socket takes so long that news are fetched by POST. */ #mayPoll = false;
  /** Why this side ends it. @type {EndReason | null} */ ending = null;
  /** How the pairing stands has to be asked before anything else. */ isUnsure = false;
  /** The peer answers the last message without asking a person. */ awaits = false;
  /** Somebody can see this page, as far as it knows. */ isVisible = true;
  /** What the peer shall know. @type {Bytes | null} */ note = null;

  /**
   * @param {Doors} doors
   * @param {Ledger} ledger
   * @param {import("./doors.js").Later} later
   * @param {Hearer} hearer
   */
  constructor(doors, ledger, later, hearer) {
    this.#doors = doors;
    this.#ledger = ledger;
    this.#later = later;
    this.#hearer = hearer;
  }

  /** @param {{sid: Bytes, token: Bytes}} who */
  start(who) {
    this.#who = who;
    this.#pollAfter(SOCKET_MS);
    void this.run();
  }

  stop() {
    this.#who = null;
  }

  /** What `resume` says; null before `start`. @returns {Body | null} */
  standing() {
    if (this.#who === null) return null;
    const note = this.note === null ? {} : { note: this.note };
    const { received } = this.#ledger;
    return { ...this.#who, received, visible: this.isVisible, ...note };
  }

  /** Say how this device stands, where that has changed. */
  announce() {
    const body = this.standing();
    if (body === null) return;
    // No answer is waited for: a page that goes to sleep could not take it in. Should it
    // get lost, the next question says the same.
    if (this.#doors.isSeated) return this.#doors.tell("resume", body);
    this.isUnsure = true;
    this.hurry();
  }

  /** Say that the peer's last message is here, though nothing follows from it yet. */
  arrived() {
    const { arrived } = this.#ledger;
    if (this.#who === null || !this.#doors.isSeated) return;
    this.#doors.tell("got", { sid: this.#who.sid, n: arrived });
  }

  /** Ask and say, one after the other, until there is nothing left to. */
  async run() {
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#next(); next !== null; next = this.#next()) {
      if (next.event === "frame" && this.#doors.isSeated) {
        this.#tell(next);
        continue;
      }
      const reply = await this.#doors.ask(next);
      if (reply !== null && this.#who !== null) this.#answered(next, reply);
    }
    this.#running = false;
  }

  /** Leave what is held back, and look anew at what is to be done. */
  hurry() {
    this.#doors.interrupt();
    void this.run();
  }

  /** Say what was just taken up, and see to it that the peer gets it. */
  said() {
    this.#awaitPeer(this.#ledger.sent.length);
    this.hurry();
  }

  /** The peer's message `n` was taken in, and nothing follows yet. @param {number} n */
  heard(n) {
    this.#later(GOT_MS, () => this.#sayGot(n));
    void this.run();
  }

  /** Take in how the pairing stands at the relay. @param {Reply} news */
  stands({ sent, got }) {
    this.isUnsure = false;
    this.#ledger.confirmed = sent;
    // What was taken in since this was asked, it did not say: that is said by itself.
    this.#ledger.gotten(got);
  }

  /** A message that was told was not taken. @param {Reply} reply */
  refused(reply) {
    if (this.#who === null || this.isUnsure) return; // it is being asked already
    this.#refused("frame", reply);
    this.hurry();
  }

  /** The way is lost: find out how the pairing stands, by whichever comes first. */
  lost() {
    this.isUnsure = true;
    this.#pollAfter(SOCKET_MS);
    void this.run();
  }

  /** @returns {Question | null} */
  #next() {
    const body = this.standing();
    if (body === null) return null;
    if (this.isUnsure) return { event: "resume", body };
    const n = this.#ledger.unsent;
    if (n !== null) return this.#frame(n);
    if (this.ending !== null) return this.#question("end", { reason: this.ending });
    // While a message is being taken in, the relay would only say the same again.
    const isIdle = this.#doors.isSeated || this.#ledger.isBusy || !this.#mayPoll;
    return isIdle ? null : { event: "resume", body, wait: WAIT_S };
  }

  /** @param {number} n @returns {Question} */
  #frame(n) {
    const { sent, received } = this.#ledger;
    const data = sent[n - 1];
    if (this.#doors.isSeated) return this.#question("frame", { n, data });
    const mayWait = this.#ledger.isLast(n) && this.awaits && this.ending === null;
    const wait = mayWait ? WAIT_S : 0;
    return { ...this.#question("frame", { n, data, received }), wait };
  }

  /** Say a message by socket: it counts as said, until the relay says otherwise.
   * @param {Question} question */
  #tell({ event, body }) {
    this.#doors.tell(event, body);
    this.#ledger.confirmed = Number(body.n);
    this.#awaitPeer(this.#ledger.confirmed);
  }

  /** @param {string} event @param {Body} body @returns {Question} */
  #question(event, body) {
    // A socket that has its seat need not say whose it is.
    const { sid } = this.#who ?? {};
    const speaker = this.#doors.isSeated ? { sid } : this.#who;
    return { event, body: { ...speaker, ...body } };
  }

  /** @param {Question} question @param {Reply} reply */
  #answered({ event, body, wait }, reply) {
    if (event === "end") return this.#hearer.over(this.ending);
    if (event === "resume" && wait && !reply.frames?.length) this.#pollAfter(POLL_MS);
    if (!reply.ok) return this.#refused(event, reply);
    if (event === "frame") {
      this.#ledger.confirmed = Math.max(this.#ledger.confirmed, Number(body.n));
    }
    if (reply.state !== undefined) this.#hearer.news(reply);
  }

  /** @param {string} event @param {Reply} reply */
  #refused(event, { code = "", reason }) {
    if (reason !== undefined) return this.#hearer.over(reason);
    // Messages go in turn: what is refused is the last one. It is said once more.
    const n = this.#ledger.sent.length;
    const isNew = event === "frame" && n > this.#doubted;
    if (!isNew || !UNSURE.has(code)) return this.#hearer.over(null);
    this.#doubted = n;
    this.isUnsure = true;
  }

  /** @param {number} n */
  #sayGot(n) {
    const { acknowledged } = this.#ledger;
    if (this.#who === null || !this.#doors.isSeated || acknowledged >= n) return;
    this.#ledger.acknowledged = n;
    // A lost word of receipt costs nothing: the next resume says the same.
    this.#doors.tell("got", { sid: this.#who.sid, n });
  }

  /** See to it that the peer gets message `n`. @param {number} n */
  #awaitPeer(n) {
    if (this.#awaited >= n) return;
    this.#awaited = n;
    this.#askAfter(n);
  }

  /** Ask again until the peer has said that it has message `n`. @param {number} n */
  #askAfter(n) {
    this.#later(PEER_MS, () => {
      if (this.#who === null || this.#ledger.got >= n) return;
      if (this.#doors.isSeated) this.#doors.prove();
      this.#askAfter(n);
    });
  }

  /** @param {number} milliseconds */
  #pollAfter(milliseconds) {
    this.#mayPoll = false;
    this.#later(milliseconds, () => {
      this.#mayPoll = true;
      void this.run();
    });
  }
}
