/** The snapshot: one tab's alone, never older than the truth, gone at the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device } from "../../../../frontend/bridge/session/device.js";
import { SessionSnapshot, createSnapshotStore } from "../../../../frontend/bridge/transport/session_snapshot.js";
import { openStorage } from "../../../../frontend/lib/storage.js";
import { settle } from "../support/makers.js";
import { PairFixture, storageOver } from "../support/pair_fixture.js";

/** @typedef {import("../support/pair_fixture.js").Tab} Tab */

const MINUTE = 60_000;

test("a second tab with the same snapshot does not go on, now or later", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const copy = new Map(pair.sender.drawer);

  const second = await restoreFrom(pair.sender, copy);

  assert.equal(second, null);
  assert.equal(copy.size, 0);
  assert.notEqual(await pair.sender.reload(), null); // the first one still does
});

test("a copy from before the key was used opens nothing with it", async () => {
  const pair = new PairFixture({ mode: "T", dir: "SG" });
  await pair.initiator.device.show({ mode: "T", dir: "SG" });
  const copy = new Map(pair.initiator.drawer);
  await pair.responder.device.join(pair.asked);
  await settle();
  assert.ok(pair.responder.has("typing"));
  pair.initiator.end();

  const second = await restoreFrom(pair.initiator, copy);

  assert.equal(second, null);
  assert.equal(copy.size, 0);
  assert.notEqual(await pair.initiator.reload(), null);
});

for (const [end, leave] of /** @type {const} */ ([
  ["closed", (/** @type {Browser} */ browser) => browser.free()],
  ["done", (/** @type {Browser} */ _browser, /** @type {SessionSnapshot} */ snapshot) =>
    snapshot.clear()],
])) {
  test(`a copy that waits until the first tab is ${end} does not go on`, async () => {
    const browser = new Browser();
    const [mine, copy] = [new Map(), new Map()];
    const first = browser.open(mine);
    await first.begin("name");
    first.write({ triesLeft: 3 });
    for (const [key, text] of mine) copy.set(key, text);
    const reopening = browser.open(copy).reopen();
    await settle();

    first.write({ triesLeft: 1 });
    leave(browser, first);

    assert.equal(await reopening, null);
    assert.equal(copy.size, 0);
  });
}

test("a tab that waits for its earlier self goes on with the newest page", async () => {
  const browser = new Browser();
  const mine = new Map();
  const first = browser.open(mine);
  await first.begin("name");
  first.write({ triesLeft: 3 });
  first.write({ triesLeft: 2 });

  const reopening = browser.open(mine).reopen();
  await settle();
  browser.free();

  assert.equal((await reopening)?.triesLeft, 2);
});

test("of two copies of the newest page one goes on, and the other never", async () => {
  const browser = new Browser();
  const mine = new Map();
  const first = browser.open(mine);
  await first.begin("name");
  first.write({ triesLeft: 3 });
  const copy = new Map(mine);
  browser.free();

  const second = browser.open(copy);
  assert.equal((await second.reopen())?.triesLeft, 3);
  second.write({ triesLeft: 2 });
  browser.free();

  assert.equal(await browser.open(mine).reopen(), null);
  assert.equal((await browser.open(copy).reopen())?.triesLeft, 2);
});

test("without the number that tabs share nobody goes on", async () => {
  for (const spoil of [
    (/** @type {Map<string, string>} */ shared) => shared.clear(),
    (/** @type {Map<string, string>} */ shared) => {
      for (const key of shared.keys()) shared.set(key, "{");
    },
  ]) {
    const pair = new PairFixture();
    await pair.meet();

    spoil(pair.sender.shared);

    assert.equal(await pair.sender.reload(), null);
    assert.equal(pair.sender.drawer.size, 0);
  }
});

test("what tabs left behind is gone ten minutes later, and nothing else", async () => {
  const browser = new Browser();
  browser.time = 20 * MINUTE;
  const note = (/** @type {number} */ at) => JSON.stringify({ n: 3, at });
  const [young, foreign] = ["certferry-pairing-young", "other"];
  for (const [key, text] of Object.entries({
    "certferry-pairing-old": note(10 * MINUTE - 1),
    "certferry-pairing-to-come": note(30 * MINUTE + 1),
    "certferry-pairing-odd": "7",
    [young]: note(10 * MINUTE),
    [foreign]: note(0),
  })) browser.shared.set(key, text);

  await browser.open(new Map()).begin("name");

  assert.deepEqual([...browser.shared.keys()], [young, foreign]);
});

for (const [reason, end] of /** @type {const} */ ([
  ["it is done", async (/** @type {PairFixture} */ pair) => {
    await pair.receiver.device.accept();
  }],
  ["it is declined", async (/** @type {PairFixture} */ pair) => {
    await pair.receiver.device.decline();
  }],
  ["somebody cancels", async (/** @type {PairFixture} */ pair) => {
    pair.sender.device.cancel();
  }],
  ["its time is over", async (/** @type {PairFixture} */ pair) => {
    pair.relay.endAll("expired");
  }],
])) {
  test(`nothing is left in the snapshot when ${reason}`, async () => {
    const pair = new PairFixture();
    await pair.offer();
    assert.deepEqual(pair.both.map(leftOf), [[1, 1], [1, 1]]);

    await end(pair);
    await settle();

    assert.deepEqual(pair.both.map(leftOf), [[0, 0], [0, 0]]);
    assert.equal(await pair.sender.reload(), null);
  });
}

