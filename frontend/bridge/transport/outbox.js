/**
 * What one device has to ask the relay next, one request after the other.
 *
 * Pure: no socket, no timer. A message without an answer is asked again; one that went
 * by socket has none, and counts as sent until the relay says otherwise.
 */

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./relay_client.js").EndReason} EndReason */
/** @typedef {import("./relay_client.js").Reason} Reason */
/** @typedef {import("./sequence.js").Sequence} Sequence */
/** @typedef {import("./states.js").State} State */
/** @typedef {import("./transport.js").Body} Body */
/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {import("./transport.js").Request} Request */

/** How long an answer may be held back, in seconds. */
const WAIT_S = 20;
/** A message refused with these: how the pairing stands has to be heard first. */
const DOUBTFUL = new Set(["not_available", "ended", "out_of_turn"]);

/** One pairing's requests, from one side. */
export class Outbox {
  /** @type {Sequence} */ #sequence;
  /** The last message that the relay refused. */ #doubted = 0;
  /** Which pairing, as soon as that is known. @type {Bytes | null} */ sid = null;
  /** Says whose requests these are. @type {Bytes} */ token = new Uint8Array();
  /** Why this side ends it. @type {EndReason | null} */ endReason = null;
  /** The last message that the peer answers without asking a person. */
  selfAnswered = 0;
  /** What the peer may know of this device. @type {{visible: boolean, note?: Bytes}} */
  about = { visible: true };

  /** @param {Sequence} sequence */
  constructor(sequence) {
    this.#sequence = sequence;
  }

  /** What `resume` says. @returns {Body} */
  resumeRequest() {
    const { sid, token } = this;
    return { sid, token, received: this.#sequence.received, ...this.about };
  }

  /**
   * Return what to ask now, or null.
   * @param {State} state
   * @param {boolean} isAttached
   * @returns {Request | null}
   */
  next({ view, poll }, isAttached) {
    const body = this.resumeRequest();
    if (view !== "current") return { event: "resume", body };
    const n = this.#sequence.unsent;
    if (n !== null) return this.#frame(n, isAttached);
    if (this.endReason !== null)
      return this.#request("end", { reason: this.endReason }, isAttached);
    // While a message is being taken in, the relay would only say the same again.
    const isIdle = isAttached || this.#sequence.isBusy || poll !== "due";
    return isIdle ? null : { event: "resume", body, wait: WAIT_S };
  }

  /**
   * Take in a refusal: null to ask how the pairing stands, else that it is over, for a
   * reason or as unknown.
   * @param {string} event
   * @param {Reply} reply
   * @returns {{reason: Reason | null} | null}
   */
  refused(event, { code = "", reason }) {
    if (reason !== undefined) return { reason };
    // Messages go in turn: what is refused is the last one. It is sent once more.
    const n = this.#sequence.sent.length;
    const isNew = event === "frame" && n > this.#doubted;
    if (!isNew || !DOUBTFUL.has(code)) return { reason: null };
    this.#doubted = n;
    return null;
  }

  /** @param {number} n @param {boolean} isAttached @returns {Request} */
  #frame(n, isAttached) {
    const { sent, received } = this.#sequence;
    const data = sent[n - 1];
    if (isAttached) return this.#request("frame", { n, data }, isAttached);
    const isAwaited = n === sent.length && n === this.selfAnswered;
    const wait = isAwaited && this.endReason === null ? WAIT_S : 0;
    return { ...this.#request("frame", { n, data, received }, isAttached), wait };
  }

  /** An attached socket need not say whose it is.
   * @param {string} event @param {Body} body @param {boolean} isAttached
   * @returns {Request} */
  #request(event, body, isAttached) {
    const { sid, token } = this;
    return { event, body: isAttached ? { sid, ...body } : { sid, token, ...body } };
  }
}
