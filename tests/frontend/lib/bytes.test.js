import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BytesError,
  base64,
  base64url,
  concat,
  copy,
  equal,
  hex,
  fromBase64,
  fromBase64url,
  fromHex,
  fromUtf8,
  utf8,
} from "../../../frontend/lib/bytes.js";

const ALL = Uint8Array.from({ length: 256 }, (_, i) => i);

test("every byte survives each way of writing", () => {
  assert.deepEqual(fromHex(hex(ALL)), ALL);
  assert.deepEqual(fromBase64(base64(ALL)), ALL);
  assert.deepEqual(fromBase64url(base64url(ALL)), ALL);
});

test("base64url has no padding and no character that a link would change", () => {
  assert.equal(base64url(Uint8Array.of(0xfb, 0xff)), "-_8");
});

for (const text of ["A", "AB", "AA==", "A+", "A A", "AAAA\n"]) {
  test(`base64url refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => fromBase64url(text), BytesError);
  });
}

test("base64 refuses bits that mean nothing", () => {
  assert.throws(() => fromBase64("AB=="), BytesError);
});

for (const text of ["0", "0g", "zz", " 00"]) {
  test(`hex refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => fromHex(text), BytesError);
  });
}

test("text is UTF-8 both ways, and what is not UTF-8 is refused", () => {
  assert.equal(fromUtf8(utf8("김하나")), "김하나");
  assert.equal(fromUtf8(utf8("\uFEFFx")), "\uFEFFx");
  assert.throws(() => fromUtf8(Uint8Array.of(0xff)), BytesError);
});

test("equal compares every byte and the length", () => {
  assert.ok(equal(ALL, copy(ALL)));
  assert.ok(!equal(ALL, ALL.subarray(1)));
  for (const at of [0, 128, 255]) {
    const other = copy(ALL);
    other[at] ^= 1;
    assert.ok(!equal(ALL, other));
  }
});

test("concat and copy share no memory with what they were given", () => {
  const source = Uint8Array.of(1, 2);
  const [joined, copied] = [concat(source, source), copy(source.buffer)];
  source[0] = 9;

  assert.deepEqual([...joined], [1, 2, 1, 2]);
  assert.deepEqual([...copied], [1, 2]);
});
