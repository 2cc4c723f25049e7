/**
 * R on its way to the authority that certifies it, sealed to the authority's key.
 *
 * Python twin: mobile_bridge/npki/identity_seal.py, which opens it. Pure, but for the
 * chance that HPKE draws when it seals (RFC 9180). A sealed R counts for one signing
 * request of one application: in another place it does not open.
 */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat, copy, utf8 } from "../lib/bytes.js";
import { RANDOM_NUMBER_BYTES, RandomNumberError } from "./identity.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

const KEY_ID_BYTES = 8;
const PURPOSE = "certferry random number 1\0";
const SUITE = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/**
 * Return R sealed for a signing request of an application: the key's id, then HPKE's
 * encapsulation and ciphertext; 1164 bytes.
 * @param {Uint8Array} publicKey X-Wing, 1216 bytes
 * @param {Uint8Array} randomNumber R
 * @param {{request: Uint8Array, applicationId: string}} place `request` is PKCS#10, DER
 * @returns {Promise<Bytes>}
 * @throws {RandomNumberError} when R has another length than 20 bytes
 */
export async function sealRandomNumber(publicKey, randomNumber, { request, applicationId }) {
  if (randomNumber.length !== RANDOM_NUMBER_BYTES) throw new RandomNumberError("R has 20 bytes");
  const recipientPublicKey = await SUITE.kem.deserializePublicKey(copy(publicKey));
  // The hash has one length, so what stands behind it begins where it ends.
  const info = concat(utf8(PURPOSE), await sha256(request), utf8(applicationId));
  const { enc, ct } = await SUITE.seal({ recipientPublicKey, info }, copy(randomNumber));
  const keyId = (await sha256(publicKey)).subarray(0, KEY_ID_BYTES);
  return concat(keyId, new Uint8Array(enc), new Uint8Array(ct));
}

/** @param {Uint8Array} bytes */
const sha256 = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));
