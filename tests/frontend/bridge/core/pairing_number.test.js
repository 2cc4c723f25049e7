import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkNumber, damm, directionFor, groupNumber,
} from "../../../../frontend/bridge/core/pairing_number.js";
import { vectors } from "../support/makers.js";

const { good, refused, slips, typed } = vectors("brg1_numbers");

for (const { number, shown, dir } of good) {
  test(`${number} is a number, and shown in groups of four`, () => {
    assert.equal(checkNumber(number), number);
    assert.equal(checkNumber(shown), number);
    assert.equal(groupNumber(number), shown);
    assert.equal(String(damm(number.slice(0, 11))), number[11]);
    assert.equal(directionFor(number), dir);
  });
}

for (const { number, texts } of typed) {
  test(`${number} is read however a person groups it`, () => {
    for (const text of texts) assert.equal(checkNumber(text), number, text);
  });
}

for (const { number, typed: wrong } of slips) {
  test(`every slip of one digit or two neighbours of ${number} is seen`, () => {
    for (const text of wrong) assert.equal(checkNumber(text), null, text);
  });
}

for (const { what, text } of refused) {
  test(`no number: ${what}`, () => {
    assert.equal(checkNumber(text), null);
  });
}

test("whatever stands between the groups is no part of the number", () => {
  for (const between of [" ", "-", "\u2010", "\u2013", "\u2212", "\u200b"])
    assert.equal(
      checkNumber(`\u202d${["0000", "0000", "0000"].join(between)}\u202c`),
      "0".repeat(12),
    );
});
