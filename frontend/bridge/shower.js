/**
 * The device that shows the QR code and sends: one pairing from code to receipt.
 *
 * Knows neither page nor socket: a relay comes in, states go out to one listener. Keys
 * and digits are dropped when it ends, whatever the reason.
 */
import { Conversation } from "./conversation.js";
import { ProtocolError } from "./derivation.js";
import { ShowerHandshake } from "./handshake.js";
import { writeLink } from "./link.js";
import { Sender } from "./transfer.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./relay.js").Peer} Peer */
/** @typedef {import("./relay.js").Reason} Reason */
/**
 * `sent` and `stored` tell what an end means: sent and not stored is the one case in
 * which nobody knows whether the other device has it.
 * @typedef {{state: "ended", reason: Reason, code: string | null, sent: boolean,
 *   stored: boolean}} ShowerEnded
 */
/**
 * @typedef {{state: "shown", qrText: string, expiresIn: number}
 *   | {state: "joined", peer: Peer, expiresIn: number}
 *   | {state: "typing", triesLeft: number}
 *   | {state: "matched" | "offered" | "accepted" | "sent" | "stored"}
 *   | {state: "cut" | "resumed"}
 *   | ShowerEnded} ShowerState
 */

/** One showing. It serves one pairing; a fresh code is a fresh Shower. */
export class Shower {
  /** @type {Conversation} */ #talk;
  /** @type {import("./conversation.js").RelayPort} */ #relay;
  /** @type {string} */ #origin;
  /** @type {import("./handshake.js").Random} */ #random;
  /** @type {(state: ShowerState) => void} */ #tell;
  /** @type {ShowerHandshake | null} */ #handshake = null;
  /** @type {Sender | null} */ #sender = null;
  #sent = false;
  #stored = false;

  /**
   * @param {{relay: import("./conversation.js").RelayPort, origin: string,
   *   random: import("./handshake.js").Random,
   *   tell: (state: ShowerState) => void}} ports
   */
  constructor({ relay, origin, random, tell }) {
    this.#relay = relay;
    this.#origin = origin;
    this.#random = random;
    this.#tell = tell;
    this.#talk = new Conversation(relay, {
      peer: (peer, expiresIn) => tell({ state: "joined", peer, expiresIn }),
      line: (up) => tell({ state: up ? "resumed" : "cut" }),
      ended: (ending) => this.#ended(ending),
    });
  }

  /**
   * Open a pairing and say what the QR code is.
   * @returns {Promise<{qrText: string, expiresIn: number}>}
   * @throws {import("./relay.js").RelayError}
   */
  async start() {
    const handshake = await ShowerHandshake.begin("GS", this.#random);
    this.#handshake = handshake;
    this.#talk.expect((m2) => this.#takeM2(m2));
    const { sid, m1, link } = handshake;
    const { expiresIn } = await this.#relay.show({ sid, mode: "Q", m1 });
    const qrText = writeLink(this.#origin, link);
    if (!this.#talk.isOver) this.#tell({ state: "shown", qrText, expiresIn });
    return { qrText, expiresIn };
  }

  /**
   * Compare the digits a person read from the other screen; three tries.
   * @param {string} typed what is not six digits costs no try
   * @returns {boolean}
   */
  typeCode(typed) {
    const digits = typed.replace(/[\s-]/g, "");
    if (this.#sender?.step !== "start" || !/^\d{6}$/.test(digits)) return false;
    const right = this.#sender.typeCode(digits);
    const { triesLeft } = this.#sender;
    if (right) this.#tell({ state: "matched" });
    else if (triesLeft > 0) this.#tell({ state: "typing", triesLeft });
    else this.#talk.end("refused", "wrong_code");
    return right;
  }

  /**
   * Offer a bundle, and send it when the person at the other device accepts.
   * @param {{offer: import("./bundle.js").Offer, payload: Bytes}} bundle
   * @returns {Promise<void>} settles when it is offered, or the pairing has ended
   */
  sendBundle({ offer, payload }) {
    return this.#talk.run(async () => {
      const m5 = await this.#agreed().offer(offer, payload);
      this.#talk.send(m5, (m6) => this.#takeM6(m6));
      this.#tell({ state: "offered" });
    });
  }

  /** Stop, whatever has been reached. */
  cancel() {
    this.#talk.end("cancelled");
  }

  /** @param {Bytes} m2 */
  async #takeM2(m2) {
    const handshake = /** @type {ShowerHandshake} */ (this.#handshake);
    this.#talk.send(await handshake.takeM2(m2), (m4) => this.#takeM4(m4));
  }

  /** @param {Bytes} m4 */
  async #takeM4(m4) {
    const handshake = /** @type {ShowerHandshake} */ (this.#handshake);
    const sender = new Sender(await handshake.takeM4(m4));
    if (this.#talk.isOver) return;
    this.#handshake = null;
    this.#sender = sender;
    this.#tell({ state: "typing", triesLeft: sender.triesLeft });
  }

  /** @param {Bytes} m6 */
  async #takeM6(m6) {
    const sender = this.#agreed();
    if (!(await sender.takeM6(m6))) return this.#talk.end("declined");
    this.#tell({ state: "accepted" });
    const m7 = await sender.payload();
    if (this.#talk.isOver) return;
    this.#sent = true;
    this.#talk.send(m7, (m8) => this.#takeM8(m8));
    this.#tell({ state: "sent" });
  }

  /** @param {Bytes} m8 */
  async #takeM8(m8) {
    await this.#agreed().takeM8(m8);
    this.#stored = true;
    this.#tell({ state: "stored" });
    this.#talk.end("done");
  }

  #agreed() {
    if (this.#sender === null) throw new ProtocolError("nothing is agreed yet");
    return this.#sender;
  }

  /** @param {import("./conversation.js").Ending} ending */
  #ended({ reason, code }) {
    this.#handshake = null;
    this.#sender = null;
    const [sent, stored] = [this.#sent, this.#stored];
    this.#tell({ state: "ended", reason, code, sent, stored });
  }
}
