/** Made once, and asked for again only where it failed. */
import assert from "node:assert/strict";
import { test } from "node:test";
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

test("a part that cannot be loaded says that the centre does not answer", async () => {
  const name = "./not_there.js";
  const loading = loadModule(() => import(name));

  await assert.rejects(loading, { code: "offline" });
  assert.equal(await loadModule(async () => 7), 7);
});
