import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex, hex } from "../../../frontend/lib/bytes.js";
import { DerError } from "../../../frontend/pki/der/errors.js";
import {
  NoTimestampError,
  createTimestampRequest,
  readTimestampReply,
} from "../../../frontend/pki/timestamp.js";

const url = new URL("../../vectors/timestamp.json", import.meta.url);
/** @type {Record<string, string>} */
const VECTOR = JSON.parse(readFileSync(url, "utf8"));
const [digest, nonce] = [fromHex(VECTOR.digest), fromHex(VECTOR.nonce)];
const reply = fromHex(VECTOR.reply);

test("the request is byte for byte what the Python side reads", () => {
  assert.equal(hex(createTimestampRequest(digest, nonce)), VECTOR.request);
});

test("the token of an answer to this request is returned", () => {
  assert.equal(hex(readTimestampReply(reply, { digest, nonce })), VECTOR.token);
});

test("a stamp over another digest, or for another request, is refused", () => {
  const other = { digest: digest.map((byte) => byte ^ 1), nonce };
  const earlier = { digest, nonce: nonce.map((byte) => byte ^ 1) };

  for (const request of [other, earlier])
    assert.throws(() => readTimestampReply(reply, request), DerError);
});

test("a rejection is no stamp", () => {
  const rejection = fromHex(VECTOR.rejection);

  assert.throws(() => readTimestampReply(rejection, { digest, nonce }), NoTimestampError);
});

test("what is cut off is no answer", () => {
  for (let end = 0; end < reply.length; end += 7)
    assert.throws(() => readTimestampReply(reply.subarray(0, end), { digest, nonce }));
});
