/**
 * BRG1, issuing for a key made on the other device: m5 to m8, without any network.
 *
 * Twin of mobile_bridge/core/remote_issuance.py. The initiator (normally the PC, where
 * its holder is signed in) orders; the responder (the phone) makes the key, and only its
 * request and the certificate travel. Pure but for WebCrypto.
 */
import { equal, utf8 } from "../../lib/bytes.js";
import { PAYLOAD_BLOCK } from "./channel.js";
import { CodeDisplay, CodeEntry, restored, saved } from "./code_entry.js";
import { sha256 } from "./kdf.js";
import {
  checkIssued, packAnswer, packRequest, readOrder, unpackAnswer, unpackRequest, writeOrder,
} from "./order.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./handshake.js").Agreement} Agreement */
/** @typedef {import("./order.js").Order} Order */
/** @typedef {import("./order.js").KeyRequest} KeyRequest */
/** @typedef {import("./order.js").IssuedCertificate} IssuedCertificate */
/** @typedef {import("./order.js").CentreRefusal} CentreRefusal */
/** @typedef {import("./step_guard.js").Stand} Stand */
/**
 * Why no request comes (m6): the person at the phone does not want it, or the
 * certificate exists and its key is not there.
 * @typedef {"decline" | "no key"} NoRequest
 */
/** @typedef {import("./code_entry.js").SavedEntry & {receipt: Bytes}} SavedRegistrar */
/**
 * @typedef {{stand: Stand, agreed: import("./code_entry.js").SavedAgreement,
 *   order: Order | null, request: Bytes, receipt: Bytes}} SavedKeyHolder
 */

const NO_REQUESTS = /** @type {const} */ (["decline", "no key"]);
const NOTHING = new Uint8Array();

/** The side that has the certificate issued, once the person typed the code. */
export class Registrar extends CodeEntry {
  /** @returns {SavedRegistrar} */
  save() {
    return { ...this.saveEntry(), receipt: this.expected };
  }

  /**
   * Return the registrar that went on until it was saved.
   * @param {SavedRegistrar} from
   * @returns {Registrar}
   */
  static restore({ stand, triesLeft, agreed, receipt }) {
    const registrar = new Registrar(restored(agreed), stand);
    registrar.triesLeft = triesLeft;
    registrar.expected = receipt;
    return registrar;
  }

  /**
   * Return m5.
   * @param {Order} order
   * @returns {Promise<Bytes>}
   */
  order(order) {
    return this.move("matched", "offered", () =>
      this.agreed.sealer.seal(writeOrder(order)));
  }

  /**
   * Return what to ask the centre with, or why nothing is asked.
   * @param {Bytes} m6
   * @returns {Promise<KeyRequest | NoRequest>}
   * @throws {import("./kdf.js").ProtocolError}
   */
  async takeM6(m6) {
    const result = await this.move("offered", "accepted", async () => {
      const answer = await this.agreed.opener.open(m6);
      return NO_REQUESTS.find((reason) => equal(answer, utf8(reason)))
        ?? unpackRequest(answer);
    });
    if (typeof result === "string") this.spend();
    return result;
  }

  /**
   * Return m7: what the centre answered. After a refusal nothing follows.
   * @param {IssuedCertificate | CentreRefusal} answer
   * @returns {Promise<Bytes>}
   */
  async deliver(answer) {
    const m7 = await this.move("accepted", "sent", async () => {
      const content = packAnswer(answer);
      this.expected = await sha256(content);
      return this.agreed.sealer.seal(content, PAYLOAD_BLOCK);
    });
    if ("code" in answer) this.spend();
    return m7;
  }
}

/** The side that shows the code, makes the key and keeps what was issued for it. */
export class KeyHolder extends CodeDisplay {
  /** @type {(certificate: Bytes) => import("./order.js").Certificate} */ #read;
  /** @type {Order | null} */ #order = null;
  /** @type {Bytes} */ #request = NOTHING;

  /**
   * @param {Agreement} agreed
   * @param {(certificate: Bytes) => import("./order.js").Certificate} read
   * @param {Stand} [stand]
   */
  constructor(agreed, read, stand) {
    super(agreed, stand);
    this.#read = read;
  }

  /** @returns {SavedKeyHolder} */
  save() {
    const [order, request, receipt] = [this.#order, this.#request, this.answered];
    return { stand: this.stand, agreed: saved(this.agreed), order, request, receipt };
  }

  /**
   * Return the key holder that went on until it was saved.
   * @param {SavedKeyHolder} from
   * @param {(certificate: Bytes) => import("./order.js").Certificate} read
   * @returns {KeyHolder}
   */
  static restore({ stand, agreed, order, request, receipt }, read) {
    const holder = new KeyHolder(restored(agreed), read, stand);
    holder.#order = order;
    holder.#request = request;
    holder.answered = receipt;
    return holder;
  }

  /** What was ordered, if anything was. */
  get ordered() {
    return this.#order;
  }

  /**
   * Return what is ordered, for the person to see.
   * @param {Bytes} m5
   * @returns {Promise<Order>}
   * @throws {import("./kdf.js").ProtocolError}
   */
  takeM5(m5) {
    return this.move("start", "offered", async () => {
      this.#order = readOrder(await this.agreed.opener.open(m5));
      return this.#order;
    });
  }

  /**
   * Return m6; call it after the key was stored under its password.
   * @param {KeyRequest} request
   * @returns {Promise<Bytes>}
   */
  request(request) {
    return this.move("offered", "accepted", () => {
      this.#request = request.request;
      return this.agreed.sealer.seal(packRequest(request), PAYLOAD_BLOCK);
    });
  }

  /**
   * Return m6 in the place of a request.
   * @param {NoRequest} reason
   * @returns {Promise<Bytes>}
   */
  async refuse(reason) {
    const m6 = await this.move("offered", "accepted", () =>
      this.agreed.sealer.seal(utf8(reason), PAYLOAD_BLOCK));
    this.spend();
    return m6;
  }

  /**
   * Return the certificate to keep, or why there is none.
   * @param {Bytes} m7
   * @returns {Promise<IssuedCertificate | CentreRefusal>}
   * @throws {import("./kdf.js").ProtocolError
   *   | import("./order.js").ForeignCertificateError}
   */
  async takeM7(m7) {
    const answer = await this.move("accepted", "sent", async () => {
      const content = await this.agreed.opener.open(m7);
      const taken = unpackAnswer(content);
      const order = /** @type {Order} */ (this.#order);
      if (!("code" in taken)) checkIssued(order, this.#request, taken, this.#read);
      this.answered = await sha256(content);
      return taken;
    });
    if ("code" in answer) this.spend();
    return answer;
  }
}
