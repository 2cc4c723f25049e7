/**
 * BRG1, the records: what is sealed after the handshake.
 *
 * Twin of mobile_bridge/core/channel.py. The number of a record is never on the wire;
 * each side counts, so that one repeated, dropped or moved does not open.
 */
import { concat, copy, equal } from "../../lib/bytes.js";
import { expand, lengthPrefix, ProtocolError, refusing, uint32 } from "./kdf.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** What a record tells an onlooker is its number of blocks, nothing finer. */
export const WORD_BLOCK = 1024; // offer, answer and receipt: all look alike
export const PAYLOAD_BLOCK = 8192;
/**
 * What a sender waits for once the code was typed: beside the records, so that nothing
 * depends on it. It may be lost, repeated or left out.
 * @typedef {"password" | "press"} Note
 */
const NOTES = /** @type {const} */ (["password", "press"]);
const NOTE_BYTES = 16;

/** What a side needs to go on in another life.
 * @typedef {[key: Bytes, th: Bytes, seq: number]} SavedSide
 */

/** One key, one direction, and how many records went through it. */
class Side {
  /** @type {Bytes} */ #key;
  /** @type {Bytes} */ #th;
  /** @type {number} */ #seq;

  /**
   * @param {Bytes} key
   * @param {Bytes} th
   * @param {number} [seq]
   */
  constructor(key, th, seq = 0) {
    this.#key = key;
    this.#th = th;
    this.#seq = seq;
  }

  /** Return the arguments that make the same side again. @returns {SavedSide} */
  save() {
    return [this.#key, this.#th, this.#seq];
  }

  /** @param {Note} word */
  sign(word) {
    return expand(this.#key, lengthPrefix("BRG1", "note", word, this.#th), NOTE_BYTES);
  }

  /**
   * Return what WebCrypto needs for the next record, and count it.
   * @param {KeyUsage} use
   */
  async next(use) {
    const iv = concat(new Uint8Array(8), uint32(this.#seq));
    this.#seq += 1;
    const key = await crypto.subtle.importKey(
      "raw", this.#key, "AES-GCM", false, [use],
    );
    const additionalData = lengthPrefix("BRG1 rec", this.#th);
    return { key, cipher: { name: "AES-GCM", iv, additionalData } };
  }
}

/** Seals what this side sends. */
export class Sealer extends Side {
  /**
   * Return the next record, padded to a multiple of `block` bytes.
   * @param {Uint8Array} data
   * @param {number} [block]
   * @returns {Promise<Bytes>}
   */
  async seal(data, block = WORD_BLOCK) {
    const { cipher, key } = await this.next("encrypt");
    return new Uint8Array(await crypto.subtle.encrypt(cipher, key, pad(data, block)));
  }
}

/** Opens what the other side sealed, in its order. */
export class Opener extends Side {
  /**
   * Return what the other side says it waits for; null for what it did not say.
   * @param {Uint8Array} note
   * @returns {Promise<Note | null>}
   */
  async readNote(note) {
    for (const word of NOTES) if (equal(await this.sign(word), note)) return word;
    return null;
  }

  /**
   * Return what the next record carries.
   * @param {Uint8Array} record
   * @returns {Promise<Bytes>}
   * @throws {ProtocolError} when it is not the next record of the other side
   */
  async open(record) {
    const { cipher, key } = await this.next("decrypt");
    const opened = await refusing(() => crypto.subtle.decrypt(cipher, key, copy(record)));
    return unpad(new Uint8Array(opened));
  }
}

/**
 * Return 4-byte length, data, and zeros up to a multiple of `block`.
 * @param {Uint8Array} data
 * @param {number} block
 * @returns {Bytes}
 */
export function pad(data, block) {
  const size = Math.ceil((4 + data.length) / block) * block;
  return concat(uint32(data.length), data, new Uint8Array(size - 4 - data.length));
}

/**
 * Return the data inside `padded`.
 * @param {Uint8Array} padded
 * @returns {Bytes}
 * @throws {ProtocolError} when the length is false or the rest is not zeros
 */
export function unpad(padded) {
  if (padded.length < 4) throw new ProtocolError("no length");
  const size = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (4 + size > padded.length) throw new ProtocolError("false length");
  if (padded.subarray(4 + size).some((byte) => byte !== 0)) {
    throw new ProtocolError("padding that is not zeros");
  }
  return copy(padded.subarray(4, 4 + size));
}
