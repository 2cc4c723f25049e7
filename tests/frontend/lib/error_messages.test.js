import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../frontend/lib/http.js";
import { messageForCode, messageOf } from "../../../frontend/lib/error_messages.js";

for (const code of ["constructor", "__proto__", "toString", "what_nobody_knows", ""]) {
  test(`a code from outside that has no sentence gets the general one: ${code}`, () => {
    const { sentence, next } = messageForCode(code);

    assert.match(sentence, /unexpected/);
    assert.notEqual(next, "");
  });
}

test("a refusal by the centre brings its own words", () => {
  const words = { code: "key_weak", sentence: "약해요.", next: "다시 만드세요." };

  assert.deepEqual(messageOf(new ApiError({ ...words, status: 400 })), words);
});

test("an error's message is never shown", () => {
  const { sentence, next } = messageOf(new Error("secret 1234"));

  assert.doesNotMatch(sentence + next, /secret/);
});
