import assert from "node:assert/strict";
import { test } from "node:test";

/** @type {Map<string, () => void>} */
const heard = new Map();
globalThis.addEventListener = /** @type {any} */ (
  (/** @type {string} */ name, /** @type {() => void} */ action) =>
    heard.set(name, action)
);
const { forgetEntry: forgetTyped, rememberEntry: noteTyped, entryTimeLeft: typedFor } =
  await import("../../../../frontend/certificates/views/password_entry.js");

/** @param {{date: number, steady: number}} clocks in milliseconds */
function at({ date, steady }) {
  Date.now = () => date;
  performance.now = () => steady;
}

test("what was chosen is known for two minutes, for that certificate", () => {
  at({ date: 1_000_000, steady: 500 });
  noteTyped("one");
  assert.equal(typedFor("one"), 120_000);
  assert.equal(typedFor("another"), 0);

  at({ date: 1_119_999, steady: 120_499 });
  assert.equal(typedFor("one"), 1);
  at({ date: 1_120_000, steady: 120_500 });
  assert.equal(typedFor("one"), 0);

  at({ date: 1_000_001, steady: 501 });
  assert.equal(typedFor("one"), 0); // it does not come back
});

for (const [name, clocks] of Object.entries({
  "the clock was set back": { date: 900_000, steady: 1_000 },
  "the device slept": { date: 1_500_000, steady: 1_000 },
  "the clock was set back as far as it ran": { date: 1_000_000, steady: 200_000 },
}))
  test(`it is not known where ${name}`, () => {
    at({ date: 1_000_000, steady: 500 });
    noteTyped("one");
    at(clocks);

    assert.equal(typedFor("one"), 0);
  });

test("it is not known any more when the page is left, or when it is forgotten", () => {
  at({ date: 1_000_000, steady: 500 });
  noteTyped("one");
  heard.get("pagehide")?.();
  assert.equal(typedFor("one"), 0);

  noteTyped("one");
  forgetTyped();
  assert.equal(typedFor("one"), 0);
});
