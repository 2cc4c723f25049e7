import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError, openStore } from "../../../frontend/certificates/store.js";
import { fingerprint } from "../../../frontend/pki/certificate.js";

/** @typedef {import("../../../frontend/certificates/store.js").Holding} Holding */
/** @typedef {import("../../../frontend/certificates/store.js").Pending} Pending */

let stores = 0;
const freshStore = () => openStore(`store-${(stores += 1)}`);

/** @param {Partial<Holding>} [changes] @returns {Promise<Holding>} */
async function holding(changes = {}) {
  const certificate = changes.certificate ?? Uint8Array.of(1, 2, 3);
  return {
    id: await fingerprint(certificate),
    certificate,
    encryptedKey: Uint8Array.of(4, 5),
    chain: [Uint8Array.of(6), Uint8Array.of(7)],
    keptAt: 1000,
    cameFrom: "made-here",
    serverId: "c1",
    ...changes,
  };
}

/** @param {Partial<Pending>} [changes] @returns {Pending} */
const pending = (changes = {}) => ({
  applicationId: "a1",
  idempotencyKey: "k1",
  request: Uint8Array.of(1),
  encryptedKey: Uint8Array.of(2),
  keyKind: "p-256",
  madeAt: 5,
  ...changes,
});

test("what was kept is there when the store is opened again", async () => {
  const first = await openStore("again");
  await first.keep(await holding());
  await first.addPending(pending());
  first.close();

  const again = await openStore("again");

  assert.deepEqual(await again.all(), [await holding()]);
  assert.deepEqual(await again.allPending(), [pending()]);
});

test("the latest certificate comes first", async () => {
  const store = await freshStore();
  const old = await holding({ keptAt: 1 });
  const late = await holding({ certificate: Uint8Array.of(9), keptAt: 2 });
  await store.keep(old);
  await store.keep(late);

  assert.deepEqual(await store.all(), [late, old]);
  assert.deepEqual(await store.get(old.id), old);
});

test("keeping the same twice leaves one", async () => {
  const store = await freshStore();
  await store.keep(await holding());
  await store.keep(await holding({ keptAt: 2000 }));

  assert.equal((await store.all()).length, 1);
});

test("another key file never pushes out the one that is here", async () => {
  const store = await freshStore();
  await store.keep(await holding());
  const garbage = await holding({ encryptedKey: Uint8Array.of(0) });

  await assert.rejects(store.keep(garbage), { code: "other_key_here" });

  assert.deepEqual(await store.all(), [await holding()]);
});

test("the key file is replaced when that is asked for", async () => {
  const store = await freshStore();
  await store.keep(await holding());
  const changed = await holding({ encryptedKey: Uint8Array.of(8) });
  await store.keep(changed, { replace: true });

  assert.deepEqual(await store.all(), [changed]);
});

test("an id that is not the certificate's hash is refused", async () => {
  const store = await freshStore();
  const wrong = { ...(await holding()), id: "0".repeat(64) };

  await assert.rejects(store.keep(wrong), { code: "wrong_id" });
  assert.deepEqual(await store.all(), []);
});

test("a store that gives back other bytes is told on", async (t) => {
  const store = await freshStore();
  const damaged = await holding({ chain: [Uint8Array.of(6)] });
  t.mock.method(store, "get", async () => damaged);

  await assert.rejects(store.keep(await holding()), { code: "not_kept" });
});

test("a waiting key is never overwritten, not even in a race", async () => {
  const store = await freshStore();
  const wishes = ["k1", "k2"].map((idempotencyKey) => pending({ idempotencyKey }));

  const found = await Promise.all(wishes.map((wish) => store.addPending(wish)));

  assert.deepEqual(found, [pending(), pending()]);
  assert.deepEqual(await store.pendingFor("a1"), pending());
});

test("what is removed is gone, and nothing else", async () => {
  const store = await freshStore();
  await store.keep(await holding());
  await store.keep(await holding({ certificate: Uint8Array.of(9) }));
  await store.addPending(pending());
  await store.addPending(pending({ applicationId: "a2" }));

  await store.remove((await holding()).id);
  await store.dropPending("a1");

  assert.equal((await store.all()).length, 1);
  assert.equal(await store.pendingFor("a1"), undefined);
  assert.equal((await store.pendingFor("a2"))?.applicationId, "a2");
});

test("a browser without storage says so by name", async () => {
  const store = await freshStore();
  store.close();

  await assert.rejects(store.all(), (/** @type {unknown} */ error) => {
    return error instanceof StoreError && error.code === "storage_unavailable";
  });
});

test("every write waits for the disk", async (t) => {
  const store = await freshStore();
  const asked = t.mock.method(IDBDatabase.prototype, "transaction");
  await store.keep(await holding());
  await store.addPending(pending());
  await store.dropPending("a1");
  await store.remove((await holding()).id);

  const writes = asked.mock.calls.filter((call) => call.arguments[1] === "readwrite");
  assert.equal(writes.length, 4);
  for (const write of writes) {
    assert.equal(write.arguments[2]?.durability, "strict");
  }
});

test("a key-management pair is kept beside the signing pair", async () => {
  const store = await freshStore();
  const pair = {
    kmCertificate: Uint8Array.of(10, 11),
    encryptedKmKey: Uint8Array.of(12),
  };
  const whole = await holding(pair);

  await store.keep(whole);

  assert.deepEqual(await store.get(whole.id), whole);
});
