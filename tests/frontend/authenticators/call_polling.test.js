import assert from "node:assert/strict";
import { test } from "node:test";
import {
  RETRY_INTERVAL_MS,
  POLL_INTERVAL_MS,
  afterResponse,
  afterError,
  secondsLeft,
} from "../../../frontend/authenticators/call_polling.js";

test("an open call is asked about again, and its line is said", () => {
  const next = afterResponse({ waits: true, line: "ringing", left: 40 });

  assert.deepEqual(next, { again: true, later: POLL_INTERVAL_MS, line: "ringing", away: false });
});

test("whatever is no open call leads to the page that the server shows now", () => {
  for (const answer of [{ waits: false, line: "" }, { waits: "yes" }, {}, null, "?"]) {
    assert.equal(afterResponse(answer).again, false);
  }
});

test("a broken line is waited for; a refusal is shown by the server", () => {
  for (const code of ["offline", "busy", "fault", "unexpected_answer"]) {
    const next = afterError(code);

    assert.deepEqual(next, { again: true, later: RETRY_INTERVAL_MS, line: null, away: true });
  }
  for (const code of ["sign_in_needed", "application_expired", undefined]) {
    assert.equal(afterError(code).again, false);
  }
});

test("a button waits for whole seconds and never for less than none", () => {
  assert.equal(secondsLeft(20_000, 0), 20);
  assert.equal(secondsLeft(20_000, 19_001), 1);
  assert.equal(secondsLeft(20_000, 20_000), 0);
  assert.equal(secondsLeft(20_000, 99_000), 0);
});
