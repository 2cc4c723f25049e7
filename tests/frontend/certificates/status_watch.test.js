import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusWatch } from "../../../frontend/certificates/status_watch.js";

const NOW = Date.UTC(2026, 10, 29, 12);
const DAY = 86_400_000;
const dates = { notAfter: new Date(NOW + 100 * DAY) };
const one = { serial: "0a", sha256: "aa".repeat(32) };
const two = { serial: "0b", sha256: "bb".repeat(32) };

/** A page whose centre answers what the test says. */
class Stage {
  /** @type {string[]} */ urls = [];
  /** @type {any[]} */ options = [];
  /** @type {(() => void)[]} */ waiting = [];
  page = new EventTarget();
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  deviceTime = NOW;
  /** @type {(ids: string[]) => any} */ respond;

  /** @param {(ids: string[]) => any} respond @param {{ownIssuer?: string}} [options] */
  constructor(respond, { ownIssuer } = {}) {
    this.respond = respond;
    this.watch = new StatusWatch({
      get: async (url, options) => {
        this.urls.push(url);
        this.options.push(options);
        const ids = new URL(url, "http://x").searchParams.getAll("certificate");
        return Response.json(await this.respond(ids));
      },
      now: () => this.deviceTime,
      ownIssuer,
      later: (work) => this.waiting.push(work),
      page: this.page,
      document: this.document,
    });
  }
}

/** @param {string} status */
const all = (status) => (/** @type {string[]} */ ids) => ({
  now: new Date(NOW).toISOString(),
  certificates: ids.map(() => ({ status })),
});

/** @returns {never} */
function nobody() {
  throw new Error("offline");
}

/** @param {Stage} stage */
const stateOf = (stage) => stage.watch.validityOf(one, dates).state;

/** Follow one certificate; returns how to wait for the next answer. @param {Stage} stage */
async function followed(stage) {
  /** @type {(() => void)[]} */
  let waiting = [];
  await stage.watch.follow([one], () => {
    for (const resolve of waiting) resolve();
    waiting = [];
  });
  return () => new Promise((done) => waiting.push(() => done(undefined)));
}

test("before the answer it is being checked, then it is what the centre says", async () => {
  const stage = new Stage(all("good"));
  assert.equal(stateOf(stage), "checking");

  await followed(stage);

  assert.equal(stateOf(stage), "usable");
});

test("all are one question, by serial and hash, without cookies and soon given up", async () => {
  const stage = new Stage(all("good"));

  await stage.watch.follow([one, two], () => {});

  assert.deepEqual(stage.urls, [
    `/pki/status?certificate=0a.${one.sha256}&certificate=0b.${two.sha256}`,
  ]);
  assert.equal(stage.options[0].credentials, "omit");
  assert.ok(stage.options[0].timeout <= 5_000);
});

test("what is only announced is named by its issuer", async () => {
  const stage = new Stage(all("good"));

  await stage.watch.follow([{ serial: "0a", issuerName: "가 CA & Co" }], () => {});

  const { searchParams } = new URL(stage.urls[0], "http://x");
  assert.equal(searchParams.get("certificate"), "0a");
  assert.equal(searchParams.get("issuer"), "가 CA & Co");
});

test("of certificates of other issuers the centre is not told", async () => {
  const stage = new Stage(all("good"), { ownIssuer: "Our CA" });
  const own = { ...one, issuerName: "Our CA" };
  const foreign = { ...two, issuerName: "yessign CA" };
  let updates = 0;

  await stage.watch.follow([foreign, own], () => (updates += 1));
  stage.page.dispatchEvent(new Event("online"));
  await stage.watch.follow([{ serial: "0c", issuerName: "yessign CA" }], () => {});

  assert.equal(stage.watch.validityOf(own, dates).state, "usable");
  assert.equal(stage.watch.validityOf(foreign, dates).state, "in_date");
  assert.ok(updates >= 2);
  assert.ok(stage.urls.every((url) => url === `/pki/status?certificate=0a.${one.sha256}`));
});

