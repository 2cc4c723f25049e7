import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { concat, fromHex, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { PreparedPdfError } from "../../../frontend/relying/prepared_pdf.js";
import { bytesToSign, isDocument, signRequest } from "../../../frontend/relying/request_signing.js";

const VECTORS = JSON.parse(
  await readFile(new URL("../../vectors/document_attributes.json", import.meta.url), "utf8"),
);
const [{ statement, certificate, signedAt, pdf }] = VECTORS;
const ORIGINAL = fromHex(pdf.original);
const PREPARED = fromHex(pdf.prepared);

/** What the centre hands out, where it is honest. */
const handedOut = ({ original = ORIGINAL, prepared = PREPARED } = {}) => ({
  read: async (/** @type {number} */ number) => {
    assert.equal(number, 2);
    return original;
  },
  prepare: async (/** @type {number} */ number) => {
    assert.equal(number, 2);
    return prepared;
  },
});

for (const [at, vector] of VECTORS.entries()) {
  test(`both languages sign the same attributes: ${at}`, async () => {
    const own = await bytesToSign(
      vector.statement,
      fromHex(vector.certificate),
      handedOut(),
      vector.signedAt,
    );

    assert.deepEqual(own.map(hex), vector.messages);
  });
}

test("another document than the one that was shown is not signed", async () => {
  const documents = handedOut({ original: concat(ORIGINAL, utf8("\n")) });

  await assert.rejects(bytesToSign(statement, fromHex(certificate), documents, signedAt), PreparedPdfError);
});

test("a revision behind another document is not signed", async () => {
  const other = Uint8Array.from(PREPARED);
  other[10] ^= 1;
  const documents = handedOut({ prepared: other });

  await assert.rejects(bytesToSign(statement, fromHex(certificate), documents, signedAt), PreparedPdfError);
});

test("a document is known by its hash", async () => {
  const [, document] = statement.contents.documents;

  assert.equal(await isDocument(ORIGINAL, document), true);
  assert.equal(await isDocument(PREPARED, document), false);
});

test("nothing that is signed for one format is what is signed for another", async () => {
  const [first] = statement.contents.documents;
  const messages = new Set();
  for (const format of ["statement", "cms", "pdf"]) {
    const digest = pdf.original && format === "pdf" ? statement.contents.documents[1].digest : first.digest;
    const documents = [{ ...first, format, digest }];
    const contents = { ...statement.contents, documents };
    const only = { read: async () => ORIGINAL, prepare: async () => PREPARED };
    for (const message of await bytesToSign({ ...statement, contents }, fromHex(certificate), only, signedAt))
      messages.add(hex(message));
  }

  assert.equal(messages.size, 3);
});

test("a key signs each of them once", async () => {
  const { privateKey, spki } = await createKeyPair("rsa-2048");
  const signer = { certificate: fromHex(certificate), key: privateKey };

  const signatures = await signRequest(statement, signer, handedOut(), signedAt);

  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  const [vector] = VECTORS;
  assert.equal(signatures.length, 3);
  for (const [at, signature] of signatures.entries())
    assert.ok(await crypto.subtle.verify(algorithm, key, signature, fromHex(vector.messages[at])));
});
