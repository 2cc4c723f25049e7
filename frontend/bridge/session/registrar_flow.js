/**
 * The second half of a pairing at the device that has a certificate issued for a key of
 * the other one: typing, m5 to m8.
 *
 * Pure but for WebCrypto. What follows from a message or a press is returned, never
 * done; only what a person shall see meanwhile is told.
 */
import { ProtocolError } from "../core/kdf.js";
import { Registrar } from "../core/remote_issuance.js";
import { CodeEntryFlow } from "./code_entry_flow.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/remote_issuance.js").SavedRegistrar} SavedRegistrar */
/**
 * @typedef {{registrar: SavedRegistrar, sent: boolean, stored: boolean}}
 *   SavedRegistrarFlow
 */

/** Which of the initiator's own messages m5 and m7 are. */
const [ORDER, ANSWER] = [3, 4];

/** What the registrar does from the digits on. */
export class RegistrarFlow extends CodeEntryFlow {
  /** @type {Registrar} */ #registrar;
  /** @type {(state: import("./types.js").State) => void} */ #notify;
  /** The certificate has left, as far as anybody here knows. */ sent = false;
  /** The other device has said that it keeps it. */ stored = false;

  /**
   * @param {Registrar} registrar
   * @param {(state: import("./types.js").State) => void} notify
   */
  constructor(registrar, notify) {
    super(registrar);
    this.#registrar = registrar;
    this.#notify = notify;
  }

  /**
   * @param {SavedRegistrarFlow} saved
   * @param {(state: import("./types.js").State) => void} notify
   */
  static restore({ registrar, sent, stored }, notify) {
    const flow = new RegistrarFlow(Registrar.restore(registrar), notify);
    return Object.assign(flow, { sent, stored });
  }

  /** @returns {SavedRegistrarFlow} */
  save() {
    return { registrar: this.#registrar.save(), sent: this.sent, stored: this.stored };
  }

  /**
   * Tell what the other device has seen by now.
   * @param {number} count of this device's messages that are there
   */
  acked(count) {
    const { step } = this.#registrar;
    if (step === "offered" && count >= ORDER) this.#notify({ state: "seen" });
    if (step === "sent" && count >= ANSWER) this.#notify({ state: "arrived" });
  }

  /**
   * Say what key to make, and for what certificate.
   * @param {import("../core/order.js").Order} order
   * @returns {Promise<StepResult>}
   */
  async order(order) {
    const m5 = await this.#registrar.order(order);
    return { frame: m5, next: "m6", states: [{ state: "ordered" }] };
  }

  /**
   * Bring the certificate over. A refusal of the centre is told there, and the other
   * device then ends the pairing.
   * @param {import("../core/order.js").IssuedCertificate
   *   | import("../core/order.js").CentreRefusal} answer
   * @returns {Promise<StepResult>}
   */
  async deliver(answer) {
    const m7 = await this.#registrar.deliver(answer);
    if ("code" in answer) return { frame: m7, next: null, states: [] };
    this.sent = true;
    return { frame: m7, next: "m8", states: [{ state: "sent" }] };
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
    if (name !== "m8") throw new ProtocolError(`no ${name} for a registrar`);
    if (!(await this.#registrar.takeM8(frame))) {
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
    const request = await this.#registrar.takeM6(m6);
    if (request === "decline")
      return { next: null, states: [], end: { reason: "declined" } };
    if (request === "no key") {
      const end = /** @type {const} */ ({ reason: "refused", code: "no_key_there" });
      return { next: null, states: [], end };
    }
    return { next: null, states: [{ state: "requested", request }] };
  }
}
