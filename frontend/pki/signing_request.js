/**
 * PKCS#10 signing requests (RFC 2986): what the browser asks a certificate with.
 *
 * A request carries a key and the proof that we hold it. It names nobody: who the
 * certificate is for stands in the centre's own records.
 */

import { copy } from "../lib/bytes.js";
import { TAG, bitString, integer, sequence, tagged } from "./der/der_writer.js";
import { read } from "./der/der_reader.js";
import { DerError } from "./der/errors.js";
import { sign } from "./key_pair.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

const NO_NAME = sequence();
const NO_ATTRIBUTES = tagged(0);

/**
 * Build a signing request for a key pair.
 * @param {Pick<import("./key_pair.js").KeyPair, "privateKey" | "spki">} keyPair
 * @returns {Promise<Bytes>} DER
 */
export async function createRequest({ privateKey, spki }) {
  // RFC 2986 4.1: version 0, and the attributes may not be left out.
  const info = sequence(integer(0), NO_NAME, spki, NO_ATTRIBUTES);
  const { algorithm, value } = await sign(privateKey, info);
  return sequence(info, algorithm, bitString(value));
}

/**
 * Return the public key (SubjectPublicKeyInfo) that a request asks for.
 * @param {Uint8Array} request DER
 * @returns {Bytes}
 */
export function readPublicKey(request) {
  const [info] = read(request, TAG.SEQUENCE).children();
  const spki = info?.children()[2];
  if (spki === undefined) throw new DerError("a request without a key");
  return copy(spki.expect(TAG.SEQUENCE).der);
}
