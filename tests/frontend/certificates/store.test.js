import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError, isLocked, tryReadStore, openStore } from "../../../frontend/certificates/store.js";
import { fingerprint } from "../../../frontend/pki/certificate.js";

/** @typedef {import("../../../frontend/certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../../frontend/certificates/store.js").Pending} Pending */

let stores = 0;
const freshStore = () => openStore(`store-${(stores += 1)}`);

/** @param {Partial<StoredCertificate>} [changes] @returns {Promise<StoredCertificate>} */
async function createStored(changes = {}) {
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
  await first.put(await createStored());
  await first.addPending(pending());
  first.close();

  const again = await openStore("again");

  assert.deepEqual(await again.all(), [await createStored()]);
  assert.deepEqual(await again.allPending(), [pending()]);
});

test("the latest certificate comes first", async () => {
  const store = await freshStore();
  const old = await createStored({ keptAt: 1 });
  const late = await createStored({ certificate: Uint8Array.of(9), keptAt: 2 });
  await store.put(old);
  await store.put(late);

  assert.deepEqual(await store.all(), [late, old]);
  assert.deepEqual(await store.get(old.id), old);
});

test("keeping the same twice leaves one", async () => {
  const store = await freshStore();
  await store.put(await createStored());
  await store.put(await createStored({ keptAt: 2000 }));

  assert.equal((await store.all()).length, 1);
});

test("another key file never pushes out the one that is here", async () => {
  const store = await freshStore();
  await store.put(await createStored());
  const garbage = await createStored({ encryptedKey: Uint8Array.of(0) });

  await assert.rejects(store.put(garbage), { code: "other_key_here" });

  assert.deepEqual(await store.all(), [await createStored()]);
});

test("the key file is replaced when that is asked for", async () => {
  const store = await freshStore();
  await store.put(await createStored());
  const changed = await createStored({ encryptedKey: Uint8Array.of(8) });
  await store.put(changed, { replace: true });

  assert.deepEqual(await store.all(), [changed]);
});

test("an id that is not the certificate's hash is refused", async () => {
  const store = await freshStore();
  const wrong = { ...(await createStored()), id: "0".repeat(64) };

  await assert.rejects(store.put(wrong), { code: "wrong_id" });
  assert.deepEqual(await store.all(), []);
});

test("a store that gives back other bytes is told on", async (t) => {
  const store = await freshStore();
  const damaged = await createStored({ chain: [Uint8Array.of(6)] });
  t.mock.method(store, "get", async () => damaged);

  await assert.rejects(store.put(await createStored()), { code: "not_kept" });
});

test("a waiting key is never overwritten, not even in a race", async () => {
  const store = await freshStore();
  const wishes = ["k1", "k2"].map((idempotencyKey) => pending({ idempotencyKey }));

  const stored = await Promise.all(wishes.map((wish) => store.addPending(wish)));

  assert.deepEqual(stored, [pending(), pending()]);
  assert.deepEqual(await store.pendingFor("a1"), pending());
});

test("what is removed is gone, and nothing else", async () => {
  const store = await freshStore();
  await store.put(await createStored());
  await store.put(await createStored({ certificate: Uint8Array.of(9) }));
  await store.addPending(pending());
  await store.addPending(pending({ applicationId: "a2" }));

  await store.remove((await createStored()).id);
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
  const transactions = t.mock.method(IDBDatabase.prototype, "transaction");
  await store.put(await createStored());
  await store.addPending(pending());
  await store.dropPending("a1");
  await store.remove((await createStored()).id);

  const writes = transactions.mock.calls.filter((call) => call.arguments[1] === "readwrite");
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
  const whole = await createStored(pair);

  await store.put(whole);

  assert.deepEqual(await store.get(whole.id), whole);
});

test("a store that the browser closed is opened anew, once for each call", async (t) => {
  const store = await freshStore();
  await store.put(await createStored());
  await store.addPending(pending());
  const closed = () =>
    t.mock.method(IDBDatabase.prototype, "transaction", function () {
      t.mock.restoreAll();
      throw new DOMException("closing", "InvalidStateError");
    });
  /** @type {[string, () => Promise<unknown>][]} */
  const calls = [
    ["all", () => store.all()],
    ["pendingFor", () => store.pendingFor("a1")],
    ["addPending", () => store.addPending(pending({ applicationId: "a2" }))],
    ["keep", async () => store.put(await createStored({ keptAt: 7 }))],
    ["dropPending", () => store.dropPending("a1")],
    ["remove", async () => store.remove((await createStored()).id)],
    ["check", () => store.probe()],
  ];

  for (const [name, call] of calls) {
    closed();
    await assert.doesNotReject(call(), name);
  }

  assert.deepEqual(await store.all(), []);
  assert.deepEqual(await store.allPending(), [pending({ applicationId: "a2" })]);
});

