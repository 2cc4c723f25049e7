/**
 * The first half of a pairing at the device that shows: m2 and m4 come, m3 goes.
 *
 * Pure but for WebCrypto. What follows from a message is returned, never done.
 */
import { ProtocolError } from "../core/kdf.js";
import { ShowerHandshake } from "../core/handshake.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").Meeting} Meeting */

/** The handshake as the shower leads it. */
export class Shower {
  /** @type {ShowerHandshake} */ #handshake;

  /** @param {ShowerHandshake} handshake */
  constructor(handshake) {
    this.#handshake = handshake;
  }

  /** @param {import("../core/handshake.js").SavedShower} saved */
  static restore(saved) {
    return new Shower(new ShowerHandshake(saved));
  }

  save() {
    return this.#handshake.save();
  }

  /**
   * Take one message of the handshake.
   * @param {string} name
   * @param {Bytes} frame
   * @param {() => void} crossed called when what may happen once has been used
   * @returns {Promise<Meeting>}
   * @throws {ProtocolError}
   */
  async take(name, frame, crossed) {
    if (name === "m2") {
      const m3 = await this.#handshake.takeM2(frame, crossed);
      return { frame: m3, next: "m4" };
    }
    if (name !== "m4") throw new ProtocolError(`no ${name} for a shower`);
    return { agreement: await this.#handshake.takeM4(frame), next: null };
  }
}
