/**
 * Asking the centre as a paired device: each question is signed by the device's key.
 */
import { fromHex, hex } from "../lib/bytes.js";
import { errorCode } from "../lib/errors.js";
import { post } from "../lib/http.js";
import { sign } from "../pki/key_pair.js";
import { deviceMessage } from "./device_proof.js";

/** @typedef {import("./device_store.js").DeviceRecord} DeviceRecord */

/**
 * @typedef {object} WaitingRequest
 * @property {string} asker
 * @property {string} origin
 * @property {string} phrase
 * @property {string} until
 * @property {string} address opens it here
 */

/**
 * @typedef {object} DeviceNews
 * @property {string} name
 * @property {string} account
 * @property {number} count of all that wait
 * @property {WaitingRequest[]} requests the newest of them
 */

/** One device that speaks to the centre. */
export class DeviceClient {
  #record;
  /** What is signed next, hexadecimal; empty where it is asked for. */
  #challenge = "";

  /** @param {DeviceRecord} record */
  constructor(record) {
    this.#record = record;
  }

  /**
   * Return what waits for the device's holder.
   * @returns {Promise<DeviceNews>}
   * @throws {import("../lib/http.js").ApiError} `device_unknown` where it is paired no more
   */
  async list() {
    const news = await (await this.send("/device/requests", "list")).json();
    this.#challenge = news.challenge;
    return news;
  }

  /** End the pairing. */
  async leave() {
    await this.send("/device/leave", "leave");
  }

  /**
   * @param {string} path
   * @param {string} purpose
   * @param {object} [contents]
   * @returns {Promise<Response>}
   */
  async send(path, purpose, contents = {}) {
    const isKept = this.#challenge !== "";
    try {
      return await this.#sendOnce(path, purpose, JSON.stringify(contents));
    } catch (error) {
      this.#challenge = "";
      if (!isKept || errorCode(error) !== "device_challenge") throw error;
      return this.#sendOnce(path, purpose, JSON.stringify(contents));
    }
  }

  /** @param {string} path @param {string} purpose @param {string} body */
  async #sendOnce(path, purpose, body) {
    const { id, key } = this.#record;
    const challenge = this.#challenge || (await this.#askChallenge());
    this.#challenge = "";
    const message = await deviceMessage({
      ...{ purpose, origin: location.origin, deviceId: id, body },
      challenge: fromHex(challenge),
    });
    const signature = hex((await sign(key, message)).value);
    return post(path, { device: id, challenge, signature, body });
  }

  async #askChallenge() {
    const response = await post("/device/challenge", { device: this.#record.id });
    const { challenge } = /** @type {{challenge: string}} */ (await response.json());
    return challenge;
  }
}
