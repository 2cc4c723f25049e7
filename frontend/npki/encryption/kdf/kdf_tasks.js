/**
 * Every way of deriving a key that no platform has, by the names of its hashes: a request
 * can be sent to a worker as it is. Pure.
 *
 * Loaded by the worker, and by a page that has none. kdf.js alone is enough for the short
 * derivations of most files.
 */

import { HASHES } from "./hashes.js";
import { derivePbkdf1, derivePkcs12Key } from "./kdf.js";
import { derivePbkdf2, deriveScrypt } from "./rare_kdf.js";

/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./kdf.js").Pace} Pace */
/** @typedef {import("./rare_kdf.js").RareHash} RareHash */
/** @typedef {import("./hashes.js").HashName} HashName */
/**
 * @typedef {{kdf: "pbkdf1", hash: HashName, secret: Uint8Array, salt: Uint8Array,
 *   rounds: number}
 *   | {kdf: "pkcs12", hash: HashName, characters: Uint8Array, salt: Uint8Array,
 *   rounds: number, purpose: number, size: number}
 *   | {kdf: "pbkdf2", hash: RareHash, secret: Uint8Array, salt: Uint8Array, rounds: number,
 *   size: number}
 *   | {kdf: "scrypt", secret: Uint8Array, salt: Uint8Array, n: number, r: number, p: number,
 *   size: number}} KdfRequest
 */

/**
 * Derive a key.
 * @param {KdfRequest} request
 * @param {Pace} [pace]
 * @returns {Promise<Bytes>}
 */
export async function deriveKey(request, pace) {
  switch (request.kdf) {
    case "pbkdf1":
      return derivePbkdf1({ ...request, hash: HASHES[request.hash] }, pace);
    case "pkcs12":
      return derivePkcs12Key({ ...request, hash: HASHES[request.hash] }, pace);
    case "pbkdf2":
      return derivePbkdf2(request, pace);
    case "scrypt":
      return deriveScrypt(request, pace);
  }
}
