import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpPost } from "../../../../frontend/bridge/transport/http_transport.js";

const HOW = { milliseconds: 5000 };

test("a question is one POST of JSON to the relay's own address", async () => {
  /** @type {any[]} */
  const asked = [];
  const posts = createHttpPost("https://bank.example", async (...all) => {
    asked.push(all);
    return Response.json({ ok: true, expires_in: 120 });
  });

  const reply = await posts("join", { sid: "AAAA" }, { ...HOW, keepalive: true });

  assert.deepEqual(reply, { ok: true, expires_in: 120 });
  const [[url, { method, headers, body, keepalive }]] = asked;
  assert.equal(url, "https://bank.example/bridge/join");
  assert.deepEqual([method, headers["Content-Type"]], ["POST", "application/json"]);
  assert.deepEqual([JSON.parse(body), keepalive], [{ sid: "AAAA" }, true]);
});

test("a refusal of the relay is an answer, with what it says", async () => {
  const refusal = { ok: false, code: "ended", reason: "crowded" };
  const posts = createHttpPost("", async () => Response.json(refusal, { status: 410 }));

  assert.deepEqual(await posts("resume", {}, HOW), refusal);
});

for (const [status, code] of /** @type {[number, string][]} */ ([
  [413, "too_large"], [429, "too_many"], [502, "unavailable"], [503, "unavailable"],
  [504, "unavailable"], [200, "unavailable"],
])) {
  test(`a page with ${status} in the relay's place means ${code}`, async () => {
    const posts = createHttpPost("", async () => new Response("<html>", { status }));

    assert.deepEqual(await posts("frame", {}, HOW), { ok: false, code });
  });
}

test("no network rejects", async () => {
  const posts = createHttpPost("", async () => { throw new TypeError("Failed to fetch"); });

  await assert.rejects(posts("frame", {}, HOW));
});

test("what takes too long, or is no longer wanted, is given up", async () => {
  /** @type {typeof fetch} */
  const never = (_url, init) => new Promise((_, fail) => {
    init?.signal?.addEventListener("abort", () => fail(new Error("aborted")));
  });
  const unwanted = new AbortController();
  const posts = createHttpPost("", never);

  const asked = [
    posts("resume", {}, { milliseconds: 1 }),
    posts("resume", {}, { ...HOW, signal: unwanted.signal }),
  ];
  unwanted.abort();
  const given = await Promise.allSettled(asked);

  assert.deepEqual(given.map(({ status }) => status), ["rejected", "rejected"]);
});
