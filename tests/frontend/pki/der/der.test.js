import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, fromHex } from "../../../../frontend/lib/bytes.js";
import {
  bmpString,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
} from "../../../../frontend/pki/der/der_writer.js";
import { checkLimits, read } from "../../../../frontend/pki/der/der_reader.js";
import { DerError } from "../../../../frontend/pki/der/errors.js";
import { POLICY } from "../makers.js";

for (const [value, written] of /** @type {[number, string][]} */ ([
  [0, "020100"],
  [127, "02017f"],
  [128, "02020080"],
  [600_000, "0203" + "0927c0"],
])) {
  test(`the integer ${value} is ${written}`, () => {
    assert.equal(hex(integer(value)), written);
    assert.equal(read(fromHex(written)).number(), value);
  });
}

test("an integer given as bytes loses leading zeros and gains a sign byte", () => {
  assert.equal(hex(integer(fromHex("000080"))), "02020080");
});

for (const [length, head] of /** @type {[number, string][]} */ ([
  [127, "047f"],
  [128, "048180"],
  [255, "0481ff"],
  [256, "04820100"],
])) {
  test(`${length} bytes are announced by ${head}`, () => {
    const der = octetString(new Uint8Array(length));

    assert.equal(hex(der).slice(0, head.length), head);
    assert.equal(read(der).octets().length, length);
  });
}

for (const dotted of ["1.2.840.113549.1.1.11", "2.5.4.3", "2.999.1", "0.9.1", POLICY]) {
  test(`the identifier ${dotted} is read as it was written`, () => {
    assert.equal(read(oid(dotted)).oid(), dotted);
  });
}

test("id-kisa-randomNum is written as in real keys", () => {
  assert.equal(hex(oid("1.2.410.200004.10.1.1.3")), "060a2a831a8c9a440a010103");
});

test("a set stands in the order of its bytes", () => {
  assert.equal(hex(setOf(integer(3), integer(1))), "3106020101020103");
});

test("PKCS#12 text is UTF-16", () => {
  assert.equal(read(bmpString("김 a")).text(), "김 a");
});

for (const [fault, der] of /** @type {[string, string][]} */ ([
  ["nothing", ""],
  ["a tag alone", "30"],
  ["an indefinite length", "30800000"],
  ["a length longer than needed", "04810100"],
  ["a length with a leading zero", "0482007f" + "00".repeat(127)],
  ["a length of four octets", "048401000000"],
  ["a length cut off", "0482"],
  ["contents cut off", "040200"],
  ["something after the end", "0500" + "00"],
  ["a high tag number", "1f8100"],
])) {
  test(`the reader refuses ${fault}`, () => {
    assert.throws(() => read(fromHex(der)), DerError);
  });
}

for (const [fault, der] of /** @type {[string, string][]} */ ([
  ["empty", "0600"],
  ["unfinished", "06022a83"],
  ["padded", "06038001" + "01"],
  ["endless", "0641" + "81".repeat(64) + "01"],
])) {
  test(`an identifier that is ${fault} is refused`, () => {
    assert.throws(() => read(fromHex(der)).oid(), DerError);
  });
}

for (const der of ["0200", "02020001", "0202ff80", "0201ff", "02050100000000"]) {
  test(`the number ${der} is refused`, () => {
    assert.throws(() => read(fromHex(der)).number(), DerError);
  });
}

test("what is too deep, too large, or broken at a leaf is refused", () => {
  let deep = integer(1);
  for (let i = 0; i < 16; i += 1) deep = sequence(deep);
  const brokenLeaf = sequence(sequence(fromHex("0481")));

  assert.throws(() => checkLimits(deep), DerError);
  assert.throws(() => checkLimits(octetString(new Uint8Array(70_000))), DerError);
  assert.throws(() => checkLimits(brokenLeaf), DerError);
  assert.doesNotThrow(() => checkLimits(sequence(sequence(integer(1)))));
});

test("a bit string with unused bits or without its first byte is refused", () => {
  assert.throws(() => read(fromHex("03020780")).bits(), DerError);
  assert.throws(() => read(fromHex("0300")).bits(), DerError);
});
