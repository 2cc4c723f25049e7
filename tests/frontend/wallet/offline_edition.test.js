import assert from "node:assert/strict";
import { test } from "node:test";
import { OfflineEdition } from "../../../frontend/wallet/offline_edition.js";

const ORIGIN = "https://ca.example";
const PAGE = "/wallet/app/ko";
const FILES = ["/static/dist/site.css?v=1", "/static/dist/wallet_page.js?v=1"];

/** Caches over a map, as far as an edition uses them. */
class Caches {
  /** @type {Map<string, Map<string, Response>>} */ kept = new Map();

  /** @param {string} name */
  async open(name) {
    const cache = this.kept.get(name) ?? new Map();
    this.kept.set(name, cache);
    return /** @type {any} */ ({
      put: async (/** @type {string} */ url, /** @type {Response} */ answer) =>
        void cache.set(url, answer),
      match: async (/** @type {string} */ url) => cache.get(url)?.clone(),
    });
  }

  keys = async () => [...this.kept.keys()];

  /** @param {string} name */
  delete = async (name) => this.kept.delete(name);
}

/** A browser, its network and its windows. @param {{version?: string}} [options] */
function browser({ version = "ko-1" } = {}) {
  const caches = new Caches();
  const asked = /** @type {{url: string, init?: RequestInit}[]} */ ([]);
  const state = {
    isOnline: true,
    missing: "",
    windows: [`${ORIGIN}/wallet`],
    skipped: 0,
    silent: false,
  };
  const around = {
    caches: /** @type {any} */ (caches),
    fetch: async (/** @type {any} */ input, /** @type {RequestInit} */ init) => {
      const url = typeof input === "string" ? input : input.url;
      asked.push({ url, init });
      if (state.silent) return new Promise(() => {});
      if (!state.isOnline) throw new TypeError("no network");
      return new Response(`served ${url}`, { status: url === state.missing ? 404 : 200 });
    },
    windows: async () => state.windows.map((url) => ({ url })),
    skipWaiting: async () => void (state.skipped += 1),
    origin: ORIGIN,
    timeout: async () => {
      if (state.silent) throw new TypeError("no answer");
      return new Promise(() => {});
    },
  };
  const edition = { version, page: PAGE, files: FILES };
  const worker = new OfflineEdition(edition, /** @type {any} */ (around));
  return { caches, asked, state, worker, around };
}

/** @param {string} path @param {Partial<Request>} [more] */
const request = (path, more = {}) =>
  /** @type {Request} */ ({ method: "GET", mode: "no-cors", url: ORIGIN + path, ...more });
const visit = (path = "/wallet") => request(path, { mode: "navigate" });

test("everything of an edition is kept, asked for as nobody", async () => {
  const { worker, caches, asked } = browser();

  await worker.install();

  assert.deepEqual([.../** @type {any} */ (caches.kept.get("wallet-ko-1")).keys()], [PAGE, ...FILES]);
  assert.ok(asked.every(({ init }) => init?.credentials === "omit" && init.redirect === "error"));
});

test("an edition of which a file is missing is not kept at all", async () => {
  const { worker, caches, state } = browser();
  state.missing = FILES[1];

  await assert.rejects(worker.install(), TypeError);
  assert.deepEqual(await caches.keys(), []);
});

test("with a network the page is the centre's, and it is never kept", async () => {
  const { worker, caches } = browser();
  await worker.install();
  const answer = await worker.answer(visit("/wallet?stale=1"));

  assert.equal(await answer?.text(), `served ${ORIGIN}/wallet?stale=1`);
  const kept = /** @type {Map<string, Response>} */ (caches.kept.get("wallet-ko-1"));
  assert.deepEqual([...kept.keys()], [PAGE, ...FILES]);
});

for (const failure of ["no network", "a network that does not answer"]) {
  test(`with ${failure} the kept page is shown`, async () => {
    const { worker, state } = browser();
    await worker.install();
    if (failure === "no network") state.isOnline = false;
    else state.silent = true;

    const answer = await worker.answer(visit());

    assert.equal(await answer?.text(), `served ${PAGE}`);
  });
}

test("without a network and with cleared caches the page fails as without a worker", async () => {
  const { worker, state } = browser();
  state.isOnline = false;

  await assert.rejects(/** @type {any} */ (worker.answer(visit())), TypeError);
});

test("a file of the edition comes from the cache, by its whole address", async () => {
  const { worker, asked } = browser();
  await worker.install();
  const before = asked.length;

  assert.equal(await (await worker.answer(request(FILES[0])))?.text(), `served ${FILES[0]}`);
  assert.equal(asked.length, before);
  assert.equal(worker.answer(request("/static/dist/site.css?v=2")), null);
});

const NOT_OURS = {
  "a page of who is signed in": visit("/me/history"),
  "the list of the first page": visit("/"),
  "a question for the state": request("/pki/status?certificate=1"),
  "something that changes": request("/wallet", { method: "POST", mode: "navigate" }),
  "the wallet as data": request("/wallet"),
  "another origin": { method: "GET", mode: "no-cors", url: `https://x.example${FILES[0]}` },
};
for (const [name, asked] of Object.entries(NOT_OURS)) {
  test(`${name} is left to the browser`, async () => {
    const { worker } = browser();
    await worker.install();

    assert.equal(worker.answer(/** @type {Request} */ (asked)), null);
  });
}

test("a new edition deletes older ones and nothing of others", async () => {
  const { worker, caches } = browser({ version: "ko-2" });
  for (const name of ["wallet-ko-1", "wallet-en-1", "somebody-elses"]) await caches.open(name);
  await worker.install();

  await worker.activate();

  assert.deepEqual((await caches.keys()).sort(), ["somebody-elses", "wallet-ko-2"]);
});

test("it takes over for the only open wallet of its own edition", async () => {
  const { worker, state } = browser();
  state.windows = [`${ORIGIN}/wallet`, `${ORIGIN}/certificates/1`];

  await worker.takeOver(FILES[1]);

  assert.equal(state.skipped, 1);
});

test("it waits while an older page, or a second wallet, is open", async () => {
  const { worker, state } = browser();
  await worker.takeOver("/static/dist/wallet_page.js?v=0");
  state.windows = [`${ORIGIN}/wallet`, `${ORIGIN}/wallet?x`];
  await worker.takeOver(FILES[1]);

  assert.equal(state.skipped, 0);
});
