/**
 * The second half of a pairing at the device at which the person types the check code,
 * whatever it then hands over: typing, m5 to m8.
 *
 * Pure but for WebCrypto. What follows from a message or a press is returned, never
 * done; only what a person shall see meanwhile is told.
 */
import { ProtocolError } from "../core/kdf.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/code_entry.js").CodeEntry} CodeEntry */
/** @typedef {(state: import("./types.js").State) => void} Notify */
/** What of a flow outlives its page. @typedef {{sent: boolean, stored: boolean}} Progress */

/** Which of this device's own messages m5 and m7 are, in either direction. */
const [M5, M7] = [3, 4];

/** What is done from the digits on, up to the receipt. */
export class DeliveryFlow {
  /** @type {CodeEntry} */ #entry;
  /** Tell what a person shall see. @protected @readonly @type {Notify} */ notify;
  /** What is handed over has left, as far as anybody here knows. */ sent = false;
  /** The other device has said that it keeps it. */ stored = false;

  /**
   * @param {CodeEntry} entry
   * @param {Notify} notify
   * @param {Partial<Progress>} [progress] of an earlier life of it
   */
  constructor(entry, notify, { sent = false, stored = false } = {}) {
    this.#entry = entry;
    this.notify = notify;
    this.sent = sent;
    this.stored = stored;
  }

  /** @protected @returns {Progress} */
  get progress() {
    return { sent: this.sent, stored: this.stored };
  }

  get triesLeft() {
    return this.#entry.triesLeft;
  }

  /** Whether the digits are what is waited for. */
  get isTyping() {
    return this.#entry.step === "start";
  }

  /** @returns {StepResult} */
  first() {
    return { next: null, states: [this.#typing()] };
  }

  /**
   * Compare six digits with those of the other screen.
   * @param {string} digits
   * @param {() => void} onCommit
   * @returns {{right: boolean, outcome: StepResult}}
   */
  typeCode(digits, onCommit) {
    const right = this.#entry.typeCode(digits, onCommit);
    if (!right) return { right, outcome: this.wrong() };
    return { right, outcome: { next: null, states: [{ state: "matched" }] } };
  }

  /** Say what a wrong code leads to: another try, or the end. @returns {StepResult} */
  wrong() {
    if (this.triesLeft > 0) return { next: null, states: [this.#typing()] };
    return { next: null, states: [], end: { reason: "refused", code: "wrong_code" } };
  }

  /**
   * Tell what the other device has seen by now.
   * @param {number} count of this device's messages that are there
   */
  acked(count) {
    const { step } = this.#entry;
    if (step === "offered" && count >= M5) this.notify({ state: "seen" });
    if (step === "sent" && count >= M7) this.notify({ state: "arrived" });
  }

  /**
   * Take m6 or m8.
   * @param {string} name
   * @param {Bytes} frame
   * @returns {Promise<StepResult>}
   * @throws {ProtocolError}
   */
  async take(name, frame) {
    if (name === "m6") return this.takeM6(frame);
    if (name !== "m8") throw new ProtocolError(`no ${name} where the code is typed`);
    if (!(await this.#entry.takeM8(frame))) {
      this.sent = false; // nothing of it is there
      const end = /** @type {const} */ ({ reason: "refused", code: "not_stored_there" });
      return { next: null, states: [], end };
    }
    this.stored = true;
    const end = { reason: /** @type {const} */ ("done") };
    return { next: null, states: [{ state: "stored" }], end };
  }

  /**
   * Take the answer to what was announced.
   * @protected
   * @param {Bytes} _m6
   * @returns {Promise<StepResult>}
   */
  async takeM6(_m6) {
    throw new ProtocolError("nothing was announced");
  }

  /** @returns {import("./types.js").State} */
  #typing() {
    return { state: "typing", triesLeft: this.triesLeft };
  }
}
