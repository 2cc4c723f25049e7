import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, configure, get, post } from "../../../frontend/lib/http.js";

/**
 * @typedef {object} Call
 * @property {string} url
 * @property {RequestInit & {headers: Record<string, string>}} init
 */

/**
 * @param {(url: string) => Response | Promise<Response>} answer
 * @returns {Call[]} what was asked
 */
function serve(answer) {
  /** @type {Call[]} */
  const calls = [];
  const fetch = /** @type {typeof globalThis.fetch} */ (
    async (url, init) => {
      calls.push(/** @type {Call} */ ({ url: String(url), init }));
      return answer(String(url));
    }
  );
  configure({ csrf: "token-1", fetch });
  return calls;
}

/** @param {Promise<unknown>} asking @returns {Promise<ApiError>} */
async function refusal(asking) {
  /** @type {unknown} */
  const failure = await asking.then(() => null, (error) => error);
  assert.ok(failure instanceof ApiError);
  return failure;
}

test("bytes go out as they are, with CSRF token and the caller's type", async () => {
  const calls = serve(() => new Response("ok", { status: 201 }));
  const headers = { "Content-Type": "application/pkcs10" };

  const response = await post("/certificates", Uint8Array.of(1, 2), { headers });

  assert.equal(response.status, 201);
  assert.equal(calls[0].init.headers["X-CSRFToken"], "token-1");
  assert.equal(calls[0].init.headers["Content-Type"], "application/pkcs10");
  assert.deepEqual(calls[0].init.body, Uint8Array.of(1, 2));
  assert.equal(calls[0].init.redirect, "manual");
});

test("anything else goes out as JSON", async () => {
  const calls = serve(() => new Response());

  await post("/x", { place: "browser" });

  assert.equal(calls[0].init.body, '{"place":"browser"}');
  assert.equal(calls[0].init.headers["Content-Type"], "application/json");
});

test("a refusal carries code, sentence, next step and status", async () => {
  const body = { code: "weak_key", sentence: "다시 만들어 주세요.", next: "처음부터 해 주세요." };
  serve(() => Response.json(body, { status: 400 }));

  const { code, sentence, next, status } = await refusal(post("/certificates"));

  assert.deepEqual({ code, sentence, next, status }, { ...body, status: 400 });
});

test("a next step that is no text is left out", async () => {
  serve(() => Response.json({ code: "no", next: 7 }, { status: 409 }));

  assert.equal((await refusal(get("/x"))).next, "");
});

test("no network is a refusal called offline", async () => {
  serve(() => Promise.reject(new TypeError("failed to fetch")));

  assert.equal((await refusal(get("/x"))).code, "offline");
});

test("a server that never answers counts as offline", async () => {
  const fetch = /** @type {typeof globalThis.fetch} */ (
    (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new Error("abort")));
        // AbortSignal.timeout alone does not keep node awake.
        setTimeout(() => {}, 200);
      })
  );
  configure({ fetch, timeout: 5 });

  assert.equal((await refusal(get("/x"))).code, "offline");
  configure({ timeout: 30_000 });
});

test("an error page for people is an unexpected answer", async () => {
  serve(() => new Response("<h1>502</h1>", { status: 502 }));

  const { code, status } = await refusal(get("/x"));

  assert.deepEqual([code, status], ["unexpected_answer", 502]);
});
