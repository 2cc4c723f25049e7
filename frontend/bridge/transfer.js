/**
 * BRG1, the two sides after the handshake: what is sealed, and when it may be.
 *
 * Pure but for WebCrypto; knows no relay and no screen. Every move is allowed once and
 * in order: a fault, or a move out of turn, leaves nothing that could be tried again.
 */
import { equal, utf8 } from "../lib/bytes.js";
import { checkArrived, readOffer, writeOffer } from "./bundle.js";
import { PAYLOAD_BLOCK } from "./channel.js";
import { ProtocolError, sha256 } from "./derivation.js";
import { checkSame } from "./protocol.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./bundle.js").Offer} Offer */
/** @typedef {import("./handshake.js").Agreement} Agreement */
/** @typedef {"start" | "matched" | "offered" | "accepted" | "sent" | "done"} Step */

export const TRIES = 3;
const ACCEPT = utf8("accept");
const DECLINE = utf8("decline");

/** A position that only moves forward. */
class Walk {
  /** @type {Step | "moving" | "burnt"} */ #step = "start";

  get step() {
    return this.#step;
  }

  /** @param {Step} step */
  become(step) {
    this.#step = step;
  }

  /** Leave nothing to go on with. */
  burn() {
    this.#step = "burnt";
  }

  /**
   * Go from `before` to `after` by `action`; where that fails, nowhere any more.
   * @template T
   * @param {Step} before
   * @param {Step} after
   * @param {() => Promise<T> | T} action
   * @returns {Promise<T>}
   */
  async move(before, after, action) {
    const allowed = this.#step === before;
    this.#step = "burnt";
    if (!allowed) throw new ProtocolError(`${after} out of turn`);
    const result = await action();
    this.#step = after;
    return result;
  }
}

/** The side that gives its certificate, once the person typed the code. */
export class Sender extends Walk {
  /** @type {Agreement} */ #agreed;
  /** @type {Bytes} */ #payload = new Uint8Array();
  triesLeft = TRIES;

  /** @param {Agreement} agreed */
  constructor(agreed) {
    super();
    this.#agreed = agreed;
  }

  /**
   * Compare what the person typed; the third wrong one burns the pairing.
   * @param {string} typed six digits
   * @returns {boolean}
   * @throws {ProtocolError} when there is no try left
   */
  typeCode(typed) {
    if (this.step !== "start" || this.triesLeft === 0) {
      this.burn();
      throw new ProtocolError("no try left");
    }
    this.triesLeft -= 1;
    const right = equal(utf8(typed), utf8(this.#agreed.code));
    if (right) this.become("matched");
    else if (this.triesLeft === 0) this.burn();
    return right;
  }

  /**
   * Return m5, which announces `payload`.
   * @param {Offer} offer
   * @param {Bytes} payload
   * @returns {Promise<Bytes>}
   */
  offer(offer, payload) {
    return this.move("matched", "offered", () => {
      this.#payload = payload;
      return this.#agreed.sealer.seal(writeOffer(offer));
    });
  }

  /**
   * Return whether the person at the other side accepted.
   * @param {Bytes} m6
   * @returns {Promise<boolean>}
   * @throws {ProtocolError}
   */
  async takeM6(m6) {
    const accepted = await this.move("offered", "accepted", async () => {
      const answer = await this.#agreed.opener.open(m6);
      if (!equal(answer, ACCEPT)) checkSame(answer, DECLINE);
      return equal(answer, ACCEPT);
    });
    if (!accepted) this.burn();
    return accepted;
  }

  /**
   * Return m7.
   * @returns {Promise<Bytes>}
   */
  payload() {
    return this.move("accepted", "sent", () =>
      this.#agreed.sealer.seal(this.#payload, PAYLOAD_BLOCK));
  }

  /**
   * Check the receipt: only after this may a moved certificate be deleted.
   * @param {Bytes} m8
   * @returns {Promise<void>}
   * @throws {ProtocolError} when the other side stored something else, or nothing
   */
  takeM8(m8) {
    return this.move("sent", "done", async () => {
      checkSame(await this.#agreed.opener.open(m8), await sha256(this.#payload));
    });
  }
}

/** The side that shows the code and keeps what comes. */
export class Receiver extends Walk {
  /** @type {Agreement} */ #agreed;
  /** @type {(certificate: Bytes) => import("./bundle.js").About} */ #read;
  /** @type {Offer | null} */ #offer = null;
  /** @type {Bytes} */ #receipt = new Uint8Array();

  /**
   * @param {Agreement} agreed
   * @param {(certificate: Bytes) => import("./bundle.js").About} read
   */
  constructor(agreed, read) {
    super();
    this.#agreed = agreed;
    this.#read = read;
  }

  get code() {
    return this.#agreed.code;
  }

  /**
   * Return what is announced, for the person to see.
   * @param {Bytes} m5
   * @returns {Promise<Offer>}
   * @throws {ProtocolError | import("./bundle.js").BundleError}
   */
  takeM5(m5) {
    return this.move("start", "offered", async () => {
      this.#offer = readOffer(await this.#agreed.opener.open(m5));
      return this.#offer;
    });
  }

  /**
   * Return m6.
   * @param {boolean} accept
   * @returns {Promise<Bytes>}
   */
  async answer(accept) {
    const word = accept ? ACCEPT : DECLINE;
    const m6 = await this.move("offered", "accepted", () =>
      this.#agreed.sealer.seal(word));
    if (!accept) this.burn();
    return m6;
  }

  /**
   * Return the files to keep.
   * @param {Bytes} m7
   * @returns {Promise<import("./bundle.js").Bundle>}
   * @throws {ProtocolError | import("./bundle.js").BundleError}
   */
  takeM7(m7) {
    return this.move("accepted", "sent", async () => {
      const payload = await this.#agreed.opener.open(m7);
      const offer = /** @type {Offer} */ (this.#offer);
      const bundle = await checkArrived(offer, payload, this.#read);
      this.#receipt = await sha256(payload);
      return bundle;
    });
  }

  /**
   * Return m8; call it after the files were stored and read back.
   * @returns {Promise<Bytes>}
   */
  receipt() {
    return this.move("sent", "done", () => this.#agreed.sealer.seal(this.#receipt));
  }
}
