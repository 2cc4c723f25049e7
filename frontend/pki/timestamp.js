/**
 * Time stamps (RFC 3161), asked for and looked at. Twin of webapp/pki/services/timestamp.py.
 *
 * Pure: the number that makes a request its own comes in.
 */

import { copy, equal } from "../lib/bytes.js";
import { TAG, contextTag, element, integer, nullValue, octetString, oid, sequence } from "./der/der_writer.js";
import { read } from "./der/der_reader.js";
import { DerError, PkiError } from "./der/errors.js";
import { OID } from "./der/oids.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/** The authority gave no stamp. */
export class NoTimestampError extends PkiError {
  code = "no_timestamp";
}

const TRUE = element(TAG.BOOLEAN, Uint8Array.of(0xff));
const GRANTED = 0;
const GRANTED_WITH_MODS = 1;

/**
 * Return a TimeStampReq for a SHA-256, with the authority's certificates in the answer.
 * @param {Uint8Array} digest
 * @param {Uint8Array} nonce random; read as one positive number
 * @returns {Bytes}
 */
export const createTimestampRequest = (digest, nonce) =>
  sequence(integer(1), imprint(digest), integer(nonce), TRUE);

/**
 * Return the token of a TimeStampResp that is over this digest and answers this request.
 *
 * Whether the authority is to be trusted is the relying party's question.
 * @param {Uint8Array} reply
 * @param {{digest: Uint8Array, nonce: Uint8Array}} request
 * @returns {Bytes} ContentInfo
 * @throws {NoTimestampError} it was refused
 * @throws {DerError} it is no answer to this request
 */
export function readTimestampReply(reply, { digest, nonce }) {
  const [status, token] = read(reply, TAG.SEQUENCE).children();
  const code = status?.children()[0]?.number();
  if (code !== GRANTED && code !== GRANTED_WITH_MODS) throw new NoTimestampError(`status ${code}`);
  if (token === undefined) throw new DerError("granted, and without a token");
  const fields = readTstInfo(token);
  const answers = [imprint(digest), integer(nonce)].every((part) =>
    fields.some(({ der }) => equal(der, part)),
  );
  if (!answers) throw new DerError("a stamp for something else");
  return copy(token.der);
}

/** @param {import("./der/der_reader.js").Element} token */
function readTstInfo(token) {
  const [type, wrapped] = token.children();
  if (type?.oid() !== OID.signedData) throw new DerError("no signed data");
  const [signedData] = wrapped.expect(contextTag(0)).children();
  const [contentType, content] = signedData.children()[2].children();
  if (contentType?.oid() !== OID.tstInfo) throw new DerError("no time-stamp token");
  const octets = content.expect(contextTag(0)).children()[0].octets();
  return read(octets, TAG.SEQUENCE).children();
}

/**
 * Return a MessageImprint; NULL as parameters, as most authorities write them.
 * @param {Uint8Array} digest
 */
const imprint = (digest) => sequence(sequence(oid(OID.sha256), nullValue()), octetString(digest));
