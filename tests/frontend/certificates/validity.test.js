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
const status = (word) => ({ status: word });

/** @type {[string, any, any, string][]} dates, the centre's word, what is shown */
const CASES = [
  ["in its time", dates, status("good"), "usable"],
  ["in its time", dates, status("suspended"), "suspended"],
  ["in its time", dates, status("revoked"), "revoked"],
  ["in its time", dates, status("expired"), "expired"],
  ["in its time", dates, status("unknown"), "unknown"],
  ["in its time", dates, status("on fire"), "unchecked"],
  ["in its time", dates, {}, "unchecked"],
  ["in its time", dates, null, "unchecked"],
  ["in its time", dates, undefined, "checking"],
  ["ended", ended, status("good"), "expired"],
  ["ended", ended, status("suspended"), "expired"],
  ["ended", ended, status("unknown"), "expired"],
  ["ended", ended, status("revoked"), "revoked"],
  ["ended", ended, null, "unchecked"],
  ["not begun", later, status("good"), "not_yet"],
  ["not begun", later, status("revoked"), "revoked"],
  ["not begun", later, status("unknown"), "not_yet"],
];

for (const [when, its, word, state] of CASES) {
  test(`${when} and ${JSON.stringify(word)}: ${state}`, () => {
    assert.equal(judge(its, word, NOW, NOW).state, state);
  });
}

test("only the centre's good makes it usable", () => {
  const words = [null, undefined, ...["suspended", "revoked", "expired", "unknown", "GOOD", ""].map(status)];

  for (const word of words) {
    for (const its of [dates, ended, later])
      assert.notEqual(judge(its, word, NOW, NOW).state, "usable");
  }
});

test("the centre's time decides, whatever the device says", () => {
  for (const device of [0, NOW - 4000 * DAY, NOW + 4000 * DAY]) {
    assert.equal(judge(dates, status("good"), NOW, device).state, "usable");
    assert.equal(judge(ended, status("good"), NOW, device).state, "expired");
    assert.equal(judge(later, status("good"), NOW, device).state, "not_yet");
    assert.equal(judge(dates, status("good"), NOW, device).now, NOW);
  }
});

test("a date in the past by the device's clock alone is no expiry", () => {
  const validity = judge(dates, null, null, NOW + 4000 * DAY);

  assert.equal(validity.state, "unchecked");
  assert.equal(validity.isPast, true);
});

test("the last second counts, the next does not", () => {
  const last = dates.notAfter.getTime();

  assert.equal(judge(dates, status("good"), last, 0).state, "usable");
  assert.equal(judge(dates, status("good"), last + 1000, 0).state, "expired");
});

test("one that was just issued by another machine's clock counts", () => {
  const early = { ...dates, notBefore: new Date(NOW + 1000) };

  assert.equal(judge(early, status("good"), NOW, NOW).state, "usable");
});

test("an offer, which does not say since when, is judged by its end", () => {
  assert.equal(judge({ notAfter: dates.notAfter }, status("good"), NOW, NOW).state, "usable");
});

test("why and when it was revoked comes along", () => {
  const word = { ...status("revoked"), reason: "superseded", at: "2026-11-28T00:00:00Z" };

  const validity = judge(dates, word, NOW, NOW);

  assert.equal(validity.reason, "superseded");
  assert.deepEqual(validity.at, new Date("2026-11-28T00:00:00Z"));
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
