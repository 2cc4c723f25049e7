/**
 * What a device does at which the person types the check code, whatever follows from it.
 *
 * Pure but for WebCrypto. What follows from a press is returned, never done.
 */

/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/code_entry.js").CodeEntry} CodeEntry */

/** Typing, up to the digits that are right or the third that are not. */
export class CodeEntryFlow {
  /** @type {CodeEntry} */ #entry;

  /** @param {CodeEntry} entry */
  constructor(entry) {
    this.#entry = entry;
  }

  get triesLeft() {
    return this.#entry.triesLeft;
  }

  /** Whether the digits are what is waited for. */
  get isTyping() {
    return this.#entry.step === "start";
  }

  /** @returns {StepResult} */
  first() {
    return { next: null, states: [this.#typing()] };
  }

  /**
   * Compare six digits with those of the other screen.
   * @param {string} digits
   * @param {() => void} onCommit
   * @returns {{right: boolean, outcome: StepResult}}
   */
  typeCode(digits, onCommit) {
    const right = this.#entry.typeCode(digits, onCommit);
    if (!right) return { right, outcome: this.wrong() };
    return { right, outcome: { next: null, states: [{ state: "matched" }] } };
  }

  /** Say what a wrong code leads to: another try, or the end. @returns {StepResult} */
  wrong() {
    if (this.triesLeft > 0) return { next: null, states: [this.#typing()] };
    return { next: null, states: [], end: { reason: "refused", code: "wrong_code" } };
  }

  /** @returns {import("./types.js").State} */
  #typing() {
    return { state: "typing", triesLeft: this.triesLeft };
  }
}
