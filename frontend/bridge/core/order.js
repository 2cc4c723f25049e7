/**
 * What travels when the phone makes the key: an order, a request, a certificate.
 *
 * Twin of mobile_bridge/core/order.py. Pure. No key is in any of it. What was issued is
 * compared with the order and with the request before it is kept; what a certificate
 * says comes in.
 */
import { equal, fromUtf8, utf8 } from "../../lib/bytes.js";
import { TAG } from "../../pki/der/der_writer.js";
import { read } from "../../pki/der/der_reader.js";
import { isShownAsItIs } from "../../pki/sanitize.js";
import {
  isPolicy, MAX_BUNDLE_BYTES, MAX_CA_FILES, MAX_FILE_BYTES, MAX_OFFER_BYTES, policyOf,
} from "./bundle.js";
import { lengthPrefix, ProtocolError, splitFields } from "./kdf.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../pki/key_pair.js").KeyKind} KeyKind */
/** @typedef {import("../../pki/certificate.js").Certificate} Certificate */
/**
 * What the person at the phone is shown before a key is made (m5). `issued`: its
 * certificate exists already, so that only the key that it was issued for will do;
 * `exportable`: the key may be written to a file.
 * @typedef {{v: 1, application: string, key: KeyKind, name: string, issuer: string,
 *   policy: string, issued: boolean, exportable: boolean}} Order
 */
/**
 * What the key's own device asks with (m6): PKCS#10 in DER; `sealed` is for the issuing
 * CA alone, and empty where nothing is.
 * @typedef {{idempotencyKey: string, request: Bytes, sealed: Bytes}} KeyRequest
 */
/** What was issued (m7), in DER, the issuer first in the chain.
 * @typedef {{certificate: Bytes, chain: Bytes[]}} IssuedCertificate
 */
/** In its place: why the centre issues none. @typedef {{code: string}} CentreRefusal */

/** What was issued is not for the key made here, or not what was ordered. */
export class ForeignCertificateError extends Error {
  /** @readonly */ code = "foreign_certificate";
}

export const MAX_REQUEST_BYTES = 4096;
const MAX_SEALED_BYTES = 2048;
const HEADS = { request: "BRG1 request", issued: "BRG1 issued", refused: "BRG1 refused" };
const KEY_KINDS = ["rsa-2048", "p-256"];
const ORDER_FIELDS = 8;
const APPLICATION = /^[\w-]{1,64}$/;
const IDEMPOTENCY_KEY = /^[\w-]{16,64}$/;
const CODE = /^[a-z_]{1,40}$/;

/**
 * Write an order.
 * @param {Order} order
 * @returns {Bytes}
 * @throws {ProtocolError} when the other side would refuse it
 */
export function writeOrder(order) {
  const { v, application, key, name, issuer, policy, issued, exportable } = order;
  const fields = { v, application, key, name, issuer, policy, issued, exportable };
  const bytes = utf8(JSON.stringify(fields));
  readOrder(bytes);
  return bytes;
}

/**
 * Read an order.
 * @param {Uint8Array} bytes
 * @returns {Order}
 * @throws {ProtocolError} when it is none, or would mislead whoever reads it
 */
export function readOrder(bytes) {
  if (bytes.length > MAX_OFFER_BYTES) throw new ProtocolError("order too large");
  const fields = parsed(bytes);
  const { v, application, key, name, issuer, policy, issued, exportable } = fields;
  const isOrder = v === 1
    && Object.keys(fields).length === ORDER_FIELDS
    && isForm(APPLICATION, application)
    && KEY_KINDS.includes(key)
    && isShownAsItIs(name) && isShownAsItIs(issuer)
    && isPolicy(policy)
    && typeof issued === "boolean"
    && typeof exportable === "boolean";
  if (!isOrder) throw new ProtocolError("not an order");
  return { v: 1, application, key, name, issuer, policy, issued, exportable };
}

/**
 * Write the content of m6.
 * @param {KeyRequest} request
 * @returns {Bytes}
 * @throws {ProtocolError} when the other side would refuse it
 */
export function packRequest({ idempotencyKey, request, sealed }) {
  const content = lengthPrefix(HEADS.request, idempotencyKey, request, sealed);
  unpackRequest(content);
  return content;
}

/**
 * Read the content of m6.
 * @param {Uint8Array} content
 * @returns {KeyRequest}
 * @throws {ProtocolError} when it is no request
 */
