import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AWAY_MS,
  EVERY_MS,
  afterAnswer,
  afterRefusal,
  secondsLeft,
} from "../../../frontend/authenticators/call_polling.js";

test("an open call is asked about again, and its line is said", () => {
  const next = afterAnswer({ waits: true, line: "ringing", left: 40 });

  assert.deepEqual(next, { again: true, later: EVERY_MS, line: "ringing", away: false });
});

test("whatever is no open call leads to the page that the server shows now", () => {
  for (const answer of [{ waits: false, line: "" }, { waits: "yes" }, {}, null, "?"]) {
    assert.equal(afterAnswer(answer).again, false);
  }
});

test("a broken line is waited for; a refusal is shown by the server", () => {
  for (const code of ["offline", "busy", "fault", "unexpected_answer"]) {
    const next = afterRefusal(code);

    assert.deepEqual(next, { again: true, later: AWAY_MS, line: null, away: true });
  }
  for (const code of ["sign_in_needed", "application_expired", undefined]) {
    assert.equal(afterRefusal(code).again, false);
  }
});

test("a button waits for whole seconds and never for less than none", () => {
  assert.equal(secondsLeft(20_000, 0), 20);
  assert.equal(secondsLeft(20_000, 19_001), 1);
  assert.equal(secondsLeft(20_000, 20_000), 0);
  assert.equal(secondsLeft(20_000, 99_000), 0);
});
