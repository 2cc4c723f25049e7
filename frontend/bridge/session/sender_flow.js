/**
 * The second half of a pairing at the device that gives: what it offers and sends.
 */
import { Sender } from "../core/transfer.js";
import { DeliveryFlow } from "./delivery_flow.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("./delivery_flow.js").Notify} Notify */
/** @typedef {import("./delivery_flow.js").Progress} Progress */
/** @typedef {{sender: import("../core/transfer.js").SavedSender} & Progress} SavedSenderFlow */

/** What the sender does from the digits on. */
export class SenderFlow extends DeliveryFlow {
  /** @type {Sender} */ #sender;

  /** @param {Sender} sender @param {Notify} notify @param {Progress} [progress] */
  constructor(sender, notify, progress) {
    super(sender, notify, progress);
    this.#sender = sender;
  }

  /** @param {SavedSenderFlow} saved @param {Notify} notify */
  static restore({ sender, ...progress }, notify) {
    return new SenderFlow(Sender.restore(sender), notify, progress);
  }

  /** @returns {SavedSenderFlow} */
  save() {
    return { sender: this.#sender.save(), ...this.progress };
  }

  /**
   * Return what tells the receiver what is waited for here.
   * @param {import("../core/channel.js").Note} word
   */
  note(word) {
    return this.#sender.note(word);
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

  /** @protected @override @param {Bytes} m6 @returns {Promise<StepResult>} */
  async takeM6(m6) {
    if (!(await this.#sender.takeM6(m6))) {
      return { next: null, states: [], end: { reason: "declined" } };
    }
    this.notify({ state: "accepted" });
    const m7 = await this.#sender.payload();
    this.sent = true;
    return { frame: m7, next: "m8", states: [{ state: "sent" }] };
  }
}
