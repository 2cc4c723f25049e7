/**
 * The two sides of the check code, whatever travels between the code and the receipt.
 *
 * One types it, hands something over and gets the receipt; the other shows it, keeps
 * what comes and sends the receipt. Twin of mobile_bridge/core/code_entry.py.
 */
import { equal, utf8 } from "../../lib/bytes.js";
import { Opener, Sealer } from "./channel.js";
import { ProtocolError } from "./kdf.js";
import { checkSame } from "./protocol.js";
import { StepGuard } from "./step_guard.js";

/** @typedef {import("./channel.js").SavedSide} SavedSide */
/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./handshake.js").Agreement} Agreement */
/** @typedef {import("./step_guard.js").Stand} Stand */
/** @typedef {{code: string, sealer: SavedSide, opener: SavedSide}} SavedAgreement */
/** @typedef {{stand: Stand, triesLeft: number, agreed: SavedAgreement}} SavedEntry */

export const TRIES = 3;
/** In the place of a receipt, which is a hash of 32 bytes. */
const NOT_STORED = utf8("not stored");
const NOTHING = new Uint8Array();

/** A device that says nothing before the person typed the code: three tries. */
export class CodeEntry extends StepGuard {
  /** @protected @readonly @type {Agreement} */ agreed;
  /** What the other side has to answer in the end. @protected @type {Bytes} */
  expected = NOTHING;
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

  /**
   * Check the receipt: only after this is it on the other device.
   * @param {Bytes} m8
   * @returns {Promise<boolean>} false when the other side says that it could not store it
   * @throws {ProtocolError} when the other side stored something else
   */
  async takeM8(m8) {
    const isStored = await this.move("sent", "done", async () => {
      const receipt = await this.agreed.opener.open(m8);
      if (equal(receipt, NOT_STORED)) return false;
      checkSame(receipt, this.expected);
      return true;
    });
    if (!isStored) this.spend();
    return isStored;
  }
}

/** A device that shows the code, and says what became of what it got. */
export class CodeDisplay extends StepGuard {
  /** @protected @readonly @type {Agreement} */ agreed;
  /** What it answers in the end. @protected @type {Bytes} */ answered = NOTHING;

  /**
   * @param {Agreement} agreed
   * @param {Stand} [stand]
   */
  constructor(agreed, stand) {
    super(stand);
    this.agreed = agreed;
  }

  get code() {
    return this.agreed.code;
  }

  /**
   * Return m8; call it after what came was stored and read back.
   * @returns {Promise<Bytes>}
   */
  receipt() {
    return this.move("sent", "done", () => this.agreed.sealer.seal(this.answered));
  }

  /**
   * Return m8 in the place of the receipt: it could not be stored.
   * @returns {Promise<Bytes>}
   */
  async notStored() {
    const m8 = await this.move("sent", "done", () =>
      this.agreed.sealer.seal(NOT_STORED));
    this.spend();
    return m8;
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
