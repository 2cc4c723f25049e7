import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, copy, hex, utf8 } from "../../../frontend/lib/bytes.js";
import {
  PreparedPdfError,
  digestAround,
  fillHole,
  findHole,
} from "../../../frontend/relying/prepared_pdf.js";

const ORIGINAL = utf8("%PDF-1.7\nContract\n%%EOF\n");

/**
 * A document with a revision behind it, as the centre makes it ready.
 * @param {{room?: number, range?: (start: number, end: number, all: number) => number[], more?: string, hole?: string}} [options]
 */
function prepare({ room = 40, range, more = "", hole } = {}) {
  const empty = hole ?? `<${"0".repeat(room)}>`;
  const tail = utf8("\nendobj\nstartxref\n9\n%%EOF\n");
  /** @param {number[]} numbers */
  const head = (numbers) =>
    utf8(`7 0 obj\n<</ByteRange [${numbers.join(" ").padEnd(40)}]${more}/Contents `);
  const start = ORIGINAL.length + head([0, 0, 0, 0]).length;
  const end = start + empty.length;
  const all = end + tail.length;
  const numbers = range ? range(start, end, all) : [0, start, end, all - end];
  return { pdf: concat(ORIGINAL, head(numbers), utf8(empty), tail), start, end };
}

test("the hole of a prepared document is found", () => {
  const { pdf, start, end } = prepare();

  assert.deepEqual(findHole(ORIGINAL, pdf), { start, end });
});

test("every octet but the hole is signed", async () => {
  const { pdf, start, end } = prepare();

  const digest = await digestAround(pdf, { start, end });

  const signed = concat(pdf.subarray(0, start), pdf.subarray(end));
  assert.equal(hex(digest), hex(new Uint8Array(await crypto.subtle.digest("SHA-256", signed))));
});

test("a signature fills the hole and changes nothing else", () => {
  const { pdf, start, end } = prepare();

  const signed = fillHole(pdf, { start, end }, utf8("signature"));

  const filled = new TextDecoder().decode(signed.subarray(start, end));
  assert.equal(filled, `<${hex(utf8("signature")).padEnd(40, "0")}>`);
  assert.deepEqual(signed.subarray(0, start), pdf.subarray(0, start));
  assert.deepEqual(signed.subarray(end), pdf.subarray(end));
});

test("a signature for which there is no room is not put in", () => {
  const { pdf, start, end } = prepare({ room: 10 });

  assert.equal(fillHole(pdf, { start, end }, new Uint8Array(5)).length, pdf.length);
  assert.throws(() => fillHole(pdf, { start, end }, new Uint8Array(6)), PreparedPdfError);
});

test("a document of another person is not signed, however like it is", () => {
  const { pdf } = prepare();

  for (let place = 0; place < ORIGINAL.length; place++) {
    const other = copy(pdf);
    other[place] ^= 1;
    assert.throws(() => findHole(ORIGINAL, other), PreparedPdfError);
  }
});

/** @type {Record<string, Parameters<typeof prepare>[0]>} */
const ODD = {
  "the range begins behind the first octet": { range: (start, end, all) => [1, start, end, all - end] },
  "the range ends before the last octet": { range: (start, end, all) => [0, start, end, all - end - 1] },
  "the range goes beyond the end": { range: (start, end, all) => [0, start, end, all - end + 1] },
  "the hole begins in the document": { range: (_start, end, all) => [0, 9, end, all - end] },
  "the hole is the rest of the file": { range: (start, _end, all) => [0, start, all, 0] },
  "the hole is nothing": { range: (start, _end, all) => [0, start, start, all - start] },
  "the hole is larger than its brackets": { range: (start, end, all) => [0, start, end + 1, all - end - 1] },
  "something stands in the hole already": { hole: `<${"0".repeat(20)}1${"0".repeat(19)}>` },
  "the hole has no brackets": { hole: `[${"0".repeat(40)}]` },
  "there is a second range": { more: "/ByteRange [0 1 2 3]" },
};
for (const [name, options] of Object.entries(ODD))
  test(`nothing is signed where ${name}`, () => {
    assert.throws(() => findHole(ORIGINAL, prepare(options).pdf), PreparedPdfError);
  });

test("nothing is signed where nothing was added, or no range stands in it", () => {
  const without = concat(ORIGINAL, utf8("7 0 obj\n<<>>\nendobj\n"));

  for (const pdf of [ORIGINAL, ORIGINAL.subarray(0, 9), without])
    assert.throws(() => findHole(ORIGINAL, pdf), PreparedPdfError);
});

test("a range in the document itself is none of the revision's", () => {
  const original = concat(ORIGINAL, utf8("/ByteRange [0 1 2 3]\n"));

  assert.throws(() => findHole(original, original), PreparedPdfError);
});