test("more than thirty are asked in pieces and all answered", async () => {
  const stage = new Stage(all("good"));
  const ids = Array.from({ length: 120 }, (_, n) => ({ ...one, serial: n.toString(16).padStart(40, "5") }));

  await stage.watch.follow(ids, () => {});

  assert.equal(stage.urls.length, 4);
  assert.ok(stage.urls.every((address) => address.length < 4_000));
  const states = ids.map((id) => stage.watch.validityOf(id, dates).state);
  assert.deepEqual(new Set(states), new Set(["usable"]));
});

test("nothing kept, nothing asked", async () => {
  const stage = new Stage(all("good"));

  await stage.watch.follow([], () => {});

  assert.deepEqual(stage.urls, []);
});

for (const [name, answer] of /** @type {[string, any][]} */ ([
  ["nobody", nobody],
  ["no object", () => null],
  ["no time", () => ({ now: "soon", certificates: [{ status: "good" }] })],
  ["no list", () => ({ now: "2026-11-29T12:00:00Z", certificates: "good" })],
  ["too few", () => ({ now: "2026-11-29T12:00:00Z", certificates: [] })],
  ["nonsense", () => ({ now: "2026-11-29T12:00:00Z", certificates: [null] })],
])) {
  test(`an answer of ${name} leaves it unchecked`, async () => {
    const stage = new Stage(answer);

    await followed(stage);

    assert.equal(stateOf(stage), "unchecked");
  });
}

test("after no answer it is asked again by itself", async () => {
  const stage = new Stage(nobody);
  const next = await followed(stage);
  const told = next();
  stage.respond = all("good");

  for (const work of stage.waiting) work();
  await told;

  assert.equal(stateOf(stage), "usable");
});

for (const [name, come] of /** @type {[string, (stage: Stage) => void][]} */ ([
  ["comes to the front", ({ document }) => document.dispatchEvent(new Event("visibilitychange"))],
  ["is online again", ({ page }) => page.dispatchEvent(new Event("online"))],
  ["comes back by Back", ({ page }) => page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))],
])) {
  test(`a page that ${name} asks again`, async () => {
    const stage = new Stage(all("good"));
    const next = await followed(stage);
    const told = next();
    stage.respond = all("revoked");

    come(stage);
    await told;

    assert.equal(stateOf(stage), "revoked");
  });
}

test("a page in the background asks nothing", async () => {
  const stage = new Stage(all("good"));
  await followed(stage);

  stage.document.visibilityState = "hidden";
  stage.document.dispatchEvent(new Event("visibilitychange"));
  stage.page.dispatchEvent(new Event("pageshow"));

  assert.equal(stage.urls.length, 1);
});

test("without a line what was usable is no longer said to be, and revoked stays", async () => {
  for (const [word, state] of [["good", "unchecked"], ["suspended", "unchecked"], ["revoked", "revoked"]]) {
    const stage = new Stage(all(word));
    const next = await followed(stage);
    const told = next();
    stage.respond = nobody;

    stage.page.dispatchEvent(new Event("offline"));
    await told;

    assert.equal(stateOf(stage), state);
  }
});

test("a late answer to an earlier question is not taken", async () => {
  /** @type {(answer: any) => void} */
  let late = () => {};
  const stage = new Stage(() => new Promise((done) => (late = done)));
  const first = stage.watch.follow([one], () => assert.fail("told of an old answer"));
  await new Promise((done) => setImmediate(done));
  stage.respond = all("revoked");
  await followed(stage);

  late(all("good")([""]));
  await first;

  assert.equal(stateOf(stage), "revoked");
});

test("the centre's time goes on by the device's clock", async () => {
  const stage = new Stage(all("good"));
  stage.deviceTime = NOW + 400 * DAY;
  assert.equal(stage.watch.centreTime, null);
  await followed(stage);
  stage.deviceTime += 1000;

  assert.equal(stage.watch.centreTime, NOW + 1000);
  assert.equal(stage.watch.now, NOW + 1000);
  assert.equal(stage.watch.isClockWrong, true);
  assert.equal(stateOf(stage), "usable");
});

test("stopped, it asks no more", async () => {
  const stage = new Stage(all("good"));
  await followed(stage);

  stage.watch.stop();
  stage.page.dispatchEvent(new Event("online"));

  assert.equal(stage.urls.length, 1);
});
