/**
 * BRG1, the two sides after the handshake: what is sealed, and when it may be.
 *
 * Pure but for WebCrypto; knows no relay and no screen. Every move is allowed once and
 * in order: a fault, or a move out of turn, leaves nothing that could be tried again.
 */
import { equal, utf8 } from "../../lib/bytes.js";
import { checkArrived, readOffer, writeOffer } from "./bundle.js";
import { PAYLOAD_BLOCK } from "./channel.js";
import { CodeDisplay, CodeEntry, restored, saved } from "./code_entry.js";
import { sha256 } from "./kdf.js";
import { checkSame } from "./protocol.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./bundle.js").Offer} Offer */
/** @typedef {import("./handshake.js").Agreement} Agreement */
/** @typedef {import("./step_guard.js").Stand} Stand */
/** @typedef {import("./code_entry.js").SavedAgreement} SavedAgreement */
/**
 * @typedef {import("./code_entry.js").SavedEntry & {payload: Bytes, receipt: Bytes}}
 *   SavedSender
 */
/**
 * @typedef {{stand: Stand, agreed: SavedAgreement, offer: Offer | null,
 *   receipt: Bytes}} SavedReceiver
 */

const ACCEPT = utf8("accept");
const DECLINE = utf8("decline");
const NOTHING = new Uint8Array();

/** The side that gives its certificate, once the person typed the code. */
export class Sender extends CodeEntry {
  /** What is to be sent, until it is. */ #payload = NOTHING;

  /** @returns {SavedSender} */
  save() {
    const [payload, receipt] = [this.#payload, this.expected];
    return { ...this.saveEntry(), payload, receipt };
  }

  /**
   * Return the sender that went on until it was saved.
   * @param {SavedSender} from
   * @returns {Sender}
   */
  static restore({ payload, receipt, ...entry }) {
    const sender = new Sender(restored(entry.agreed), entry.stand);
    sender.triesLeft = entry.triesLeft;
    sender.#payload = payload;
    sender.expected = receipt;
    return sender;
  }

  /**
   * Return what tells the receiver, between the code and the offer, what is waited for.
   * @param {import("./channel.js").Note} word
   */
  note(word) {
    return this.agreed.sealer.sign(word);
  }

  /**
   * Return m5, which announces `payload`.
   * @param {Offer} offer
   * @param {Bytes} payload
   * @returns {Promise<Bytes>}
   */
  offer(offer, payload) {
    return this.move("matched", "offered", async () => {
      this.#payload = payload;
      this.expected = await sha256(payload);
      return this.agreed.sealer.seal(writeOffer(offer));
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
      const answer = await this.agreed.opener.open(m6);
      if (!equal(answer, ACCEPT)) checkSame(answer, DECLINE);
      return equal(answer, ACCEPT);
    });
    if (!accepted) this.spend();
    return accepted;
  }

  /**
   * Return m7.
   * @returns {Promise<Bytes>}
   */
  payload() {
    return this.move("accepted", "sent", () => {
      const payload = this.#payload;
      this.#payload = NOTHING;
      return this.agreed.sealer.seal(payload, PAYLOAD_BLOCK);
    });
  }
}

/** The side that shows the code and keeps what comes. */
export class Receiver extends CodeDisplay {
  /** @type {(certificate: Bytes) => import("./bundle.js").About} */ #read;
  /** @type {Offer | null} */ #offer = null;

  /**
   * @param {Agreement} agreed
   * @param {(certificate: Bytes) => import("./bundle.js").About} read
   * @param {Stand} [stand]
   */
  constructor(agreed, read, stand) {
    super(agreed, stand);
    this.#read = read;
  }

  /** @returns {SavedReceiver} */
  save() {
    const [offer, receipt] = [this.#offer, this.answered];
    return { stand: this.stand, agreed: saved(this.agreed), offer, receipt };
  }

  /**
   * Return the receiver that went on until it was saved.
   * @param {SavedReceiver} from
   * @param {(certificate: Bytes) => import("./bundle.js").About} read
   * @returns {Receiver}
   */
  static restore({ stand, agreed, offer, receipt }, read) {
    const receiver = new Receiver(restored(agreed), read, stand);
    receiver.#offer = offer;
    receiver.answered = receipt;
    return receiver;
  }

  /** What was announced, if anything was. */
  get offer() {
    return this.#offer;
  }

  /**
   * Return what the sender waits for, once the code was typed there; null for what it
   * did not say, and for what is over.
   * @param {Bytes} note
   */
  async readNote(note) {
    return this.step === "start" ? this.agreed.opener.readNote(note) : null;
  }

  /**
   * Return what is announced, for the person to see.
   * @param {Bytes} m5
   * @returns {Promise<Offer>}
   * @throws {ProtocolError | import("./bundle.js").BundleError}
   */
  takeM5(m5) {
    return this.move("start", "offered", async () => {
      this.#offer = readOffer(await this.agreed.opener.open(m5));
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
      this.agreed.sealer.seal(word));
    if (!accept) this.spend();
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
      const payload = await this.agreed.opener.open(m7);
      const offer = /** @type {Offer} */ (this.#offer);
      const bundle = await checkArrived(offer, payload, this.#read);
      this.answered = await sha256(payload);
      return bundle;
    });
  }
}
