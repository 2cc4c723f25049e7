/**
 * The first half of a pairing at the device that scans: m1 and m3 come, m2 and m4 go.
 *
 * Pure but for WebCrypto. What follows from a message is returned, never done.
 */
import { ProtocolError } from "../core/kdf.js";
import { ResponderHandshake } from "../core/handshake.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").HandshakeStep} HandshakeStep */

/** The handshake as the responder answers it. */
export class ResponderFlow {
  /** @type {ResponderHandshake} */ #handshake;

  /** @param {ResponderHandshake} handshake */
  constructor(handshake) {
    this.#handshake = handshake;
  }

  /**
   * @param {import("../core/handshake.js").SavedResponder} saved
   * @param {import("../core/handshake.js").Random} random
   */
  static restore(saved, random) {
    return new ResponderFlow(new ResponderHandshake(saved, random));
  }

  save() {
    return this.#handshake.save();
  }

  /**
   * Take one message of the handshake.
   * @param {string} name
   * @param {Bytes} frame
   * @returns {Promise<HandshakeStep>}
   * @throws {ProtocolError}
   */
  async take(name, frame) {
    if (name === "m1") {
      const m2 = await this.#handshake.takeM1(frame);
      return { frame: m2, next: "m3" };
    }
    if (name !== "m3") throw new ProtocolError(`no ${name} for a responder`);
    const { m4, agreement } = await this.#handshake.takeM3(frame);
    return { frame: m4, agreement, next: null };
  }
}
