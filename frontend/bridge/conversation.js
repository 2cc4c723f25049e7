/**
 * What both sides do alike: take frames one by one, and stop at the first fault.
 *
 * Pure but for the relay that comes in. Knows no message; shower.js and scanner.js say
 * what is expected next.
 */
import { ProtocolError } from "./derivation.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./relay.js").Reason} Reason */
/**
 * Why it is over; `code` says more where this side met a fault.
 * @typedef {{reason: Reason, code: string | null}} Ending
 */
/**
 * @typedef {{
 *   peer(peer: import("./relay.js").Peer, expiresIn: number): void,
 *   line(up: boolean): void,
 *   ended(ending: Ending): void,
 * }} Side
 */
/** @typedef {Pick<import("./relay.js").Relay,
 *   "listen" | "show" | "join" | "send" | "end">} RelayPort */

/** One side's part in one pairing. */
export class Conversation {
  /** @type {RelayPort} */ #relay;
  /** @type {Side} */ #side;
  /** @type {((frame: Bytes) => Promise<void>) | null} */ #next = null;
  /** @type {Promise<void>} */ #queue = Promise.resolve();
  #over = false;

  /**
   * @param {RelayPort} relay
   * @param {Side} side
   */
  constructor(relay, side) {
    this.#relay = relay;
    this.#side = side;
    relay.listen({
      frame: (data) => this.run(() => this.#take(data)),
      peer: (peer, expiresIn) => { if (!this.#over) side.peer(peer, expiresIn); },
      line: (up) => { if (!this.#over) side.line(up); },
      ended: (reason) => this.#close({ reason, code: null }),
    });
  }

  get isOver() {
    return this.#over;
  }

  /**
   * Say who takes the next frame. A frame that nobody expects is a fault.
   * @param {(frame: Bytes) => Promise<void>} handler
   */
  expect(handler) {
    this.#next = handler;
  }

  /**
   * Do `action` after all that came before it; any fault of it ends the pairing.
   * @param {() => Promise<void>} action
   * @returns {Promise<void>}
   */
  run(action) {
    this.#queue = this.#queue.then(async () => {
      if (!this.#over) await action();
    }).catch((error) => this.fail(error));
    return this.#queue;
  }

  /**
   * Send the next frame, and say who takes the answer.
   * @param {Bytes} frame
   * @param {(frame: Bytes) => Promise<void>} [answer]
   */
  send(frame, answer) {
    if (this.#over) return;
    if (answer) this.expect(answer);
    this.#relay.send(frame);
  }

  /**
   * End the pairing because of `error`; the peer learns only that it is refused.
   * @param {unknown} error
   */
  fail(error) {
    const code = /** @type {{code?: unknown}} */ (error)?.code;
    this.end("refused", typeof code === "string" ? code : "failed");
  }

  /**
   * End the pairing.
   * @param {import("./relay.js").EndReason} reason
   * @param {string | null} [code]
   */
  end(reason, code = null) {
    if (this.#over) return;
    this.#close({ reason, code });
    this.#relay.end(reason);
  }

  /** @param {Bytes} frame */
  async #take(frame) {
    const handler = this.#next;
    this.#next = null;
    if (handler === null) throw new ProtocolError("nobody expects this");
    await handler(frame);
  }

  /** @param {Ending} ending */
  #close(ending) {
    if (this.#over) return;
    this.#over = true;
    this.#next = null;
    this.#side.ended(ending);
  }
}
