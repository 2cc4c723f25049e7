/**
 * The device that scans the QR code and receives: one pairing from link to receipt.
 *
 * Knows neither page nor socket nor store: relay, reading and keeping come in, states
 * go out to one listener. Keys and digits are dropped when it ends, for any reason.
 */
import { Conversation } from "./conversation.js";
import { ProtocolError } from "./derivation.js";
import { ScannerHandshake } from "./handshake.js";
import { LinkError } from "./link.js";
import { Receiver } from "./transfer.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./bundle.js").Offer} Offer */
/** @typedef {import("./relay.js").Peer} Peer */
/** @typedef {import("./relay.js").Reason} Reason */
/**
 * @typedef {{state: "joined", peer: Peer, expiresIn: number}
 *   | {state: "code", code: string}
 *   | {state: "offer", offer: Offer}
 *   | {state: "receiving" | "keeping" | "stored"}
 *   | {state: "cut" | "resumed"}
 *   | {state: "ended", reason: Reason, code: string | null, stored: boolean}
 *   } ScannerState
 */
/**
 * `keep` resolves only when the bundle is stored durably and was read back.
 * @typedef {{
 *   relay: import("./conversation.js").RelayPort,
 *   random: import("./handshake.js").Random,
 *   read: (certificate: Bytes) => import("./bundle.js").About,
 *   keep: (bundle: Bundle, offer: Offer) => Promise<void>,
 *   tell: (state: ScannerState) => void,
 * }} ScannerPorts
 */

/** One scanning. It serves one pairing. */
export class Scanner {
  /** @type {ScannerPorts} */ #ports;
  /** @type {Conversation} */ #talk;
  /** @type {ScannerHandshake | null} */ #handshake = null;
  /** @type {Receiver | null} */ #receiver = null;
  /** @type {Offer | null} */ #offer = null;
  #stored = false;

  /** @param {ScannerPorts} ports */
  constructor(ports) {
    const { relay, tell } = ports;
    this.#ports = ports;
    this.#talk = new Conversation(relay, {
      peer: (peer, expiresIn) => tell({ state: "joined", peer, expiresIn }),
      line: (up) => tell({ state: up ? "resumed" : "cut" }),
      ended: (ending) => this.#ended(ending),
    });
  }

  /**
   * Join the pairing that a link names. Call it when a person pressed, never by itself.
   * @param {import("./link.js").Link} link
   * @returns {Promise<void>}
   * @throws {import("./relay.js").RelayError | LinkError} link_direction for the
   *   code of a device that wants to receive
   */
  async join(link) {
    if (link.dir !== "GS") throw new LinkError("link_direction");
    const { relay, random, tell } = this.#ports;
    const handshake = await ScannerHandshake.begin(link, random);
    this.#handshake = handshake;
    this.#talk.expect((m1) => this.#takeM1(m1));
    const { peer, expiresIn } = await relay.join(handshake.sid);
    if (!this.#talk.isOver) tell({ state: "joined", peer, expiresIn });
  }

  /**
   * Say yes to what is offered.
   * @returns {Promise<void>}
   */
  accept() {
    return this.#talk.run(async () => {
      this.#talk.send(await this.#agreed().answer(true), (m7) => this.#takeM7(m7));
      this.#ports.tell({ state: "receiving" });
    });
  }

  /**
   * Say no to what is offered.
   * @returns {Promise<void>}
   */
  decline() {
    return this.#talk.run(async () => {
      this.#talk.send(await this.#agreed().answer(false));
      this.#talk.end("declined");
    });
  }

  /** Stop, whatever has been reached. */
  cancel() {
    this.#talk.end("cancelled");
  }

  /** @param {Bytes} m1 */
  async #takeM1(m1) {
    const handshake = /** @type {ScannerHandshake} */ (this.#handshake);
    this.#talk.send(await handshake.takeM1(m1), (m3) => this.#takeM3(m3));
  }

  /** @param {Bytes} m3 */
  async #takeM3(m3) {
    const handshake = /** @type {ScannerHandshake} */ (this.#handshake);
    const { m4, agreement } = await handshake.takeM3(m3);
    if (this.#talk.isOver) return;
    this.#handshake = null;
    this.#receiver = new Receiver(agreement, this.#ports.read);
    this.#talk.send(m4, (m5) => this.#takeM5(m5));
    this.#ports.tell({ state: "code", code: agreement.code });
  }

  /** @param {Bytes} m5 */
  async #takeM5(m5) {
    const offer = await this.#agreed().takeM5(m5);
    if (this.#talk.isOver) return;
    this.#offer = offer;
    this.#ports.tell({ state: "offer", offer });
  }

  /** @param {Bytes} m7 */
  async #takeM7(m7) {
    const receiver = this.#agreed();
    const bundle = await receiver.takeM7(m7);
    if (this.#talk.isOver) return;
    // An end while it is being kept undoes nothing: what is begun is kept whole.
    this.#ports.tell({ state: "keeping" });
    await this.#ports.keep(bundle, /** @type {Offer} */ (this.#offer));
    this.#stored = true;
    this.#ports.tell({ state: "stored" });
    this.#talk.send(await receiver.receipt());
  }

  #agreed() {
    if (this.#receiver === null) throw new ProtocolError("nothing is agreed yet");
    return this.#receiver;
  }

  /** @param {import("./conversation.js").Ending} ending */
  #ended({ reason, code }) {
    this.#handshake = null;
    this.#receiver = null;
    this.#offer = null;
    this.#ports.tell({ state: "ended", reason, code, stored: this.#stored });
  }
}
