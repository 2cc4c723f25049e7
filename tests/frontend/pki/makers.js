/** Small real things: certificates made with the writer that the page uses. */

import { utf8 } from "../../../frontend/lib/bytes.js";
import {
  TAG,
  bitString,
  element,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
  utf8String,
} from "../../../frontend/pki/der/der_writer.js";
import { sign } from "../../../frontend/pki/key_pair.js";

export const PASSWORD = "correct-horse-1";

/** A policy under an arc of 128 bits, as ours is. */
export const POLICY = "2.25.329800735698586629295641978511506172918.1.1";

/** @param {string} text @param {number} [tag] */
export const characters = (text, tag = TAG.UTF8) => element(tag, utf8(text));

/**
 * @param {string} commonName
 * @param {Uint8Array} [value] the common name as written
 */
export function nameOf(commonName, value = utf8String(commonName)) {
  const part = (/** @type {string} */ type, /** @type {Uint8Array} */ text) =>
    setOf(sequence(oid(type), text));
  return sequence(
    part("2.5.4.6", characters("KR", TAG.PRINTABLE)),
    part("2.5.4.10", utf8String("certferry demo")),
    part("2.5.4.3", value),
  );
}

/**
 * @typedef {object} Wish
 * @property {Uint8Array} spki
 * @property {CryptoKey} signer
 * @property {Uint8Array} [subject]
 * @property {Uint8Array} [issuer]
 * @property {Uint8Array} [serial]
 * @property {Uint8Array[]} [times]
 */

/**
 * @param {Wish} wish
 * @returns {Promise<Uint8Array>}
 */
export async function makeCertificate(wish) {
  const {
    spki,
    signer,
    subject = nameOf("김하나(KIM HANA)0000001234"),
    issuer = nameOf("certferry demo CA (not accredited)"),
    serial = Uint8Array.of(0x9a, 0x01),
    times = [
      characters("261122000000Z", TAG.UTC_TIME),
      characters("271122145959Z", TAG.UTC_TIME),
    ],
  } = wish;
  const policies = sequence(sequence(oid(POLICY)));
  const extension = sequence(oid("2.5.29.32"), octetString(policies));
  const { algorithm } = await sign(signer, new Uint8Array());
  const tbs = sequence(
    ...[tagged(0, integer(2)), integer(serial), algorithm, issuer],
    ...[sequence(...times), subject, spki, tagged(3, sequence(extension))],
  );
  const { value } = await sign(signer, tbs);
  return sequence(tbs, algorithm, bitString(value));
}
