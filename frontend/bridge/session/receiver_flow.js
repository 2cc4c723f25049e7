/**
 * The second half of a pairing at the device that gets: the digits, m5 to m8.
 *
 * Pure but for WebCrypto; reading and keeping come in. What follows from a message or a
 * press is returned, never done; only what a person shall see meanwhile is told.
 */
import { ProtocolError } from "../core/kdf.js";
import { Receiver } from "../core/transfer.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../core/bundle.js").Bundle} Bundle */
/** @typedef {import("../core/bundle.js").Offer} Offer */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/transfer.js").SavedReceiver} SavedReceiver */
/** @typedef {{receiver: SavedReceiver, stored: boolean}} SavedReceiverFlow */
/**
 * `keep` resolves only when the bundle is stored durably and was read back.
 * @typedef {{
 *   read(certificate: Bytes): import("../core/bundle.js").About,
 *   keep(bundle: Bundle, offer: Offer): Promise<void>,
 *   notify(state: import("./types.js").State): void,
 * }} ReceiverPorts
 */

/** What the receiver does from the digits on. */
export class ReceiverFlow {
  /** @type {Receiver} */ #receiver;
  /** @type {ReceiverPorts} */ #ports;
  /** A receiver sends no bundle. @readonly */ sent = false;
  stored = false;
  /** What is begun is kept whole: it cannot be cancelled. */ isKeeping = false;

  /** @param {Receiver} receiver @param {ReceiverPorts} ports */
  constructor(receiver, ports) {
    this.#receiver = receiver;
    this.#ports = ports;
  }

  /** @param {SavedReceiverFlow} saved @param {ReceiverPorts} ports */
  static restore({ receiver, stored }, ports) {
    const restored = new ReceiverFlow(Receiver.restore(receiver, ports.read), ports);
    restored.stored = stored;
    return restored;
  }

  /** @returns {SavedReceiverFlow} */
  save() {
    return { receiver: this.#receiver.save(), stored: this.stored };
  }

  /** @returns {StepResult} */
  first() {
    return { next: "m5", states: [{ state: "code", code: this.#receiver.code }] };
  }

  /**
   * Take in what the sender waits for, now that the digits were typed there.
   * @param {Bytes} note
   * @returns {Promise<StepResult | null>} null where it says nothing, or nothing any more
   */
  async receiveNote(note) {
    const asks = await this.#receiver.readNote(note);
    return asks && { next: "m5", states: [{ state: "matched", asks }] };
  }

  /**
   * Take m5 or m7.
   * @param {string} name
   * @param {Bytes} frame
   * @returns {Promise<StepResult>}
   * @throws {ProtocolError}
   */
  async take(name, frame) {
    if (name === "m7") return this.#takeM7(frame);
    if (name !== "m5") throw new ProtocolError(`no ${name} for a receiver`);
    const offer = await this.#receiver.takeM5(frame);
    return { next: null, states: [{ state: "offer", offer }] };
  }

  /** Say yes. @returns {Promise<StepResult>} */
  async accept() {
    const m6 = await this.#receiver.answer(true);
    return { frame: m6, next: "m7", states: [{ state: "receiving" }] };
  }

  /** Say no. @returns {Promise<StepResult>} */
  async decline() {
    const m6 = await this.#receiver.answer(false);
    return { frame: m6, next: null, states: [], end: { reason: "declined" } };
  }

  /** @param {Bytes} m7 @returns {Promise<StepResult>} */
  async #takeM7(m7) {
    const bundle = await this.#receiver.takeM7(m7);
    const offer = /** @type {Offer} */ (this.#receiver.offer);
    this.isKeeping = true;
    this.#ports.notify({ state: "keeping" });
    try {
      await this.#ports.keep(bundle, offer);
    } catch (error) {
      return this.#notStored(error);
    } finally {
      this.isKeeping = false;
    }
    this.stored = true;
    const m8 = await this.#receiver.receipt();
    return { frame: m8, next: null, states: [{ state: "stored" }] };
  }

  /** Tell the sender, so that nobody there has to guess; it then ends the pairing.
   * @param {unknown} error @returns {Promise<StepResult>} */
  async #notStored(error) {
    const { code } = /** @type {{code?: unknown}} */ (error ?? {});
    const m8 = await this.#receiver.notStored();
    const reason = typeof code === "string" ? code : "failed";
    return { frame: m8, next: null, states: [{ state: "unstored", code: reason }] };
  }
}
