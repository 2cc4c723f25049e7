/**
 * The second half of a pairing at the device that gives: typing, m5 to m8.
 *
 * Pure but for WebCrypto. What follows from a message or a press is returned, never
 * done; only what a person shall see meanwhile is told.
 */
import { ProtocolError } from "../core/kdf.js";
import { Sender } from "../core/transfer.js";
import { CodeEntryFlow } from "./code_entry_flow.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/transfer.js").SavedSender} SavedSender */
/** @typedef {{sender: SavedSender, sent: boolean, stored: boolean}} SavedSenderFlow */
/** @typedef {(state: import("./types.js").State) => void} Notify */

/** Which of a sender's own messages m5 and m7 are, in either direction. */
const [OFFER, BUNDLE] = [3, 4];

/** What the sender does from the digits on. */
export class SenderFlow extends CodeEntryFlow {
  /** @type {Sender} */ #sender;
  /** @type {Notify} */ #notify;
  /** The bundle has left, as far as anybody here knows. */ sent = false;
  /** The other device has said that it keeps it. */ stored = false;

  /** @param {Sender} sender @param {Notify} notify */
  constructor(sender, notify) {
    super(sender);
    this.#sender = sender;
    this.#notify = notify;
  }

  /** @param {SavedSenderFlow} saved @param {Notify} notify */
  static restore({ sender, sent, stored }, notify) {
    const restored = new SenderFlow(Sender.restore(sender), notify);
    return Object.assign(restored, { sent, stored });
  }

  /** @returns {SavedSenderFlow} */
  save() {
    return { sender: this.#sender.save(), sent: this.sent, stored: this.stored };
  }

  /**
   * Return what tells the receiver what is waited for here.
   * @param {import("../core/channel.js").Note} word
   */
  note(word) {
    return this.#sender.note(word);
  }

  /**
   * Tell what the other device has seen by now.
   * @param {number} count of this device's messages that are there
   */
  acked(count) {
    const { step } = this.#sender;
    if (step === "offered" && count >= OFFER) this.#notify({ state: "seen" });
    if (step === "sent" && count >= BUNDLE) this.#notify({ state: "arrived" });
  }

  /**
   * Offer a bundle.
   * @param {import("../core/bundle.js").Offer} offer
   * @param {Bytes} payload
   * @returns {Promise<StepResult>}
   */
  async offer(offer, payload) {
    const m5 = await this.#sender.offer(offer, payload);
    return { frame: m5, next: "m6", states: [{ state: "offered" }] };
  }

  /**
   * Take m6 or m8.
   * @param {string} name
   * @param {Bytes} frame
   * @returns {Promise<StepResult>}
   * @throws {ProtocolError}
   */
  async take(name, frame) {
    if (name === "m6") return this.#takeM6(frame);
    if (name !== "m8") throw new ProtocolError(`no ${name} for a sender`);
    if (!(await this.#sender.takeM8(frame))) {
      this.sent = false; // nothing of it is there
      const end = /** @type {const} */ ({ reason: "refused", code: "not_stored_there" });
      return { next: null, states: [], end };
    }
    this.stored = true;
    const end = { reason: /** @type {const} */ ("done") };
    return { next: null, states: [{ state: "stored" }], end };
  }

  /** @param {Bytes} m6 @returns {Promise<StepResult>} */
  async #takeM6(m6) {
    if (!(await this.#sender.takeM6(m6))) {
      return { next: null, states: [], end: { reason: "declined" } };
    }
    this.#notify({ state: "accepted" });
    const m7 = await this.#sender.payload();
    this.sent = true;
    return { frame: m7, next: "m8", states: [{ state: "sent" }] };
  }
}
