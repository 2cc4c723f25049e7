/** Made once, and asked for again only where it failed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodedError } from "../../../frontend/lib/errors.js";
import { configure } from "../../../frontend/lib/http.js";
import { loadModule, lazy } from "../../../frontend/lib/lazy.js";

test("it is made once for all who ask", async () => {
  let count = 0;
  const get = lazy(async () => (count += 1));

  assert.deepEqual(await Promise.all([get(), get()]), [1, 1]);
  assert.equal(await get(), 1);
});

test("what failed is tried again by the next who asks", async () => {
  let tries = 0;
  const get = lazy(async () => {
    tries += 1;
    if (tries === 1) throw new Error("no network");
    return tries;
  });

  await assert.rejects(get());
  assert.equal(await get(), 2);
});

for (const [answer, code] of /** @type {const} */ ([
  [() => Promise.reject(new TypeError("no network")), "offline"],
  [async () => new Response("User-agent: *"), "part_not_loaded"],
  [async () => new Response("{}", { status: 503 }), "part_not_loaded"],
]))
  test(`a part that cannot be loaded says ${code}`, async () => {
    configure({ fetch: answer });
    const name = "./not_there.js";

    await assert.rejects(loadModule(() => import(name)), { code });
  });

test("what a part refuses while it is loaded stays as it is", async () => {
  const refused = loadModule(() => Promise.reject(new CodedError("too_many")));

  await assert.rejects(refused, { code: "too_many" });
  assert.equal(await loadModule(async () => 7), 7);
});
