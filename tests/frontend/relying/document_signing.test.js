import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, copy, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { signFile, signPdf } from "../../../frontend/relying/document_signing.js";
import { PreparedPdfError } from "../../../frontend/relying/prepared_pdf.js";
import { makeCertificate } from "../pki/makers.js";

const TEXT = utf8("Contract");
const PDF = utf8("%PDF-1.7\nContract\n%%EOF\n");
const NOWHERE = Object.freeze({ page: -1, corner: "" });

async function signer() {
  const pair = await createKeyPair("p-256");
  const certificate = await makeCertificate({ spki: pair.spki, signer: pair.privateKey });
  return { certificate, chain: [], key: pair.privateKey };
}

/** A document as the centre makes it ready. @param {Uint8Array} pdf */
function prepared(pdf) {
  const hole = utf8(`<${"0".repeat(4096)}>`);
  const tail = utf8(">>\n%%EOF\n");
  /** @param {number[]} numbers */
  const head = (numbers) => utf8(`7 0 obj\n<</ByteRange [${numbers.join(" ").padEnd(40)}]/Contents `);
  const start = pdf.length + head([]).length;
  const end = start + hole.length;
  return concat(pdf, head([0, start, end, tail.length]), hole, tail);
}

/**
 * A centre that answers by path, and what it was sent.
 * @param {Record<string, (body: Uint8Array) => Uint8Array | Response>} answers
 */
function centre(answers) {
  /** @type {{path: string, body: Uint8Array}[]} */
  const sent = [];
  /** @param {string} path @param {Uint8Array} body */
  const post = async (path, body) => {
    sent.push({ path, body });
    const answer = answers[path];
    if (!answer) throw new TypeError("offline");
    const reply = answer(body);
    return reply instanceof Response ? reply : new Response(copy(reply));
  };
  return { post: /** @type {any} */ (post), sent };
}

const dependencies = { randomBytes: (/** @type {number} */ size) => new Uint8Array(size), now: () => 0 };

test("of a file nothing leaves the page but a hash of its signature", async () => {
  const { post, sent } = centre({});

  const signed = await signFile(TEXT, await signer(), { post, ...dependencies });

  assert.deepEqual([...new Set(sent.map(({ path }) => path))], ["/tsa"]);
  assert.ok(!hex(sent[0].body).includes(hex(TEXT)));
  assert.ok(!hex(signed.bytes).includes(hex(TEXT)));
});

test("without a time stamp the signature is kept, and why there is none", async () => {
  const { post } = centre({});

  const signed = await signFile(TEXT, await signer(), { post, ...dependencies });

  assert.equal(signed.level, "B-B");
  assert.ok(signed.problem instanceof TypeError);
  assert.equal(read(signed.bytes).children().length, 2);
});

test("an answer that is no time stamp leaves the signature without one", async () => {
  const { post } = centre({ "/tsa": () => utf8("<html>") });

  const signed = await signFile(TEXT, await signer(), { post, ...dependencies });

  assert.equal(signed.level, "B-B");
  assert.ok(signed.problem);
});

test("a PDF goes there twice, and comes back with what makes it last", async () => {
  const { post, sent } = centre({
    "/sign/pdf/prepare": (body) => prepared(body.subarray(body.indexOf(10) + 1)),
    "/sign/pdf/complete": (body) =>
      new Response(copy(body), { headers: { "Signature-Level": "B-LT" } }),
  });
  const person = await signer();

  const signed = await signPdf(PDF, person, { page: 2, corner: "field" }, { post });

  const [order] = new TextDecoder().decode(sent[0].body).split("\n");
  assert.deepEqual(JSON.parse(order), {
    certificate: hex(person.certificate),
    page: 2,
    corner: "field",
  });
  assert.deepEqual([signed.level, signed.problem], ["B-LT", null]);
  assert.deepEqual(signed.bytes.subarray(0, PDF.length), PDF);
});

test("a PDF that was signed and not stamped is kept as it is", async () => {
  const { post } = centre({
    "/sign/pdf/prepare": (body) => prepared(body.subarray(body.indexOf(10) + 1)),
  });

  const signed = await signPdf(PDF, await signer(), NOWHERE, { post });

  assert.equal(signed.level, "B-B");
  assert.ok(signed.problem instanceof TypeError);
  assert.notDeepEqual(signed.bytes, prepared(PDF));
});

test("another document that comes back is not signed, and nothing is sent after it", async () => {
  const other = prepared(utf8("%PDF-1.7\nC0ntract\n%%EOF\n"));
  const { post, sent } = centre({ "/sign/pdf/prepare": () => other });

  await assert.rejects(signPdf(PDF, await signer(), NOWHERE, { post }), PreparedPdfError);

  assert.equal(sent.length, 1);
});