export function unpackRequest(content) {
  const fields = splitFields(content);
  if (fields.length !== 4 || !equal(fields[0], utf8(HEADS.request))) {
    throw new ProtocolError("not a request");
  }
  const [, key, request, sealed] = fields;
  const idempotencyKey = String.fromCharCode(...key);
  const isRight = IDEMPOTENCY_KEY.test(idempotencyKey)
    && sealed.length <= MAX_SEALED_BYTES && isRequest(request);
  if (!isRight) throw new ProtocolError("not a request");
  return { idempotencyKey, request, sealed };
}

/**
 * Write the content of m7.
 * @param {IssuedCertificate | CentreRefusal} answer
 * @returns {Bytes}
 * @throws {ProtocolError} when the other side would refuse it
 */
export function packAnswer(answer) {
  const content = "code" in answer
    ? lengthPrefix(HEADS.refused, answer.code)
    : lengthPrefix(HEADS.issued, answer.certificate, ...answer.chain);
  unpackAnswer(content);
  return content;
}

/**
 * Read the content of m7.
 * @param {Uint8Array} content
 * @returns {IssuedCertificate | CentreRefusal}
 * @throws {ProtocolError} when it is neither a certificate with its chain nor a refusal
 */
export function unpackAnswer(content) {
  if (content.length > MAX_BUNDLE_BYTES) throw new ProtocolError("answer too large");
  const [head, ...fields] = splitFields(content);
  if (head && equal(head, utf8(HEADS.refused)) && fields.length === 1) {
    const code = String.fromCharCode(...fields[0]);
    if (CODE.test(code)) return { code };
  }
  const isIssued = head && equal(head, utf8(HEADS.issued))
    && fields.length >= 2 && fields.length <= 1 + MAX_CA_FILES
    && fields.every(({ length }) => length <= MAX_FILE_BYTES);
  if (!isIssued) throw new ProtocolError("not an answer");
  const [certificate, ...chain] = fields;
  return { certificate, chain };
}

/**
 * Check that a certificate is what was ordered, for the key of `request`.
 * @param {Order} order
 * @param {Bytes} request
 * @param {IssuedCertificate} issued
 * @param {(certificate: Bytes) => Certificate} readCertificate
 * @throws {ForeignCertificateError} when it is for another key, says other than the
 *   order, or the chain does not lead from it to the next; or something is no certificate
 */
export function checkIssued(order, request, { certificate, chain }, readCertificate) {
  const [own, ...issuers] = certificatesIn([certificate, ...chain], readCertificate);
  const isOwn = equal(own.spki, publicKeyIn(request));
  const isOrdered = own.name === order.name && own.issuerName === order.issuer
    && policyOf(own) === order.policy;
  const isChain = issuers.every((issuer, at) =>
    equal([own, ...issuers][at].issuerDer, issuer.subjectDer));
  if (!isOwn || !isOrdered || !isChain) throw new ForeignCertificateError();
}

/**
 * Return the public key that a PKCS#10 request asks for (RFC 2986 4.1).
 * @param {Uint8Array} request
 * @returns {Bytes}
 * @throws {import("../../pki/der/errors.js").DerError | ProtocolError}
 */
export function publicKeyIn(request) {
  if (request.length > MAX_REQUEST_BYTES) throw new ProtocolError("request too large");
  const [info] = read(request, TAG.SEQUENCE).children();
  const key = info?.expect(TAG.SEQUENCE).children()[2];
  if (key === undefined) throw new ProtocolError("a request without a key");
  return Uint8Array.from(key.expect(TAG.SEQUENCE).der);
}

/**
 * @param {Bytes[]} certificates
 * @param {(certificate: Bytes) => Certificate} readCertificate
 */
function certificatesIn(certificates, readCertificate) {
  try {
    return certificates.map((one) => readCertificate(one));
  } catch {
    throw new ForeignCertificateError();
  }
}

/** @param {Uint8Array} request */
function isRequest(request) {
  try {
    return publicKeyIn(request).length > 0;
  } catch {
    return false;
  }
}

/** @param {RegExp} form @param {unknown} text */
function isForm(form, text) {
  return typeof text === "string" && form.test(text);
}

/** @param {Uint8Array} bytes @returns {Record<string, any>} */
function parsed(bytes) {
  try {
    const value = JSON.parse(fromUtf8(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch { /* one answer to every form of nonsense */ }
  throw new ProtocolError("not an order");
}
