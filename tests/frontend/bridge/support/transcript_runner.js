/** Devices that draw what the vectors drew, so that they say the vectors' words. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fromHex, fromUtf8 } from "../../../../frontend/lib/bytes.js";
import { Opener } from "../../../../frontend/bridge/core/channel.js";
import {
  ResponderHandshake, InitiatorHandshake,
} from "../../../../frontend/bridge/core/handshake.js";
import { Receiver, Sender } from "../../../../frontend/bridge/core/transfer.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";

/** @typedef {import("../../../../frontend/lib/bytes.js").Bytes} Bytes */
const FOLDER = new URL("../../../vectors/", import.meta.url);
const TRANSFER = ["m5", "m6", "m7", "m8"];
const names = readdirSync(FOLDER).filter((name) => name.startsWith("brg1"));
/** Every vector file of the bridge by its name. @type {Record<string, any>} */
export const FILES = Object.fromEntries(names.map((name) => [
  name.replace(".json", ""), JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")),
]));
const { runs } = FILES.brg1;

/** One device of a transcript, which draws what the vector drew. */
export class Device {
  /** @type {any} */ #transcript;
  /** @type {any} */ #hands;
  /** @type {Bytes | null} */ #reply = null;
  /** @type {any} */ end = null;

  /** @param {any} transcript @param {any} hands */
  constructor(transcript, hands) {
    this.#transcript = transcript;
    this.#hands = hands;
  }

  /** @param {any} transcript @param {"G" | "S"} part */
  static async of(transcript, part) {
    const run = runs[transcript.run];
    return new Device(transcript, part === "G" ? await initiatorFor(run) : responderFor(run));
  }

  /** @param {string} name @returns {Promise<Bytes>} */
  async say(name) {
    const { code, payload } = this.#transcript;
    if (name === "m1") return this.#hands.m1;
    if (name === "m5") {
      assert.ok(this.end.typeCode(code));
      const offer = JSON.parse(fromUtf8(await this.#announced()));
      return this.end.offer(offer, fromHex(payload));
    }
    if (name === "m6") return this.end.answer(true);
    if (name === "m7") return this.end.payload();
    if (name === "m8") return this.end.receipt();
    return /** @type {Bytes} */ (this.#reply);
  }

  /** @param {string} name @param {Bytes} data @returns {Promise<unknown>} */
  async take(name, data) {
    if (TRANSFER.includes(name)) return this.end[`take${name.toUpperCase()}`](data);
    if (name === "m1") {
      await this.#hands.takeM1(data);
      // HPKE draws inside: only the vector's own m2 makes the vector's keys.
      this.#hands = responderAfterM1(runs[this.#transcript.run]);
      this.#reply = fromHex(runs[this.#transcript.run].m2);
    } else if (name === "m2") this.#reply = await this.#hands.takeM2(data);
    else if (name === "m3") {
      const { m4, agreement } = await this.#hands.takeM3(data);
      this.#reply = m4;
      this.#agree(agreement);
    } else this.#agree(await this.#hands.takeM4(data));
    return undefined;
  }

  /** @param {import("../../../../frontend/bridge/core/handshake.js").Agreement} agreement */
  #agree(agreement) {
    const isShower = this.#hands instanceof InitiatorHandshake;
    const sends = isShower === (this.#transcript.dir === "GS");
    this.end = sends ? new Sender(agreement) : new Receiver(agreement, readCertificate);
  }

  /** Return the offer's own bytes: what the vector's m5 carries. */
  async #announced() {
    const run = runs[this.#transcript.run];
    const key = this.#transcript.dir === "GS" ? run.aGS : run.aSG;
    const m5 = messageOf(this.#transcript, "m5");
    return new Opener(fromHex(key), fromHex(run.th)).open(m5);
  }
}

/** @param {any} transcript @param {"G" | "S"} part @param {string} last */
export async function walked(transcript, part, last) {
  const device = await Device.of(transcript, part);
  for (const { name, from, data } of last === "" ? [] : transcript.messages) {
    if (from === part) await device.say(name);
    else await device.take(name, fromHex(data));
    if (name === last) break;
  }
  return device;
}

/** @param {any} run @param {string} taker */
export async function deviceBefore(run, taker) {
  const hands = taker === "m1" ? responderFor(run)
    : taker === "m3" ? responderAfterM1(run) : await initiatorFor(run);
  if (taker === "m4") await /** @type {any} */ (hands).takeM2(fromHex(run.m2));
  return (/** @type {string} */ name, /** @type {Bytes} */ data) =>
    /** @type {any} */ (hands)[`take${name.toUpperCase()}`](data);
}

/** @param {any} run @param {string} name */
export function right(run, name) {
  if (name === "m3") return fromHex(run.nG + run.macG);
  return fromHex(name === "m4" ? run.macS : run[name]);
}

/** @param {any} run */
export function initiatorFor({ mode, dir, seed, sid, nG, skG }) {
  const drawn = [mode === "Q" ? seed : sid, nG, skG].map((text) => fromHex(text));
  return InitiatorHandshake.begin(
    { mode, dir }, () => /** @type {Bytes} */ (drawn.shift()),
  );
}

/** @param {any} run */
export function responderFor(run) {
  return new ResponderHandshake(
    { stand: "start", asked: asked(run), said: null }, () => fromHex(run.kS),
  );
}

/** Return the responder that has said the vector's own m2. @param {any} run */
export function responderAfterM1(run) {
  const messages = { m1: fromHex(run.m1), m2: fromHex(run.m2), kS: fromHex(run.kS) };
  return new ResponderHandshake(
    { stand: "waiting", asked: asked(run), said: messages }, () => new Uint8Array(32),
  );
}

/** @param {any} run */
function asked({ mode, dir, sid, psk, fp }) {
  return {
    mode, dir, sid: fromHex(sid), psk: fromHex(psk), fp: mode === "Q" ? fromHex(fp) : null,
  };
}

/** @param {any} transcript @param {string} name */
export function messageOf({ messages }, name) {
  return fromHex(messages.find((/** @type {any} */ message) => message.name === name).data);
}
