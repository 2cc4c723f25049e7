/**
 * BRG1, the two sides of the handshake: a message in, the next one out.
 *
 * Pure but for WebCrypto; chance comes in. Knows no relay and no screen. Every fault is
 * one ProtocolError, and a side that met one has nothing left to try again with. What
 * `save` returns is all that the same handshake needs to go on in a reloaded tab.
 */
import { concat } from "../../lib/bytes.js";
import { Opener, Sealer } from "./channel.js";
import { DirectionError, ProtocolError } from "./kdf.js";
import {
  checkCode, checkOpening, checkSame, deriveKeys, fingerprint, keyPair, makeM1, makeM2,
  NO_PSK, openM2, preSharedKey, readM1, responderMac, sessionId, initiatorMac,
} from "./protocol.js";
import { StepGuard } from "./step_guard.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("./protocol.js").Dir} Dir */
/** @typedef {import("./protocol.js").Mode} Mode */
/** @typedef {import("./protocol.js").Keys} Keys */
/** @typedef {import("./step_guard.js").Stand} Stand */
/** @typedef {(size: number) => Bytes} Random */
/**
 * What both sides have in the end: the digits, and a channel in each direction.
 * @typedef {{code: string, sealer: Sealer, opener: Opener}} Agreement
 */
/** @typedef {{sid: Bytes, psk: Bytes, m1: Bytes, nG: Bytes}} InitiatorMessages */
/**
 * @typedef {{stand: Stand, keySeed: Bytes | null, said: InitiatorMessages,
 *   keys: Keys | null}} SavedInitiator
 */
/**
 * What the person did: m1 must say the same. Without `fp` nothing but the check code
 * tells whose m1 it is.
 * @typedef {{mode: Mode, dir: Dir, sid: Bytes, psk: Bytes, fp: Bytes | null}} Asked
 */
/** @typedef {{m1: Bytes, m2: Bytes, kS: Bytes}} ResponderMessages */
/** @typedef {{stand: Stand, asked: Asked, said: ResponderMessages | null}}
 *   SavedResponder
 */

const NONCE = 32;
const SID = 16;

/** The side that shows the QR code or the number. */
export class InitiatorHandshake extends StepGuard {
  /** The one seed of the key pair, until m2 is here. @type {Bytes | null} */ #keySeed;
  /** What it gives, where that is known. @type {CryptoKey | null} */ #key;
  /** @type {InitiatorMessages} */ #said;
  /** @type {Keys | null} */ #keys;

  /**
   * @param {SavedInitiator} saved
   * @param {{link?: Link | null, key?: CryptoKey | null}} [fresh]
   */
  constructor({ stand, keySeed, said, keys }, { link = null, key = null } = {}) {
    super(stand);
    this.#keySeed = keySeed;
    this.#key = key;
    this.#said = said;
    this.#keys = keys;
    /** What the QR code says, in mode Q. @readonly */ this.link = link;
  }

  /**
   * Begin a pairing with fresh keys.
   * @param {{mode: Mode, dir: Dir}} how
   * @param {Random} random
   * @returns {Promise<InitiatorHandshake>}
   */
  static async begin({ mode, dir }, random) {
    const seed = random(mode === "Q" ? NONCE : SID);
    const [nG, keySeed] = [random(NONCE), random(NONCE)];
    const { key, pkG } = await keyPair(keySeed);
    // Of a typed number nothing is derived: it only finds the pairing.
    const [sid, psk] = mode === "Q" ? await secretsOf(seed) : [seed, NO_PSK];
    const m1 = await makeM1({ mode, dir, sid, pkG, nG });
    const link = mode === "Q" ? { dir, seed, fp: await fingerprint(m1) } : null;
    const inputs = { sid, psk, m1, nG };
    /** @type {SavedInitiator} */
    const saved = { stand: "start", keySeed, said: inputs, keys: null };
    return new InitiatorHandshake(saved, { link, key });
  }

  get sid() {
    return this.#said.sid;
  }

  get m1() {
    return this.#said.m1;
  }

