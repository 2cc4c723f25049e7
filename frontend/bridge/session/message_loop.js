/**
 * What every device does alike: take messages one by one, and stop at the first fault.
 *
 * Pure but for the relay that comes in. Knows no message; the halves of a pairing
 * (initiator_flow.js, responder_flow.js, sender_flow.js, receiver_flow.js) say what
 * follows from each.
 */
import { ProtocolError } from "../core/kdf.js";
import { SupersededError } from "../transport/session_snapshot.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../transport/relay_client.js").Reason} Reason */
/** @typedef {import("../transport/relay_client.js").EndReason} EndReason */
/** @typedef {import("./types.js").By} By */
/** @typedef {import("./types.js").State} State */
/**
 * What follows from a message or a press: what is said, who speaks next (null: a person
 * here), what the page is told, and whether it is over.
 * @typedef {{frame?: Bytes, next: string | null, states: State[],
 *   end?: {reason: EndReason, code?: string}}} StepResult
 */
/**
 * What follows from a message of the handshake; with an agreement it is done.
 * @typedef {{frame?: Bytes, next: string | null,
 *   agreement?: import("../core/handshake.js").Agreement}} HandshakeStep
 */
/**
 * Why it is over, and who said so; `code` says more where this side met a fault.
 * @typedef {{reason: Reason, code: string | null, by: By}} Ending
 */
/**
 * @typedef {{
 *   take(name: string, frame: Bytes): Promise<StepResult>,
 *   save(): void,
 *   notify(state: State): void,
 *   peer(peer: import("../transport/relay_client.js").Peer): void,
 *   note(note: Bytes): Promise<StepResult | null>,
 *   acked(count: number): void,
 *   ended(ending: Ending): void,
 * }} Side
 */
/** @typedef {Pick<import("../transport/relay_client.js").RelayClient,
 *   "advance" | "end" | "leave" | "listen">} RelayPort
 */

const OF_THE_RELAY = new Set(["expired", "crowded", "lost"]);

/** One side's part in one pairing. */
export class MessageLoop {
  /** @type {RelayPort} */ #relay;
  /** @type {Side} */ #side;
  /** @type {Promise<void>} */ #queue = Promise.resolve();
  #over = false;
  /** The message that is expected, by its name. @type {string | null} */ next = null;
  /** The last state that was reached. @type {State | null} */ now = null;

  /**
   * @param {RelayPort} relay
   * @param {Side} side
   */
  constructor(relay, side) {
    this.#relay = relay;
    this.#side = side;
    relay.listen({
      frame: (n, data) => void this.#run(async () => {
        this.#apply(await this.#take(data), n);
      }),
      peer: (peer) => { if (!this.#over) side.peer(peer); },
      presence: (presence) => {
        if (!this.#over) side.notify({ state: "presence", presence });
      },
      // In its turn too; what says nothing, or comes too late, changes nothing.
      note: (note) => void this.#run(async () => {
        const outcome = await side.note(note);
        if (outcome !== null) this.#apply(outcome);
      }),
      acked: (count) => { if (!this.#over) side.acked(count); },
      line: (up) => { if (!this.#over) side.notify({ state: up ? "resumed" : "cut" }); },
      save: () => { if (!this.#over) side.save(); },
      // In its turn: what came before the end still counts, a receipt above all.
      ended: (reason) => void this.#run(async () => {
        const endedBy = OF_THE_RELAY.has(reason) ? "relay" : "peer";
        this.#close({ reason, code: null, by: endedBy });
      }),
    });
  }

  get isOver() {
    return this.#over;
  }

  /**
   * Do what a person pressed, after all that came before it.
   * @param {() => Promise<StepResult>} action
   * @returns {Promise<void>}
   */
  press(action) {
    return this.#run(async () => this.#apply(await action()));
  }

  /**
   * Do at once what has been decided at once.
   * @param {StepResult} outcome
   */
  follow(outcome) {
    this.#apply(outcome);
  }

  /**
   * End the pairing because of `error`; the peer learns only that it is refused, or
   * nothing at all where a newer page of this browser goes on with it.
   * @param {unknown} error
   */
  fail(error) {
    const code = /** @type {{code?: unknown}} */ (error)?.code;
    if (error instanceof SupersededError) {
      this.#close({ reason: "lost", code: error.code, by: "self" });
      return this.#relay.leave();
    }
    this.end("refused", typeof code === "string" ? code : "failed");
  }

  /**
   * End the pairing.
   * @param {EndReason} reason
   * @param {string | null} [code]
   */
  end(reason, code = null) {
    if (this.#over) return;
    this.#close({ reason, code, by: "self" });
    this.#relay.end(reason);
  }

  /** Do and say nothing more: the page goes away, and the next one goes on. */
  leave() {
    this.#over = true;
    this.next = null;
    this.#relay.leave();
  }

  /** @param {() => Promise<void>} action */
  #run(action) {
    this.#queue = this.#queue.then(async () => {
      if (!this.#over) await action();
    }).catch((error) => this.fail(error));
    return this.#queue;
  }

  /** @param {Bytes} frame */
  #take(frame) {
    const name = this.next;
    this.next = null;
    if (name === null) throw new ProtocolError("nobody expects this");
    return this.#side.take(name, frame);
  }

  /**
   * Write down what follows, then do it.
   * @param {StepResult} outcome
   * @param {number} [received] the number of the message that led to it
   */
  #apply({ frame, next, states, end }, received) {
    if (this.#over) return;
    this.next = next;
    this.now = states.at(-1) ?? this.now;
    this.#relay.advance({ received, frame, isSelfAnswered: next !== null });
    for (const state of states) this.#side.notify(state);
    if (end) this.end(end.reason, end.code);
  }

  /** @param {Ending} ending */
  #close(ending) {
    if (this.#over) return;
    this.#over = true;
    this.next = null;
    this.#side.ended(ending);
  }
}
