/**
 * The first half of a pairing at the device that shows: m2 and m4 come, m3 goes.
 *
 * Pure but for WebCrypto. What follows from a message is returned, never done.
 */
import { ProtocolError } from "../core/kdf.js";
import { InitiatorHandshake } from "../core/handshake.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").HandshakeStep} HandshakeStep */

/** The handshake as the initiator leads it. */
export class InitiatorFlow {
  /** @type {InitiatorHandshake} */ #handshake;

  /** @param {InitiatorHandshake} handshake */
  constructor(handshake) {
    this.#handshake = handshake;
  }

  /** @param {import("../core/handshake.js").SavedInitiator} saved */
  static restore(saved) {
    return new InitiatorFlow(new InitiatorHandshake(saved));
  }

  save() {
    return this.#handshake.save();
  }

  /**
   * Take one message of the handshake.
   * @param {string} name
   * @param {Bytes} frame
   * @param {() => void} onCommit called when what may happen once has been used
   * @returns {Promise<HandshakeStep>}
   * @throws {ProtocolError}
   */
  async take(name, frame, onCommit) {
    if (name === "m2") {
      const m3 = await this.#handshake.takeM2(frame, onCommit);
      return { frame: m3, next: "m4" };
    }
    if (name !== "m4") throw new ProtocolError(`no ${name} for an initiator`);
    return { agreement: await this.#handshake.takeM4(frame), next: null };
  }
}
