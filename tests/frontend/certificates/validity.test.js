import assert from "node:assert/strict";
import { test } from "node:test";
import { isClockWrong, isOver, judge } from "../../../frontend/certificates/validity.js";

/** @typedef {import("../../../frontend/certificates/validity.js").CertificateStatus} Status */

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 29, 12);
const dates = { notBefore: new Date(NOW - 5 * DAY), notAfter: new Date(NOW + 360 * DAY) };
const ended = { notBefore: new Date(NOW - 400 * DAY), notAfter: new Date(NOW - DAY) };
const later = { notBefore: new Date(NOW + 2 * DAY), notAfter: new Date(NOW + 9 * DAY) };

/** @param {any} word @returns {Status} */
const said = (word) => ({ status: word });

/** @type {[string, any, any, string][]} dates, the centre's word, what is shown */
const CASES = [
  ["in its time", dates, said("good"), "usable"],
  ["in its time", dates, said("suspended"), "suspended"],
  ["in its time", dates, said("revoked"), "revoked"],
  ["in its time", dates, said("expired"), "expired"],
  ["in its time", dates, said("unknown"), "unknown"],
  ["in its time", dates, said("on fire"), "unchecked"],
  ["in its time", dates, {}, "unchecked"],
  ["in its time", dates, null, "unchecked"],
  ["in its time", dates, undefined, "checking"],
  ["ended", ended, said("good"), "expired"],
  ["ended", ended, said("suspended"), "expired"],
  ["ended", ended, said("unknown"), "expired"],
  ["ended", ended, said("revoked"), "revoked"],
  ["ended", ended, null, "unchecked"],
  ["not begun", later, said("good"), "not_yet"],
  ["not begun", later, said("revoked"), "revoked"],
  ["not begun", later, said("unknown"), "not_yet"],
];

for (const [when, its, word, state] of CASES) {
  test(`${when} and ${JSON.stringify(word)}: ${state}`, () => {
    assert.equal(judge(its, word, NOW, NOW).state, state);
  });
}

test("only the centre's good makes it usable", () => {
  const words = [null, undefined, ...["suspended", "revoked", "expired", "unknown", "GOOD", ""].map(said)];

  for (const word of words) {
    for (const its of [dates, ended, later])
      assert.notEqual(judge(its, word, NOW, NOW).state, "usable");
  }
});

test("the centre's time decides, whatever the device says", () => {
  for (const device of [0, NOW - 4000 * DAY, NOW + 4000 * DAY]) {
    assert.equal(judge(dates, said("good"), NOW, device).state, "usable");
    assert.equal(judge(ended, said("good"), NOW, device).state, "expired");
    assert.equal(judge(later, said("good"), NOW, device).state, "not_yet");
    assert.equal(judge(dates, said("good"), NOW, device).now, NOW);
  }
});

test("a date in the past by the device's clock alone is no expiry", () => {
  const found = judge(dates, null, null, NOW + 4000 * DAY);

  assert.equal(found.state, "unchecked");
  assert.equal(found.isPast, true);
});

test("the last second counts, the next does not", () => {
  const last = dates.notAfter.getTime();

  assert.equal(judge(dates, said("good"), last, 0).state, "usable");
  assert.equal(judge(dates, said("good"), last + 1000, 0).state, "expired");
});

test("one that was just issued by another machine's clock counts", () => {
  const fresh = { ...dates, notBefore: new Date(NOW + 1000) };

  assert.equal(judge(fresh, said("good"), NOW, NOW).state, "usable");
});

test("an offer, which does not say since when, is judged by its end", () => {
  assert.equal(judge({ notAfter: dates.notAfter }, said("good"), NOW, NOW).state, "usable");
});

test("why and when it was revoked comes along", () => {
  const word = { ...said("revoked"), reason: "superseded", at: "2026-11-28T00:00:00Z" };

  const found = judge(dates, word, NOW, NOW);

  assert.equal(found.reason, "superseded");
  assert.deepEqual(found.at, new Date("2026-11-28T00:00:00Z"));
});

test("a clock is wrong from over a day on, in both directions", () => {
  assert.equal(isClockWrong(NOW, NOW - DAY), false);
  assert.equal(isClockWrong(NOW, NOW + DAY), false);
  assert.equal(isClockWrong(NOW, NOW - DAY - 1), true);
  assert.equal(isClockWrong(NOW, NOW + DAY + 1), true);
  assert.equal(isClockWrong(null, 0), false);
});

test("what is over is what nobody accepts ever again", () => {
  /** @type {any[]} */
  const states = ["checking", "usable", "suspended", "revoked", "expired", "not_yet", "unknown", "unchecked"];

  assert.deepEqual(states.filter(isOver), ["revoked", "expired"]);
});
