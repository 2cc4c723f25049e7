/** Long derivations: in a worker, in the page where there is none, and stopped. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { hex, utf8 } from "../../../../../frontend/lib/bytes.js";
import { CodedError } from "../../../../../frontend/lib/errors.js";
import { PURPOSE } from "../../../../../frontend/npki/encryption/kdf/kdf.js";
import { deriveKey } from "../../../../../frontend/npki/encryption/kdf/kdf_tasks.js";
import { deriveSlowly } from "../../../../../frontend/npki/encryption/kdf/slow_kdf.js";

/** @typedef {import("../../../../../frontend/npki/encryption/kdf/kdf_tasks.js").KdfRequest} KdfRequest */

const OCTETS = { secret: utf8("qwer1234!@"), salt: new Uint8Array(8).fill(7) };
/** @type {KdfRequest[]} */
const REQUESTS = [
  { kdf: "pbkdf1", hash: "SHA-1", ...OCTETS, rounds: 60_001 },
  {
    ...{ kdf: "pkcs12", hash: "SHA-512", characters: OCTETS.secret, salt: OCTETS.salt },
    ...{ rounds: 9_000, purpose: PURPOSE.MAC, size: 64 },
  },
  { kdf: "pbkdf2", hash: "SHA-512/256", ...OCTETS, rounds: 9_000, size: 32 },
  { kdf: "scrypt", ...OCTETS, n: 2 ** 12, r: 8, p: 1, size: 32 },
];
const [REQUEST] = REQUESTS;

/** What workers here do; each test chooses. @type {"work" | "fail" | "break" | "hang"} */
let behaviour = "work";
/** @type {FakeWorker[]} */
let workers = [];

/** Does what kdf_worker.js does, in this thread. */
class FakeWorker {
  /** @type {(event: {data: any}) => void} */ onmessage = () => {};
  /** @type {() => void} */ onerror = () => {};
  isOver = false;
  /** @type {KdfRequest[]} */ requests = [];

  constructor() {
    workers.push(this);
    if (behaviour === "fail") setTimeout(() => this.onerror());
    else setTimeout(() => this.onmessage({ data: "ready" }));
  }

  /** @param {KdfRequest} request */
  async postMessage(request) {
    this.requests.push(structuredClone(request));
    if (behaviour === "break") setTimeout(() => this.onmessage({ data: { error: "memory" } }));
    if (behaviour !== "work") return;
    const key = await deriveKey(request, null);
    if (!this.isOver) this.onmessage({ data: { key } });
  }

  terminate() {
    this.isOver = true;
  }
}

const platform = /** @type {any} */ (globalThis);
beforeEach(() => {
  behaviour = "work";
  workers = [];
  platform.Worker = FakeWorker;
});
after(() => {
  delete platform.Worker;
});

/** Wait until no worker is kept for more. */
const untilIdle = () => new Promise((resolve) => setTimeout(resolve, 2_500));

// Before any worker is kept for more.
for (const request of REQUESTS)
  test(`${request.kdf} is the same in a page without a worker`, async () => {
    platform.Worker = undefined;

    assert.equal(hex(await deriveSlowly(request)), hex(await deriveKey(request, null)));
  });

for (const request of REQUESTS)
  test(`${request.kdf} is the same in a worker`, async () => {
    const key = await deriveSlowly(request);

    assert.equal(hex(key), hex(await deriveKey(request, null)));
  });


test("a worker that nobody asked for a while is gone", async () => {
  await untilIdle();
  await deriveSlowly(REQUEST);

  assert.equal(workers.length, 1); // a new one
  await untilIdle();
});

for (const failure of /** @type {const} */ (["fail", "break"]))
  test(`the page does it where the worker says: ${failure}`, async () => {
    behaviour = failure;

    const key = await deriveSlowly(REQUEST);

    assert.equal(hex(key), hex(await deriveKey(REQUEST, null)));
    assert.ok(workers.every(({ isOver }) => isOver));
  });

test("one worker does what a file asks for in a row, and ends soon after", async () => {
  await deriveSlowly(REQUEST);
  await deriveSlowly(REQUEST);

  assert.equal(workers.length, 1);
  assert.equal(workers[0].requests.length, 2);
  assert.equal(workers[0].isOver, false);
  await untilIdle();
  assert.equal(workers[0].isOver, true);
});

test("who stops it gets the reason, and the worker ends at once", async () => {
  behaviour = "hang";
  const controller = new AbortController();
  const deriving = deriveSlowly(REQUEST, controller.signal);
  setTimeout(() => controller.abort(new CodedError("work_stopped")), 20);

  await assert.rejects(deriving, { code: "work_stopped" });
  assert.equal(workers[0].isOver, true);
});

test("what was stopped before it began starts no worker", async () => {
  const signal = AbortSignal.abort(new CodedError("work_stopped"));

  await assert.rejects(deriveSlowly(REQUEST, signal), { code: "work_stopped" });
  assert.equal(workers.length, 0);
});

for (const request of REQUESTS)
  test(`${request.kdf} is stopped in a page without a worker, too`, async () => {
    platform.Worker = undefined;
    const controller = new AbortController();
    const long =
      request.kdf === "scrypt" ? { ...request, n: 2 ** 18 } : { ...request, rounds: 300_000 };
    const deriving = deriveSlowly(long, controller.signal);
    setTimeout(() => controller.abort(new CodedError("work_stopped")), 20);

    await assert.rejects(deriving, { code: "work_stopped" });
  });
