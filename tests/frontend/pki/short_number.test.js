import assert from "node:assert/strict";
import { test } from "node:test";
import { shortNumber } from "../../../frontend/pki/short_number.js";
import { vectors } from "../bridge/support/makers.js";

for (const { what, serial, shown } of vectors("short_numbers"))
  test(`the short number: ${what}`, () => {
    assert.equal(shortNumber(serial), shown);
  });
