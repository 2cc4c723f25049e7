import assert from "node:assert/strict";
import { test } from "node:test";
import { localNameLength, normalizeLocalName } from "../../../frontend/certificates/local_name.js";

const NAMES = {
  "": "",
  "   ": "",
  " 세금  신고용\n": "세금 신고용",
  "\u1109\u1166\u1100\u1173\u11B7": "세금",
  "bank\u202Egnol": "bankgnol",
  "\u200B\u3164": "",
  "<b>x</b>": "<b>x</b>",
  ["가".repeat(40)]: "가".repeat(30),
  ["😀".repeat(31)]: "😀".repeat(30),
};
for (const [typed, name] of Object.entries(NAMES)) {
  test(`${JSON.stringify(typed.slice(0, 16))} is kept as ${JSON.stringify(name.slice(0, 16))}`, () => {
    assert.equal(normalizeLocalName(typed), name);
  });
}

test("a name over the limit is counted whole, by what is seen of it", () => {
  assert.equal(localNameLength("가".repeat(31)), 31);
  assert.equal(localNameLength(` ${"😀".repeat(30)} \u200B`), 30);
});
