/**
 * The second half of a pairing at the device that has a certificate issued for a key of
 * the other one: what it orders and delivers.
 */
import { Registrar } from "../core/remote_issuance.js";
import { DeliveryFlow } from "./delivery_flow.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("./delivery_flow.js").Notify} Notify */
/** @typedef {import("./delivery_flow.js").Progress} Progress */
/** @typedef {import("../core/remote_issuance.js").SavedRegistrar} SavedRegistrar */
/** @typedef {{registrar: SavedRegistrar} & Progress} SavedRegistrarFlow */

/** What the registrar does from the digits on. */
export class RegistrarFlow extends DeliveryFlow {
  /** @type {Registrar} */ #registrar;

  /** @param {Registrar} registrar @param {Notify} notify @param {Progress} [progress] */
  constructor(registrar, notify, progress) {
    super(registrar, notify, progress);
    this.#registrar = registrar;
  }

  /** @param {SavedRegistrarFlow} saved @param {Notify} notify */
  static restore({ registrar, ...progress }, notify) {
    return new RegistrarFlow(Registrar.restore(registrar), notify, progress);
  }

  /** @returns {SavedRegistrarFlow} */
  save() {
    return { registrar: this.#registrar.save(), ...this.progress };
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

  /** @protected @override @param {Bytes} m6 @returns {Promise<StepResult>} */
  async takeM6(m6) {
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
