/** A page of the past comes back with all it remembers: it does nothing any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import { makeBundle, settle } from "../support/makers.js";
import { PairFixture, Tab } from "../support/pair_fixture.js";

const WAYS = /** @type {const} */ ([
  { mode: "Q", dir: "GS" }, { mode: "T", dir: "SG" },
]);

test("wrong codes in an old page and in a new one are three at most", async () => {
  const { old, pair } = await typing();
  const wrong = pair.code === "000000" ? "000001" : "000000";
  old.device.typeCode(wrong);
  const next = await nextPage(old);
  next.device.typeCode(wrong);

  for (let tries = 0; tries < 3; tries += 1) old.device.typeCode(wrong);
  await settle();

  assert.equal(old.told.filter(({ state }) => state === "typing").length, 2);
  assert.equal(old.told.at(-1).code, "superseded");
  assert.equal(next.last("typing").triesLeft, 1);
  assert.equal(next.device.typeCode(pair.code), true);
});

test("an old page does not even say that a code is right", async () => {
  const { old, pair } = await typing();
  const next = await nextPage(old);

  next.device.typeCode(pair.code);

  assert.equal(old.device.typeCode(pair.code), false);
  assert.ok(!old.has("matched"));
  assert.ok(next.has("matched"));
});

test("an old page seals nothing under a number that was used since", async () => {
  const { old, pair } = await typing();
  old.device.typeCode(pair.code);
  const next = await nextPage(old);
  await next.device.sendBundle(await makeBundle());
  await settle();
  const before = pair.relay.seen.map(hex);

  await old.device.sendBundle(await makeBundle(true));
  await settle();

  assert.deepEqual(pair.relay.seen.map(hex), before);
  assert.equal(pair.receiver.last("offer").offer.move, false);
  await pair.receiver.device.accept();
  await settle();
  assert.equal(next.told.at(-1).stored, true);
});

for (const way of WAYS) {
  for (const side of /** @type {const} */ (["sender", "receiver"])) {
    test(`${way.mode}: an old page of the ${side} disturbs the new one nowhere`,
      async (t) => {
        for (const [at, stop] of STEPS.slice(0, -1).entries()) {
          await t.test(`after ${stop}`, async () => {
            const pair = new PairFixture(way);
            const old = pair[side];
            for (const step of STEPS.slice(0, at + 1)) await DO[step](pair);
            const next = await nextPage(old);
            next.device.remember({}); // it has gone on: the old page is of the past
            const told = old.told.length;

            await pressAll(old, pair.code);
            takeOver(pair, side, next);
            for (const step of STEPS.slice(at + 1)) await DO[step](pair);

            assert.deepEqual(old.told.slice(told).map(({ code }) => code),
              ["superseded"]);
            assert.equal(pair.sender.told.at(-1).stored, true);
            assert.equal(pair.receiver.told.at(-1).stored, true);
            assert.equal(pair.relay.seen.length, 7);
          });
        }
      });
  }
}

for (const side of /** @type {const} */ (["sender", "receiver"])) {
  test(`a ${side} that was left does nothing, and the next page goes on`, async () => {
    const pair = new PairFixture();
    await pair.offer();
    const old = pair[side];
    const told = old.told.length;

    old.device.leave();
    await pressAll(old, pair.code);
    const next = await nextPage(old, { isLockFree: false });
    takeOver(pair, side, next);
    await pair.receiver.device.accept();
    await settle();

    assert.equal(old.told.length, told);
    assert.equal(next.told.at(-1).stored, true);
  });
}

test("what was being sealed when the page was left never leaves", async () => {
  const { old, pair } = await typing();
  old.device.typeCode(pair.code);

  void old.device.sendBundle(await makeBundle());
  old.device.leave();
  await settle();

  assert.equal(pair.relay.seen.length, 3);
  const next = await nextPage(old, { isLockFree: false });
  await next.device.sendBundle(await makeBundle(true));
  await settle();
  assert.equal(pair.receiver.last("offer").offer.move, true);
});

test("a page that is left while it waits for its lock does not keep it", async () => {
  const pair = new PairFixture();
  const { initiator } = pair;
  /** @type {(() => void)[]} */
  const waiting = [];
  let held = 0;
  initiator.locks.request = async (_name, _options, action) => {
    await new Promise((go) => waiting.push(() => go(undefined)));
    held += 1;
    await action();
    held -= 1;
  };
  void initiator.device.show({ mode: "Q", dir: "GS" });
  await settle();

  initiator.device.leave();
  waiting.forEach((go) => go());
  await settle();

  assert.deepEqual([held, initiator.drawer.size, initiator.shared.size], [0, 0, 0]);
});

/** What two people do, one after the other. */
const STEPS = /** @type {const} */ (["meet", "type", "offer", "accept"]);
/** @type {Record<typeof STEPS[number], (pair: PairFixture) => Promise<unknown>>} */
const DO = {
  meet: (pair) => pair.meet(),
  type: async (pair) => {
    pair.sender.device.typeCode(pair.code);
    await settle();
  },
  offer: async (pair) => {
    await pair.sender.device.sendBundle(await makeBundle());
    await pair.clock.pass(4000);
  },
  accept: async (pair) => {
    await pair.receiver.device.accept();
    await pair.clock.pass(4000);
  },
};

async function typing() {
  const pair = new PairFixture();
  await pair.meet();
  return { pair, old: pair.sender };
}

/**
 * Load a page in the same tab while the old one lies in the browser's memory, with its
 * lock taken away or not.
 * @param {Tab} old
 * @param {{isLockFree?: boolean}} [how]
 */
async function nextPage(old, { isLockFree = true } = {}) {
  const next = new Tab(old.server);
  Object.assign(next, { drawer: old.drawer, shared: old.shared, keep: old.keep });
  next.kept = old.kept;
  if (isLockFree) next.locks = old.locks; // freed as the page is loaded
  else Object.assign(next, { locks: { request: old.locks.request.bind(old.locks),
    free: () => {} } });
  assert.notEqual(await next.reload(), null);
  await settle();
  return next;
}

/** @param {PairFixture} pair @param {"sender" | "receiver"} side @param {Tab} next */
function takeOver(pair, side, next) {
  const isShower = (side === "sender") === (pair.dir === "GS");
  pair[isShower ? "initiator" : "responder"] = next;
}

/** Press everything there is. @param {Tab} tab @param {string} code */
async function pressAll({ device }, code) {
  device.typeCode(code);
  await device.sendBundle(await makeBundle(true));
  await device.accept();
  await device.decline();
  device.remember({ moving: true });
  device.cancel();
  await settle();
}
