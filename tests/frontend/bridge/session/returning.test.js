/** A page of the past comes back with all it remembers: it does nothing any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import { makeBundle, settle } from "../support/makers.js";
import { Stage, Tab } from "../support/pair_fixture.js";

const WAYS = /** @type {const} */ ([
  { mode: "Q", dir: "GS" }, { mode: "T", dir: "SG" },
]);

test("wrong codes in an old page and in a new one are three at most", async () => {
  const { old, stage } = await typing();
  const wrong = stage.code === "000000" ? "000001" : "000000";
  old.device.typeCode(wrong);
  const next = await nextPage(old);
  next.device.typeCode(wrong);

  for (let tries = 0; tries < 3; tries += 1) old.device.typeCode(wrong);
  await settle();

  assert.equal(old.told.filter(({ state }) => state === "typing").length, 2);
  assert.equal(old.told.at(-1).code, "superseded");
  assert.equal(next.last("typing").triesLeft, 1);
  assert.equal(next.device.typeCode(stage.code), true);
});

test("an old page does not even say that a code is right", async () => {
  const { old, stage } = await typing();
  const next = await nextPage(old);

  next.device.typeCode(stage.code);

  assert.equal(old.device.typeCode(stage.code), false);
  assert.ok(!old.has("matched"));
  assert.ok(next.has("matched"));
});

test("an old page seals nothing under a number that was used since", async () => {
  const { old, stage } = await typing();
  old.device.typeCode(stage.code);
  const next = await nextPage(old);
  await next.device.sendBundle(await makeBundle());
  await settle();
  const before = stage.relay.seen.map(hex);

  await old.device.sendBundle(await makeBundle(true));
  await settle();

  assert.deepEqual(stage.relay.seen.map(hex), before);
  assert.equal(stage.receiver.last("offer").offer.move, false);
  await stage.receiver.device.accept();
  await settle();
  assert.equal(next.told.at(-1).stored, true);
});

for (const how of WAYS) {
  for (const side of /** @type {const} */ (["sender", "receiver"])) {
    test(`${how.mode}: an old page of the ${side} disturbs the new one nowhere`,
      async (each) => {
        for (const [at, stop] of STEPS.slice(0, -1).entries()) {
          await each.test(`after ${stop}`, async () => {
            const stage = new Stage(how);
            const old = stage[side];
            for (const step of STEPS.slice(0, at + 1)) await DO[step](stage);
            const next = await nextPage(old);
            next.device.remember({}); // it has gone on: the old page is of the past
            const told = old.told.length;

            await pressAll(old, stage.code);
            takeOver(stage, side, next);
            for (const step of STEPS.slice(at + 1)) await DO[step](stage);

            assert.deepEqual(old.told.slice(told).map(({ code }) => code),
              ["superseded"]);
            assert.equal(stage.sender.told.at(-1).stored, true);
            assert.equal(stage.receiver.told.at(-1).stored, true);
            assert.equal(stage.relay.seen.length, 7);
          });
        }
      });
  }
}

for (const side of /** @type {const} */ (["sender", "receiver"])) {
  test(`a ${side} that was left does nothing, and the next page goes on`, async () => {
    const stage = new Stage();
    await stage.offer();
    const old = stage[side];
    const told = old.told.length;

    old.device.leave();
    await pressAll(old, stage.code);
    const next = await nextPage(old, { isLockFree: false });
    takeOver(stage, side, next);
    await stage.receiver.device.accept();
    await settle();

    assert.equal(old.told.length, told);
    assert.equal(next.told.at(-1).stored, true);
  });
}

test("what was being sealed when the page was left never leaves", async () => {
  const { old, stage } = await typing();
  old.device.typeCode(stage.code);

  void old.device.sendBundle(await makeBundle());
  old.device.leave();
  await settle();

  assert.equal(stage.relay.seen.length, 3);
  const next = await nextPage(old, { isLockFree: false });
  await next.device.sendBundle(await makeBundle(true));
  await settle();
  assert.equal(stage.receiver.last("offer").offer.move, true);
});

test("a page that is left while it waits for its lock does not keep it", async () => {
  const stage = new Stage();
  const { shower } = stage;
  /** @type {(() => void)[]} */
  const waiting = [];
  let held = 0;
  shower.locks.request = async (_name, _options, action) => {
    await new Promise((go) => waiting.push(() => go(undefined)));
    held += 1;
    await action();
    held -= 1;
  };
  void shower.device.show({ mode: "Q", dir: "GS" });
  await settle();

  shower.device.leave();
  waiting.forEach((go) => go());
  await settle();

  assert.deepEqual([held, shower.drawer.size, shower.shared.size], [0, 0, 0]);
});

/** What two people do, one after the other. */
const STEPS = /** @type {const} */ (["meet", "type", "offer", "accept"]);
/** @type {Record<typeof STEPS[number], (stage: Stage) => Promise<unknown>>} */
const DO = {
  meet: (stage) => stage.meet(),
  type: async (stage) => {
    stage.sender.device.typeCode(stage.code);
    await settle();
  },
  offer: async (stage) => {
    await stage.sender.device.sendBundle(await makeBundle());
    await stage.clock.pass(4000);
  },
  accept: async (stage) => {
    await stage.receiver.device.accept();
    await stage.clock.pass(4000);
  },
};

async function typing() {
  const stage = new Stage();
  await stage.meet();
  return { stage, old: stage.sender };
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

/** @param {Stage} stage @param {"sender" | "receiver"} side @param {Tab} next */
function takeOver(stage, side, next) {
  const isShower = (side === "sender") === (stage.dir === "GS");
  stage[isShower ? "shower" : "scanner"] = next;
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