test("a snapshot that is too old is thrown away", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.sender.end();
  await pair.clock.pass(126_000);

  assert.equal(await pair.sender.reload(), null);
  assert.deepEqual(leftOf(pair.sender), [0, 0]);
});

test("nobody goes on with a snapshot of another version, or none", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const [[key, text]] = pair.sender.drawer;
  const [[note, newest]] = pair.sender.shared;
  for (const page of [
    "{", "7", "{}", text.replace('"relay":', '"other":'), text.replace('"n":', '"m":'),
  ]) {
    pair.sender.drawer.set(key, page);
    pair.sender.shared.set(note, newest);

    assert.equal(await pair.sender.reload(), null);
    assert.equal(pair.sender.drawer.size, 0);
  }
});

for (const full of /** @type {const} */ (["storage", "shared"])) {
  test(`a snapshot is thrown away when its ${full} takes no more`, async () => {
    const browser = new Browser();
    const mine = new Map();
    const first = browser.open(mine);
    await first.begin("name");
    first.write({ one: Uint8Array.of(1, 2) });
    const copy = new Map(mine);

    browser.full = full;
    first.write({ two: 2 });
    browser.full = "";
    browser.free();

    assert.deepEqual([mine.size, browser.shared.size], [0, 0]);
    assert.equal(await browser.open(copy).reopen(), null);
  });
}

test("bytes come back as bytes", async () => {
  const browser = new Browser();
  const mine = new Map();
  const first = browser.open(mine);
  await first.begin("name");
  first.write({ one: Uint8Array.of(1, 2) });
  browser.free();

  assert.deepEqual((await browser.open(mine).reopen())?.one, Uint8Array.of(1, 2));
});

for (const [part, deny] of /** @type {const} */ ([
  ["storages", (/** @type {PairFixture} */ { initiator }) => {
    initiator.storage = initiator.board = openStorage("localStorage", {});
  }],
  ["locks", (/** @type {PairFixture} */ { initiator }) => {
    initiator.locks.request = () => { throw new DOMException("denied", "SecurityError"); };
  }],
])) {
  test(`where ${part} are denied a pairing goes on in memory alone`, async () => {
    const pair = new PairFixture();
    deny(pair);
    pair.initiator.renew();

    await pair.finish();

    assert.equal(pair.sender.told.at(-1).stored, true);
    assert.equal(await pair.initiator.reload(), null);
  });
}

test("without the lock a snapshot is never written", async () => {
  const pair = new PairFixture();
  pair.initiator.locks.request = async () => { throw new Error("held"); };

  await pair.initiator.device.show({ mode: "Q", dir: "GS" });

  assert.deepEqual(leftOf(pair.initiator), [0, 0]);
  assert.ok(pair.initiator.has("shown"));
});

/** What all tabs of one browser have in common; a lock is waited for. */
class Browser {
  /** @type {Map<string, string>} */ shared = new Map();
  time = 0;
  /** Which place takes nothing more. */ full = "";
  /** @type {(() => void)[]} */ #waiting = [];
  #isHeld = false;

  /** Open a tab with what lies in it. @param {Map<string, string>} content */
  open(content) {
    return new SessionSnapshot(createSnapshotStore({
      storage: this.#place("storage", content),
      shared: this.#place("shared", this.shared),
      locks: /** @type {any} */ ({ request: this.#request }),
      now: () => this.time,
    }));
  }

  /** The tab that holds the lock is closed. */
  free() {
    this.#isHeld = false;
    this.#waiting.shift()?.();
  }

  /** @param {string} name @param {Map<string, string>} content */
  #place(name, content) {
    const place = storageOver(content);
    return Object.assign(place, {
      setItem: (/** @type {string} */ key, /** @type {string} */ text) => {
        if (this.full === name) throw new Error("full");
        content.set(key, text);
      },
    });
  }

  /** @type {(name: string, options: {signal: AbortSignal}, action: () => Promise<any>)
   *   => Promise<void>} */
  #request = async (_name, { signal }, action) => {
    if (this.#isHeld) {
      await new Promise((go, stop) => {
        this.#waiting.push(() => go(undefined));
        signal.addEventListener("abort", stop);
      });
    }
    this.#isHeld = true;
    void action().then(() => this.free());
  };
}

/** Load a page of the same browser over `content`, as "duplicate tab" does.
 * @param {Tab} tab @param {Map<string, string>} content */
function restoreFrom(tab, content) {
  const snapshot = createSnapshotStore({
    storage: storageOver(content), shared: storageOver(tab.shared),
    locks: /** @type {any} */ (tab.locks), now: tab.server.clock.now,
  });
  return Device.restore({ ...tab.ports, snapshot });
}

/** @param {Tab} tab */
function leftOf({ drawer, shared }) {
  return [drawer.size, shared.size];
}
