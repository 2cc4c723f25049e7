/** Small real things for the bridge's tests: devices, a snapshot, vectors. */
import { readFileSync } from "node:fs";
import { fromHex } from "../../../../frontend/lib/bytes.js";
import { offerFor, pack } from "../../../../frontend/bridge/core/bundle.js";

export { settle } from "./fake_time.js";

export const ORIGIN = "https://bank.example";
/** What has the form of an encrypted key, and nothing in it. */
export const KEY = Uint8Array.of(0x30, 5, 0x30, 0, 4, 1, 7);
export const ABOUT = {
  name: "김하나",
  issuerName: "certferry demo CA",
  serial: "0a1b2c3d4e5f",
  policy: "1.3.6.1.4.1.32473.221882889.1.1",
  notBefore: new Date("2026-11-22T03:00:00Z"),
  notAfter: new Date("2027-11-22T14:59:59Z"),
};

/** @param {number} size */
export const random = (size) => crypto.getRandomValues(new Uint8Array(size));

/** @param {string} name @returns {any} */
export function vectors(name) {
  const file = new URL(`../../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Return a value of a vector in bytes. @param {string} text */
export const bytes = (text) => fromHex(text);

/** Return a bundle of one holder as `sendBundle` wants it. @param {boolean} [move] */
export async function makeBundle(move = false) {
  const payload = pack({
    signCert: Uint8Array.of(0x30, 3, 2, 1, 5),
    signPri: KEY,
    ca: [Uint8Array.of(0x30, 3, 2, 1, 9)],
  });
  return { payload, offer: await offerFor(payload, ABOUT, { move }) };
}
