/**
 * A position that only moves forward, shared by everything a device does.
 *
 * Twin of mobile_bridge/core/step_guard.py. Each move is allowed once and in order; a
 * fault, or a move out of turn, spends it, so that nothing is left that could be tried
 * again.
 */
import { ProtocolError } from "./kdf.js";

/**
 * @typedef {"start" | "waiting" | "agreed" | "matched" | "offered" | "accepted"
 *   | "sent" | "done"} Step
 */
/** @typedef {Step | "spent"} Stand  where it stands between two moves */

/** Something that takes steps. */
export class StepGuard {
  /** @type {Stand | "moving"} */ #step;

  /** @param {Stand} [step] where an earlier life of it stood */
  constructor(step = "start") {
    this.#step = step;
  }

  get step() {
    return this.#step;
  }

  /**
   * Return what a snapshot keeps: who dies during a move has nothing left of it.
   * @returns {Stand}
   */
  get stand() {
    return this.#step === "moving" ? "spent" : this.#step;
  }

  /** @param {Step} step */
  become(step) {
    this.#step = step;
  }

  /** Leave nothing to go on with. */
  spend() {
    this.#step = "spent";
  }

  /**
   * Do one move: from `before` to `after`, or to nowhere if it fails.
   * @template T
   * @param {Step} before
   * @param {Step} after
   * @param {() => Promise<T> | T} action
   * @returns {Promise<T>}
   * @throws {ProtocolError}
   */
  async move(before, after, action) {
    const allowed = this.#step === before;
    // Left before anything is looked at: a fault leaves nothing to try again.
    this.#step = allowed ? "moving" : "spent";
    if (!allowed) throw new ProtocolError(`${after} out of turn`);
    try {
      const result = await action();
      // Another move may have come, and spent this one, while it was under way.
      if (this.#step !== "moving") throw new ProtocolError(`${after} out of turn`);
      this.#step = after;
      return result;
    } catch (error) {
      this.#step = "spent";
      throw error;
    }
  }
}