test("a store that stays closed says so, and does not try without end", async (t) => {
  const store = await freshStore();
  const tried = t.mock.method(IDBDatabase.prototype, "transaction", () => {
    throw new DOMException("closing", "InvalidStateError");
  });

  await assert.rejects(store.remove("x"), { code: "storage_unavailable" });
  assert.equal(tried.mock.callCount(), 2);
});

test("a page older than the store says that, not that nothing is kept", async () => {
  const store = await openStore("newer");
  await new Promise((done, stop) => {
    const opening = indexedDB.open("newer", 7);
    opening.onsuccess = done;
    opening.onerror = stop;
  });

  await assert.rejects(store.all(), { code: "storage_newer" });
});

test("a database that never answers is not waited for", async (t) => {
  t.mock.method(indexedDB, "open", () => new IDBOpenDBRequest());

  const opening = openStore("mute", { timeout: 20 });

  await assert.rejects(opening, { code: "storage_silent" });
});

for (const member of ["the getter", "open"]) {
  test(`a browser that denies ${member} says so by name`, async (t) => {
    const own = /** @type {PropertyDescriptor} */ (
      Object.getOwnPropertyDescriptor(globalThis, "indexedDB")
    );
    const denied = () => { throw new DOMException("denied", "SecurityError"); };
    if (member === "open") t.mock.method(indexedDB, "open", denied);
    else Object.defineProperty(globalThis, "indexedDB", { get: denied });
    t.after(() => Object.defineProperty(globalThis, "indexedDB", own));

    await assert.rejects(openStore(), { code: "storage_unavailable" });
    assert.equal(await tryReadStore(), null);
  });
}

test("what the check writes is never seen", async () => {
  const store = await freshStore();

  await store.probe();

  assert.deepEqual([await store.all(), await store.allPending()], [[], []]);
});

test("a store that takes nothing more says so when it is checked", async (t) => {
  const store = await freshStore();
  t.mock.method(IDBObjectStore.prototype, "put", () => {
    throw new DOMException("full", "QuotaExceededError");
  });

  await assert.rejects(store.probe(), { code: "not_kept" });
});

test("a name that its holder gave stays, also when the certificate comes once more", async () => {
  const store = await freshStore();
  const stored = await createStored();
  await store.put(stored);
  await store.rename(stored.id, "세금 신고용");
  await store.addCopy(stored.id, { place: "file", at: 1 });

  await store.put(stored);

  const { localName, copies } = /** @type {StoredCertificate} */ (await store.get(stored.id));
  assert.deepEqual([localName, copies], ["세금 신고용", [{ place: "file", at: 1 }]]);
});

test("of each kind of place the latest copy is remembered", async () => {
  const store = await freshStore();
  const stored = await createStored();
  await store.put(stored);
  await store.addCopy(stored.id, { place: "file", at: 1 });
  await store.addCopy(stored.id, { place: "phone", at: 2 });
  await store.addCopy(stored.id, { place: "file", at: 3 });

  const { copies } = /** @type {StoredCertificate} */ (await store.get(stored.id));
  assert.deepEqual(copies, [{ place: "phone", at: 2 }, { place: "file", at: 3 }]);
});

test("naming what was deleted meanwhile is refused, and brings nothing back", async () => {
  const store = await freshStore();

  await assert.rejects(store.rename("gone", "x"), { code: "not_kept" });
  assert.deepEqual(await store.all(), []);
});

test("a store of the first version opens with all that is in it", async () => {
  const stored = await createStored();
  await new Promise((done, stop) => {
    const opening = indexedDB.open("first-version", 1);
    opening.onupgradeneeded = () => {
      const holdings = opening.result.createObjectStore("holdings", { keyPath: "id" });
      opening.result.createObjectStore("pending", { keyPath: "applicationId" });
      holdings.put(stored);
    };
    opening.onsuccess = () => done(opening.result.close());
    opening.onerror = stop;
  });

  const store = await openStore("first-version");

  assert.deepEqual(await store.all(), [stored]);
});

test("a key that cannot be copied comes back, and another key does not push it out", async () => {
  const store = await freshStore();
  const pair = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]));
  const { encryptedKey, ...rest } = await createStored();
  const bound = { ...rest, key: pair.privateKey };

  await store.put(bound);

  const kept = await store.get(bound.id);
  assert.equal(kept?.key?.extractable, false);
  assert.equal(kept && isLocked(kept), false);
  assert.equal(isLocked({ ...rest, encryptedKey }), true);
  await assert.rejects(store.put({ ...rest, encryptedKey }), { code: "other_key_here" });
});
