/**
 * The side at which the person types the check code, whatever follows from it.
 *
 * Twin of mobile_bridge/core/code_entry.py.
 */
import { equal, utf8 } from "../../lib/bytes.js";
import { Opener, Sealer } from "./channel.js";
import { ProtocolError } from "./kdf.js";
import { StepGuard } from "./step_guard.js";

/** @typedef {import("./channel.js").SavedSide} SavedSide */
/** @typedef {import("./handshake.js").Agreement} Agreement */
/** @typedef {import("./step_guard.js").Stand} Stand */
/** @typedef {{code: string, sealer: SavedSide, opener: SavedSide}} SavedAgreement */
/** @typedef {{stand: Stand, triesLeft: number, agreed: SavedAgreement}} SavedEntry */

export const TRIES = 3;

/** A device that says nothing before the person typed the code: three tries. */
export class CodeEntry extends StepGuard {
  /** @protected @readonly @type {Agreement} */ agreed;
  triesLeft = TRIES;

  /**
   * @param {Agreement} agreed
   * @param {Stand} [stand]
   */
  constructor(agreed, stand) {
    super(stand);
    this.agreed = agreed;
  }

  /** @protected @returns {SavedEntry} */
  saveEntry() {
    const { stand, triesLeft } = this;
    return { stand, triesLeft, agreed: saved(this.agreed) };
  }

  /**
   * Compare what the person typed; the third wrong one spends the pairing.
   * @param {string} typed six digits
   * @param {() => void} [onCommit] called when the try is used, before it is compared
   * @returns {boolean}
   * @throws {ProtocolError} when there is no try left
   */
  typeCode(typed, onCommit = () => {}) {
    if (this.step !== "start" || this.triesLeft === 0) {
      this.spend();
      throw new ProtocolError("no try left");
    }
    this.triesLeft -= 1;
    onCommit();
    const right = equal(utf8(typed), utf8(this.agreed.code));
    if (right) this.become("matched");
    else if (this.triesLeft === 0) this.spend();
    return right;
  }
}

/** @param {Agreement} agreed @returns {SavedAgreement} */
export function saved({ code, sealer, opener }) {
  return { code, sealer: sealer.save(), opener: opener.save() };
}

/** @param {SavedAgreement} agreed @returns {Agreement} */
export function restored({ code, sealer, opener }) {
  return { code, sealer: new Sealer(...sealer), opener: new Opener(...opener) };
}
