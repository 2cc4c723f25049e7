/**
 * The signatures that answer a request, one for each thing that is asked for.
 *
 * Knows no page. What is signed is made here, from what the page shows: of a document
 * the attributes of a CMS signature (RFC 5652 5.4), with its title and what was shown
 * of who asked. A PDF comes back from the centre with room for its signature, and has
 * to be the very document that was asked for.
 */
import { copy, equal, fromHex } from "../lib/bytes.js";
import { signedAttributes } from "../pki/cms.js";
import { sign } from "../pki/key_pair.js";
import { PreparedPdfError, digestAround, findHole } from "./prepared_pdf.js";
import { messagesOf } from "./request_statement.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./request_statement.js").Statement} Statement */
/** @typedef {import("./request_statement.js").AskedDocument} AskedDocument */
/** @typedef {{certificate: Uint8Array, key: CryptoKey}} Signer */

/**
 * How a PDF is read and made ready; `document` counts from 1.
 * @typedef {object} Documents
 * @property {(document: number) => Promise<Bytes>} read as its institution sent it
 * @property {(document: number) => Promise<Bytes>} prepare with room for the signature
 */

/**
 * Return the signatures of a request, in its order.
 * @param {Statement} statement
 * @param {Signer} signer
 * @param {Documents} documents
 * @param {number} signedAt seconds since 1970, as the centre counts them
 * @returns {Promise<Bytes[]>}
 * @throws {PreparedPdfError} a PDF that came back is another document
 */
export async function signRequest(statement, signer, documents, signedAt) {
  const messages = await bytesToSign(statement, signer.certificate, documents, signedAt);
  const signatures = [];
  for (const message of messages) signatures.push(copy((await sign(signer.key, message)).value));
  return signatures;
}

/**
 * Return what the key signs, one message for each thing that is asked for.
 * @param {Statement} statement
 * @param {Uint8Array} certificate the signer's, DER
 * @param {Documents} documents
 * @param {number} signedAt
 * @returns {Promise<Bytes[]>}
 */
export async function bytesToSign(statement, certificate, documents, signedAt) {
  const messages = await messagesOf(statement);
  const asked = statement.contents.documents;
  if (statement.contents.purpose !== "sign_documents" || !asked) return messages;
  const signingTime = new Date(signedAt * 1000);
  const all = [];
  for (const [at, message] of messages.entries()) {
    const document = asked[at];
    if (document.format === "cms") {
      const shown = { title: document.title, identifier: await sha256(message) };
      const digest = copy(fromHex(document.digest));
      all.push(await signedAttributes({ digest, certificate, signingTime, shown }));
    } else if (document.format === "pdf") {
      const digest = await digestOfPdf(document, at + 1, documents);
      all.push(await signedAttributes({ digest, certificate, signingTime: null }));
    } else all.push(message);
  }
  return all;
}

/**
 * Return whether bytes are the document that was asked for.
 * @param {Uint8Array} bytes
 * @param {AskedDocument} document
 */
export async function isDocument(bytes, { digest }) {
  return equal(await sha256(bytes), fromHex(digest));
}

/**
 * @param {AskedDocument} document
 * @param {number} number
 * @param {Documents} documents
 */
async function digestOfPdf(document, number, { read, prepare }) {
  const original = await read(number);
  if (!(await isDocument(original, document))) throw new PreparedPdfError();
  const prepared = await prepare(number);
  return digestAround(prepared, findHole(original, prepared));
}

/** @param {Uint8Array} bytes @returns {Promise<Bytes>} */
const sha256 = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));

