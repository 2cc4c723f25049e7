/**
 * The hashes that files of keys name, as functions, where the platform has none or is not
 * asked. The same names are in schemes.js.
 */
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { OLDER_HASHES } from "./kdf.js";

/** @typedef {keyof typeof HASHES} HashName */

export const HASHES = Object.freeze({
  ...OLDER_HASHES,
  "SHA-224": sha224,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
  "SHA-512/224": sha512_224,
  "SHA-512/256": sha512_256,
});
