/**
 * The second half of a pairing at the device that makes a key: the digits, m5 to m8.
 *
 * Pure but for WebCrypto; reading and keeping come in. What follows from a message or a
 * press is returned, never done; only what a person shall see meanwhile is told.
 */
import { ProtocolError } from "../core/kdf.js";
import { KeyHolder } from "../core/remote_issuance.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../core/order.js").IssuedCertificate} IssuedCertificate */
/** @typedef {import("../core/order.js").Order} Order */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/remote_issuance.js").SavedKeyHolder} SavedKeyHolder */
/** @typedef {{holder: SavedKeyHolder, stored: boolean}} SavedKeyHolderFlow */
/**
 * `keepIssued` resolves only when the certificate is stored durably and was read back.
 * @typedef {{
 *   read(certificate: Bytes): import("../../pki/certificate.js").Certificate,
 *   keepIssued(issued: IssuedCertificate, order: Order): Promise<void>,
 *   notify(state: import("./types.js").State): void,
 * }} KeyHolderPorts
 */

/** What the key holder does from the digits on. */
export class KeyHolderFlow {
  /** @type {KeyHolder} */ #holder;
  /** @type {KeyHolderPorts} */ #ports;
  /** A key holder sends no certificate. @readonly */ sent = false;
  stored = false;
  /** What is begun is kept whole: it cannot be cancelled. */ isKeeping = false;

  /** @param {KeyHolder} holder @param {KeyHolderPorts} ports */
  constructor(holder, ports) {
    this.#holder = holder;
    this.#ports = ports;
  }

  /** @param {SavedKeyHolderFlow} saved @param {KeyHolderPorts} ports */
  static restore({ holder, stored }, ports) {
    const flow = new KeyHolderFlow(KeyHolder.restore(holder, ports.read), ports);
    flow.stored = stored;
    return flow;
  }

  /** @returns {SavedKeyHolderFlow} */
  save() {
    return { holder: this.#holder.save(), stored: this.stored };
  }

  /** @returns {StepResult} */
  first() {
    return { next: "m5", states: [{ state: "code", code: this.#holder.code }] };
  }

  /**
   * Take m5 or m7.
   * @param {string} name
   * @param {Bytes} frame
   * @returns {Promise<StepResult>}
   * @throws {ProtocolError | import("../core/order.js").ForeignCertificateError}
   */
  async take(name, frame) {
    if (name === "m7") return this.#takeM7(frame);
    if (name !== "m5") throw new ProtocolError(`no ${name} for a key holder`);
    const order = await this.#holder.takeM5(frame);
    return { next: null, states: [{ state: "order", order }] };
  }

  /**
   * Ask for a certificate for a key that is stored here.
   * @param {import("../core/order.js").KeyRequest} request
   * @returns {Promise<StepResult>}
   */
  async request(request) {
    const m6 = await this.#holder.request(request);
    return { frame: m6, next: "m7", states: [{ state: "asking" }] };
  }

  /** Say no. @returns {Promise<StepResult>} */
  async decline() {
    const m6 = await this.#holder.refuse("decline");
    return { frame: m6, next: null, states: [], end: { reason: "declined" } };
  }

  /** Say that the key of what is issued already is not here; the other device then ends
   * the pairing. @returns {Promise<StepResult>} */
  async lackKey() {
    const m6 = await this.#holder.refuse("no key");
    const states = /** @type {const} */ ([{ state: "unstored", code: "no_key_here" }]);
    return { frame: m6, next: null, states: [...states] };
  }

  /** @param {Bytes} m7 @returns {Promise<StepResult>} */
  async #takeM7(m7) {
    const answer = await this.#holder.takeM7(m7);
    if ("code" in answer) return this.#refused(answer.code);
    const order = /** @type {Order} */ (this.#holder.ordered);
    this.isKeeping = true;
    this.#ports.notify({ state: "keeping" });
    try {
      await this.#ports.keepIssued(answer, order);
    } catch (error) {
      return this.#notStored(error);
    } finally {
      this.isKeeping = false;
    }
    this.stored = true;
    const m8 = await this.#holder.receipt();
    return { frame: m8, next: null, states: [{ state: "stored" }] };
  }

  /** @param {string} code @returns {StepResult} */
  #refused(code) {
    const end = /** @type {const} */ ({ reason: "refused", code: "centre_refused" });
    return { next: null, states: [{ state: "refused", code }], end };
  }

  /** Tell the registrar, so that nobody there has to guess; it then ends the pairing.
   * @param {unknown} error @returns {Promise<StepResult>} */
  async #notStored(error) {
    const { code } = /** @type {{code?: unknown}} */ (error ?? {});
    const m8 = await this.#holder.notStored();
    const reason = typeof code === "string" ? code : "failed";
    return { frame: m8, next: null, states: [{ state: "unstored", code: reason }] };
  }
}
