/**
 * What a device signs when it answers a request. Twin of
 * webapp/relying/asking/statement.py and contents.py.
 *
 * It is made here from what the page shows, never from a hash that came along: what was
 * read is what is signed. Each part stands after its length.
 */
import { concat, copy, fromHex, utf8 } from "../lib/bytes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/**
 * What is asked for; which field there is depends on the purpose.
 * @typedef {object} Contents
 * @property {"sign_in" | "sign_documents" | "consent" | "prove" | "sign_hashes"} purpose
 * @property {string} binding hexadecimal
 * @property {AskedDocument[]} [documents]
 * @property {string} [text]
 * @property {string[]} [facts]
 * @property {string} [description] of hashes, in the words of the program that asks
 * @property {string[]} [hashes] SHA-256, hexadecimal
 * @property {string[]} [attributes] the CMS attributes that each hash is of, DER in
 *   hexadecimal; none where nobody here knows what the hashes are of
 */

/**
 * A document by its title and the SHA-256 of its bytes in hexadecimal. Its signature
 * becomes a file beside it ("cms"), or stands in it ("pdf"); else it is ours alone.
 * @typedef {{title: string, digest: string, format?: "statement" | "cms" | "pdf"}} AskedDocument
 */

/**
 * @typedef {object} Statement
 * @property {string} requestId
 * @property {{id: string, name: string, origin: string}} asker
 * @property {Contents} contents
 * @property {string} centre the origin of this page
 * @property {number} askedAt seconds since 1970
 * @property {number} expiresAt seconds since 1970
 * @property {string} fingerprint SHA-256 of the certificate, hexadecimal
 */

const LABEL = "certferry asking 1";
const CONTENTS_LABEL = "certferry asking contents 1";
const DIGEST = "sha-256";
const KINDS = Object.freeze({ statement: DIGEST, cms: "cms sha-256", pdf: "pdf sha-256" });
const BARE = "bare";
const ATTRIBUTES = "cms attributes";

/**
 * Return the bytes that the key signs, one message for each item of the contents.
 * @param {Statement} statement
 * @returns {Promise<Bytes[]>}
 */
export async function messagesOf(statement) {
  const { contents, asker } = statement;
  const items = itemsOf(contents);
  const texts = [
    ...[contents.purpose, statement.centre, asker.id, asker.name, asker.origin],
    ...[statement.requestId, statement.fingerprint],
  ];
  const common = pack(
    ...texts.map(utf8),
    number(statement.askedAt, 8),
    number(statement.expiresAt, 8),
    await hashOf(canonical(contents)),
    number(items.length, 4),
  );
  return items.map((item, at) => concat(utf8(LABEL), common, pack(number(at + 1, 4), item)));
}

/**
 * Return the bytes that stand for all that is asked for.
 * @param {Contents} contents
 */
export function canonical(contents) {
  const parts = [utf8(contents.purpose), fromHex(contents.binding), ...itemsOf(contents)];
  return concat(utf8(CONTENTS_LABEL), pack(...parts));
}

/**
 * @param {Contents} contents
 * @returns {Uint8Array[]}
 */
function itemsOf({ purpose, documents, text, facts, ...rest }) {
  if (purpose === "sign_in") return [new Uint8Array()];
  if (purpose === "sign_documents" && documents) return documents.map(documentItem);
  if (purpose === "consent" && text !== undefined) return [utf8(text)];
  if (purpose === "prove" && facts) return [pack(...facts.map(utf8))];
  if (purpose === "sign_hashes" && rest.hashes) return [hashesItem(rest)];
  throw new TypeError("a purpose that this page does not know");
}

/** @param {AskedDocument} document */
const documentItem = ({ title, digest, format = "statement" }) =>
  pack(utf8(title), utf8(KINDS[format]), fromHex(digest));

/** @param {Pick<Contents, "description" | "hashes" | "attributes">} contents */
function hashesItem({ description = "", hashes = [], attributes = [] }) {
  const texts = [description, attributes.length > 0 ? ATTRIBUTES : BARE, DIGEST];
  return pack(...texts.map(utf8), ...hashes.map(fromHex));
}

/** @param {...Uint8Array} parts */
const pack = (...parts) => concat(...parts.flatMap((part) => [number(part.length, 4), part]));

/** Return a number in `size` bytes, the highest first. @param {number} value @param {number} size */
function number(value, size) {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(size - 4, value % 2 ** 32);
  if (size === 8) new DataView(bytes.buffer).setUint32(0, Math.floor(value / 2 ** 32));
  return bytes;
}

/** @param {Uint8Array} bytes */
const hashOf = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));
