/**
 * What a paired device signs. Twin of DeviceProof in webapp/devices/rules.py.
 */
import { concat, copy, utf8 } from "../lib/bytes.js";

/**
 * @typedef {object} DeviceProof
 * @property {string} purpose
 * @property {string} origin of the page
 * @property {string} deviceId
 * @property {Uint8Array} challenge
 * @property {string} body JSON, as it is sent
 */

const LABEL = "certferry device 1";

/**
 * Return the bytes that the device's key signs.
 * @param {DeviceProof} proof
 * @returns {Promise<import("../lib/bytes.js").Bytes>}
 */
export async function deviceMessage({ purpose, origin, deviceId, challenge, body }) {
  const digest = copy(await crypto.subtle.digest("SHA-256", utf8(body)));
  const parts = [utf8(purpose), utf8(origin), utf8(deviceId), challenge, digest];
  const packed = parts.flatMap((part) => [
    Uint8Array.of(part.length >> 8, part.length & 0xff),
    part,
  ]);
  return concat(utf8(LABEL), ...packed);
}
