/** The journal: one tab's alone, never older than the truth, gone at the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device } from "../../../frontend/bridge/device.js";
import { makeJournal } from "../../../frontend/bridge/journal.js";
import { settle } from "./makers.js";
import { Stage } from "./stage.js";

test("a second tab with the same journal does not go on, now or later", async () => {
  const stage = new Stage();
  await stage.meet();
  const [[key, page]] = stage.sender.drawer;
  /** @type {Map<string, string>} */
  const copy = new Map([[key, page]]);
  const journal = makeJournal({
    storage: {
      getItem: (name) => copy.get(name) ?? null,
      setItem: (name, text) => void copy.set(name, text),
      removeItem: (name) => void copy.delete(name),
    },
    locks: /** @type {any} */ (stage.sender.locks),
  });

  const second = await Device.restore({ ...stage.sender.ports, journal });

  assert.equal(second, null);
  assert.equal(copy.size, 0);
});

for (const [what, end] of /** @type {const} */ ([
  ["it is done", async (/** @type {Stage} */ stage) => {
    await stage.receiver.device.accept();
  }],
  ["it is declined", async (/** @type {Stage} */ stage) => {
    await stage.receiver.device.decline();
  }],
  ["somebody cancels", async (/** @type {Stage} */ stage) => {
    stage.sender.device.cancel();
  }],
  ["its time is over", async (/** @type {Stage} */ stage) => {
    stage.relay.endAll("expired");
  }],
])) {
  test(`nothing is left in the journal when ${what}`, async () => {
    const stage = new Stage();
    await stage.offer();
    assert.deepEqual(stage.both.map(({ drawer }) => drawer.size), [1, 1]);

    await end(stage);
    await settle();

    assert.deepEqual(stage.both.map(({ drawer }) => drawer.size), [0, 0]);
    assert.equal(await stage.sender.reload(), null);
  });
}

test("a journal that is too old is thrown away", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.sender.end();
  await stage.clock.pass(126_000);

  assert.equal(await stage.sender.reload(), null);
  assert.equal(stage.sender.drawer.size, 0);
});

test("nobody goes on with a journal of another version, or none", async () => {
  const stage = new Stage();
  await stage.meet();
  const [[key, text]] = stage.sender.drawer;
  for (const page of ["{", "7", "{}", text.replace('"relay":', '"other":')]) {
    stage.sender.drawer.set(key, page);

    assert.equal(await stage.sender.reload(), null);
    assert.equal(stage.sender.drawer.size, 0);
  }
});

test("a journal that cannot be written any more is thrown away", () => {
  const drawer = new Map();
  let isFull = false;
  const journal = makeJournal({
    storage: {
      getItem: (name) => drawer.get(name) ?? null,
      removeItem: (name) => void drawer.delete(name),
      setItem: (name, text) => {
        if (isFull) throw new Error("full");
        drawer.set(name, text);
      },
    },
    locks: /** @type {any} */ (null),
  });
  journal.save({ one: Uint8Array.of(1, 2) });
  assert.deepEqual(journal.load(), { one: Uint8Array.of(1, 2) });

  isFull = true;
  journal.save({ two: 2 });

  assert.equal(journal.load(), null);
});

test("without the lock a journal is never written", async () => {
  const stage = new Stage();
  stage.shower.locks.request = async () => { throw new Error("held"); };

  await stage.shower.device.show({ mode: "Q", dir: "GS" });

  assert.equal(stage.shower.drawer.size, 0);
  assert.ok(stage.shower.has("shown"));
});
