import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsIn } from "../../../frontend/lib/digits.js";

test("digits are found in groups, wide, and among marks that nobody sees", () => {
  for (const typed of ["123456", "123 456", "１２３-４５６", "\u200b123\u00a0456\n"])
    assert.equal(digitsIn(typed), "123456");
  assert.equal(digitsIn("육자리"), "");
});