  /** @returns {SavedInitiator} */
  save() {
    const { stand } = this;
    return { stand, keySeed: this.#keySeed, said: this.#said, keys: this.#keys };
  }

  /**
   * Take m2 and return m3.
   * @param {Bytes} m2
   * @param {() => void} [onCommit] called when the key is gone, before it opens anything
   * @returns {Promise<Bytes>}
   * @throws {ProtocolError} also for every m2 after the first
   */
  takeM2(m2, onCommit = () => {}) {
    return this.move("start", "waiting", async () => {
      const seed = /** @type {Bytes} */ (this.#keySeed);
      const pair = this.#key;
      this.#key = this.#keySeed = null; // gone before any check: it opens once
      onCommit();
      const { psk, m1, nG } = this.#said;
      const key = pair ?? (await keyPair(seed)).key;
      const kS = await openM2({ m1, m2, psk, key });
      this.#keys = await deriveKeys({ psk, kS, m1, m2, nG });
      return concat(nG, await initiatorMac(this.#keys));
    });
  }

  /**
   * Take m4 and return what is agreed.
   * @param {Bytes} m4
   * @returns {Promise<Agreement>}
   * @throws {ProtocolError}
   */
  takeM4(m4) {
    return this.move("waiting", "agreed", async () => {
      const keys = /** @type {Keys} */ (this.#keys);
      this.#keys = null;
      checkSame(m4, await responderMac(keys));
      return {
        code: await checkCode(keys),
        sealer: new Sealer(keys.aGS, keys.th),
        opener: new Opener(keys.aSG, keys.th),
      };
    });
  }
}

/** The side that scans the one or types the other. */
export class ResponderHandshake extends StepGuard {
  /** @type {Asked} */ #asked;
  /** @type {Random} */ #random;
  /** @type {ResponderMessages | null} */ #said;

  /**
   * @param {SavedResponder} saved
   * @param {Random} random
   */
  constructor({ stand, asked, said }, random) {
    super(stand);
    this.#asked = asked;
    this.#said = said;
    this.#random = random;
  }

  /**
   * Begin with what a QR code said.
   * @param {Link} link
   * @param {Random} random
   * @returns {Promise<ResponderHandshake>}
   */
  static async scanned({ dir, seed, fp }, random) {
    const [sid, psk] = await secretsOf(seed);
    /** @type {Asked} */
    const asked = { mode: "Q", dir, sid, psk, fp };
    return new ResponderHandshake({ stand: "start", asked, said: null }, random);
  }

  /**
   * Begin with a typed number's pairing.
   * @param {{sid: Bytes, dir: Dir}} pairing
   * @param {Random} random
   * @returns {ResponderHandshake}
   */
  static typed({ sid, dir }, random) {
    /** @type {Asked} */
    const asked = { mode: "T", dir, sid, psk: NO_PSK, fp: null };
    return new ResponderHandshake({ stand: "start", asked, said: null }, random);
  }

  get sid() {
    return this.#asked.sid;
  }

  /** @returns {SavedResponder} */
  save() {
    return { stand: this.stand, asked: this.#asked, said: this.#said };
  }

  /**
   * Take m1 and return m2.
   * @param {Bytes} m1
   * @returns {Promise<Bytes>}
   * @throws {ProtocolError} when it is not the one the person asked for
   */
  takeM1(m1) {
    return this.move("start", "waiting", async () => {
      const asked = this.#asked;
      if (asked.fp !== null) checkSame(await fingerprint(m1), asked.fp);
      const { mode, dir, sid } = readM1(m1);
      checkSame(sid, asked.sid);
      if (mode !== asked.mode) throw new ProtocolError("not what the person asked for");
      if (dir !== asked.dir) throw new DirectionError();
      const kS = this.#random(NONCE);
      const m2 = await makeM2({ m1, psk: asked.psk, kS });
      this.#said = { m1, m2, kS };
      return m2;
    });
  }

  /**
   * Take m3, and return m4 and what is agreed.
   * @param {Bytes} m3
   * @returns {Promise<{m4: Bytes, agreement: Agreement}>}
   * @throws {ProtocolError}
   */
  takeM3(m3) {
    return this.move("waiting", "agreed", async () => {
      const messages = /** @type {ResponderMessages} */ (this.#said);
      this.#said = null;
      if (m3.length !== 2 * NONCE) throw new ProtocolError("not m3");
      const nG = m3.slice(0, NONCE);
      await checkOpening(messages.m1, nG);
      const keys = await deriveKeys({ psk: this.#asked.psk, nG, ...messages });
      checkSame(m3.subarray(NONCE), await initiatorMac(keys));
      const agreement = {
        code: await checkCode(keys),
        sealer: new Sealer(keys.aSG, keys.th),
        opener: new Opener(keys.aGS, keys.th),
      };
      return { m4: await responderMac(keys), agreement };
    });
  }
}

/**
 * Return the pairing's name and its shared key, which a QR code's seed stands for.
 * @param {Bytes} seed
 */
function secretsOf(seed) {
  return Promise.all([sessionId(seed), preSharedKey(seed)]);
}
