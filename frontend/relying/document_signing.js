/**
 * Signing documents with a key that stays here.
 *
 * Knows no page. A file is signed as it is, and only its SHA-256 is signed with; of the
 * signature, not of the file, a hash goes to the time-stamping authority. A PDF that is
 * to carry its signature goes to the centre and comes back, and is signed here.
 */
import { concat, copy, hex, utf8 } from "../lib/bytes.js";
import { detachedSignature, signedAttributes } from "../pki/cms.js";
import { sign } from "../pki/key_pair.js";
import { createTimestampRequest, readTimestampReply } from "../pki/timestamp.js";
import { digestAround, fillHole, findHole } from "./prepared_pdf.js";
import "./signing_messages.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/**
 * Who signs: the certificate, its issuers, and the key, opened.
 * @typedef {{certificate: Uint8Array, chain: Uint8Array[], key: CryptoKey}} Signer
 */

/**
 * @typedef {object} Dependencies
 * @property {typeof import("../lib/http.js").post} post
 * @property {(size: number) => Uint8Array} randomBytes
 * @property {() => number} now milliseconds
 */

/** Where a signature is seen: the page from 1, -1 the last; no corner: nowhere.
 * @typedef {{page: number, corner: string}} Place
 */

/** How far a document came: signed only, stamped, or with all that judges it later.
 * @typedef {"B-B" | "B-T" | "B-LT"} Level
 */

/** `problem` is why there is no more to it. @typedef {{bytes: Bytes, level: Level, problem: unknown}} SignedDocument */

const NONCE_BYTES = 8;
/** A large document over a slow line. */
const UPLOAD_TIMEOUT_MS = 180_000;

/**
 * Sign a file; the result is a detached CMS signature.
 * @param {Uint8Array} file
 * @param {Signer} signer
 * @param {Dependencies} dependencies
 * @returns {Promise<SignedDocument>} without a time stamp where none could be had
 */
export async function signFile(file, signer, { post, randomBytes, now }) {
  const digest = await sha256(file);
  const text = { digest, certificate: signer.certificate, signingTime: new Date(now()) };
  const parts = await signAttributes(text, signer);
  try {
    const timestamp = await stamp(parts.signature.value, { post, randomBytes });
    return { bytes: detachedSignature({ ...parts, timestamp }), level: "B-T", problem: null };
  } catch (problem) {
    return { bytes: detachedSignature(parts), level: "B-B", problem };
  }
}

/**
 * Sign a PDF; the result is the same PDF with the signature in it.
 * @param {Uint8Array} pdf
 * @param {Signer} signer
 * @param {Place} place
 * @param {Pick<Dependencies, "post">} dependencies
 * @returns {Promise<SignedDocument>} signed but not stamped where the centre cannot
 * @throws {import("../lib/http.js").ApiError} it cannot be signed
 * @throws {import("./prepared_pdf.js").PreparedPdfError} something else came back
 */
export async function signPdf(pdf, signer, place, { post }) {
  const prepared = await prepare(pdf, signer, place, post);
  const hole = findHole(pdf, prepared);
  const digest = await digestAround(prepared, hole);
  // ETSI EN 319 142-1 6.3: in a PDF the time stands in the signature's dictionary.
  const text = { digest, certificate: signer.certificate, signingTime: null };
  const parts = await signAttributes(text, signer);
  const signed = fillHole(prepared, hole, detachedSignature(parts));
  try {
    const response = await post("/sign/pdf/complete", signed, { timeout: UPLOAD_TIMEOUT_MS });
    const level = response.headers.get("Signature-Level") === "B-LT" ? "B-LT" : "B-T";
    return { bytes: await bodyOf(response), level, problem: null };
  } catch (problem) {
    return { bytes: signed, level: "B-B", problem };
  }
}

/**
 * @param {Uint8Array} pdf
 * @param {Signer} signer
 * @param {Place} place
 * @param {Dependencies["post"]} post
 */
async function prepare(pdf, { certificate }, place, post) {
  const order = JSON.stringify({ certificate: hex(certificate), ...place });
  const body = concat(utf8(`${order}\n`), pdf);
  return bodyOf(await post("/sign/pdf/prepare", body, { timeout: UPLOAD_TIMEOUT_MS }));
}

/**
 * @param {import("../pki/cms.js").SignedText} text
 * @param {Signer} signer
 */
async function signAttributes(text, { certificate, chain, key }) {
  const attributes = await signedAttributes(text);
  return { certificate, chain, attributes, signature: await sign(key, attributes) };
}

/**
 * @param {Uint8Array} value of a signature
 * @param {Pick<Dependencies, "post" | "randomBytes">} dependencies
 */
async function stamp(value, { post, randomBytes }) {
  const request = { digest: await sha256(value), nonce: randomBytes(NONCE_BYTES) };
  const query = createTimestampRequest(request.digest, request.nonce);
  const headers = { "Content-Type": "application/timestamp-query" };
  const response = await post("/tsa", query, { headers });
  return readTimestampReply(await bodyOf(response), request);
}

/** @param {Response} response @returns {Promise<Bytes>} */
const bodyOf = async (response) => new Uint8Array(await response.arrayBuffer());

/** @param {Uint8Array} bytes @returns {Promise<Bytes>} */
const sha256 = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));
