/**
 * BRG1, the two sides of the handshake: a message in, the next one out.
 *
 * Pure but for WebCrypto; chance comes in. Knows no relay and no screen. Every fault is
 * one ProtocolError, and a side that met one has nothing left to try again with.
 */
import { concat } from "../lib/bytes.js";
import { Opener, Sealer } from "./channel.js";
import { ProtocolError } from "./derivation.js";
import {
  checkCode, checkOpening, checkSame, deriveKeys, fingerprint, keyPair, makeM1, makeM2,
  openM2, preSharedKey, readM1, scannerMac, sessionId, showerMac,
} from "./protocol.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./link.js").Link} Link */
/** @typedef {(size: number) => Bytes} Random */
/**
 * What both sides have in the end: the digits, and a channel in each direction.
 * @typedef {{code: string, sealer: Sealer, opener: Opener}} Agreement
 */

const NONCE = 32;

/** A position that only moves forward; a fault, or a move out of turn, burns it. */
class Turn {
  /** @type {"start" | "waiting" | "agreed" | "moving" | "burnt"} */ #at = "start";

  /**
   * Do one move: from `before` to `after`, or to nowhere if it fails.
   * @template T
   * @param {"start" | "waiting"} before
   * @param {"waiting" | "agreed"} after
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   * @throws {ProtocolError}
   */
  async move(before, after, action) {
    const allowed = this.#at === before;
    // Left before anything is looked at: a fault leaves nothing to try again.
    this.#at = allowed ? "moving" : "burnt";
    if (!allowed) throw new ProtocolError("out of turn");
    const result = await action();
    // Another move may have come, and burnt this one, while it was under way.
    if (this.#at !== "moving") throw new ProtocolError("out of turn");
    this.#at = after;
    return result;
  }
}

/** The side that shows the QR code. */
export class ShowerHandshake {
  #turn = new Turn();
  /** @type {CryptoKey | null} */ #key;
  /** @type {import("./protocol.js").Keys | null} */ #keys = null;
  /** @type {{sid: Bytes, psk: Bytes, m1: Bytes, nG: Bytes}} */ #said;

  /**
   * @param {CryptoKey} key
   * @param {{sid: Bytes, psk: Bytes, m1: Bytes, nG: Bytes}} said
   * @param {Link} link
   */
  constructor(key, said, link) {
    this.#key = key;
    this.#said = said;
    /** @readonly */ this.link = link;
  }

  /**
   * Begin a pairing with fresh keys.
   * @param {"GS" | "SG"} dir
   * @param {Random} random
   * @returns {Promise<ShowerHandshake>}
   */
  static async begin(dir, random) {
    const [seed, nG] = [random(NONCE), random(NONCE)];
    const { key, pkG } = await keyPair(random(NONCE));
    const [sid, psk] = await Promise.all([sessionId(seed), preSharedKey(seed)]);
    const m1 = await makeM1({ mode: "Q", dir, sid, pkG, nG });
    const link = { dir, seed, fp: await fingerprint(m1) };
    return new ShowerHandshake(key, { sid, psk, m1, nG }, link);
  }

  get sid() {
    return this.#said.sid;
  }

  get m1() {
    return this.#said.m1;
  }

  /**
   * Take m2 and return m3.
   * @param {Bytes} m2
   * @returns {Promise<Bytes>}
   * @throws {ProtocolError} also for every m2 after the first
   */
  takeM2(m2) {
    return this.#turn.move("start", "waiting", async () => {
      const key = /** @type {CryptoKey} */ (this.#key);
      this.#key = null; // gone before any check: it opens once
      const { psk, m1, nG } = this.#said;
      const kS = await openM2({ m1, m2, psk, key });
      this.#keys = await deriveKeys({ psk, kS, m1, m2, nG });
      return concat(nG, await showerMac(this.#keys));
    });
  }

  /**
   * Take m4 and return what is agreed.
   * @param {Bytes} m4
   * @returns {Promise<Agreement>}
   * @throws {ProtocolError}
   */
  takeM4(m4) {
    return this.#turn.move("waiting", "agreed", async () => {
      const keys = /** @type {import("./protocol.js").Keys} */ (this.#keys);
      this.#keys = null;
      checkSame(m4, await scannerMac(keys));
      return {
        code: await checkCode(keys),
        sealer: new Sealer(keys.aGS, keys.th),
        opener: new Opener(keys.aSG, keys.th),
      };
    });
  }
}

/** The side that scans it. */
export class ScannerHandshake {
  #turn = new Turn();
  /** @type {Link} */ #link;
  /** @type {Bytes} */ #psk;
  /** @type {Random} */ #random;
  /** @type {{m1: Bytes, m2: Bytes, kS: Bytes} | null} */ #said = null;

  /**
   * @param {Link} link
   * @param {{sid: Bytes, psk: Bytes}} secrets
   * @param {Random} random
   */
  constructor(link, { sid, psk }, random) {
    this.#link = link;
    this.#psk = psk;
    this.#random = random;
    /** @readonly */ this.sid = sid;
  }

  /**
   * Begin with what a QR code said.
   * @param {Link} link
   * @param {Random} random
   * @returns {Promise<ScannerHandshake>}
   */
  static async begin(link, random) {
    const [sid, psk] = await Promise.all([
      sessionId(link.seed), preSharedKey(link.seed),
    ]);
    return new ScannerHandshake(link, { sid, psk }, random);
  }

  /**
   * Take m1 and return m2.
   * @param {Bytes} m1
   * @returns {Promise<Bytes>}
   * @throws {ProtocolError} when it is not the one the QR code was drawn for
   */
  takeM1(m1) {
    return this.#turn.move("start", "waiting", async () => {
      checkSame(await fingerprint(m1), this.#link.fp);
      const { mode, dir, sid } = readM1(m1);
      checkSame(sid, this.sid);
      if (mode !== "Q" || dir !== this.#link.dir) {
        throw new ProtocolError("not what the person asked for");
      }
      const kS = this.#random(NONCE);
      const m2 = await makeM2({ m1, psk: this.#psk, kS });
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
    return this.#turn.move("waiting", "agreed", async () => {
      const said = /** @type {{m1: Bytes, m2: Bytes, kS: Bytes}} */ (this.#said);
      this.#said = null;
      if (m3.length !== 2 * NONCE) throw new ProtocolError("not m3");
      const nG = m3.slice(0, NONCE);
      await checkOpening(said.m1, nG);
      const keys = await deriveKeys({ psk: this.#psk, nG, ...said });
      checkSame(m3.subarray(NONCE), await showerMac(keys));
      const agreement = {
        code: await checkCode(keys),
        sealer: new Sealer(keys.aSG, keys.th),
        opener: new Opener(keys.aGS, keys.th),
      };
      return { m4: await scannerMac(keys), agreement };
    });
  }
}
