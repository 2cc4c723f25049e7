import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hex } from "../../../frontend/lib/bytes.js";
import { messagesOf } from "../../../frontend/relying/request_statement.js";

const VECTORS = JSON.parse(
  await readFile(new URL("../../vectors/request_statement.json", import.meta.url), "utf8"),
);

for (const [i, { statement, messages }] of VECTORS.entries()) {
  test(`both languages sign the same bytes: ${i}`, async () => {
    assert.deepEqual((await messagesOf(statement)).map(hex), messages);
  });
}

test("a purpose that the page does not know is not signed", async () => {
  const [{ statement }] = VECTORS;
  const contents = { ...statement.contents, purpose: "transfer" };

  await assert.rejects(messagesOf({ ...statement, contents }), TypeError);
});

test("a purpose without what it asks for is not signed", async () => {
  const [{ statement }] = VECTORS;
  const contents = { purpose: "consent", binding: "" };

  await assert.rejects(messagesOf({ ...statement, contents }), TypeError);
});
