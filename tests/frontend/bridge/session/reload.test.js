/** A tab is reloaded: the same pairing goes on with the same keys, or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBundle, settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

/** @typedef {"initiator" | "responder"} SideName */

const CLAIMS = { initiator: "show", responder: "join" };

for (const dir of /** @type {const} */ (["GS", "SG", "GK"])) {
  for (const side of /** @type {const} */ (["initiator", "responder"])) {
    const { pages, states } = await courseOf(dir, side);

    test(`${dir}: the ${side} is reloaded at each state`, async (t) => {
      for (const [at, name] of states.entries()) {
        if (name === "ended") continue;
        await t.test(`${at}: ${name}`, async () => {
          const pair = stageOf(dir);
          let count = 0;
          pair[side].onState = () => {
            if (count++ === at) void reload(pair, side);
          };

          await pair.live();

          expectStored(pair);
        });
      }
    });

    test(`${dir}: the ${side} is reloaded at each of ${pages} pages`, async (t) => {
      for (let at = 0; at < pages; at += 1) {
        for (const moment of ["before", "after"]) {
          await t.test(`${moment} page ${at}`, async () => {
            const pair = stageOf(dir);
            let count = 0;
            let isKeyUsed = false;
            pair[side].onSave = (when) => {
              if (when !== moment || count++ !== at) return;
              isKeyUsed = hasUsedKey(pair[side].drawer);
              void reload(pair, side);
            };

            await pair.live();

            if (isKeyUsed) expectRefused(pair);
            else if (at > 0 || moment === "after") expectStored(pair);
            else assert.ok(!pair.relay.asked.includes(CLAIMS[side])); // it never began
          });
        }
      }
    });
  }
}

for (const side of /** @type {const} */ (["initiator", "responder"])) {
  const { pages } = await courseOf("GS", side);

  test(`a ${side} that dies between the two places of a page has lost it`,
    async (t) => {
      for (let at = 0; at < pages; at += 1) {
        await t.test(`page ${at}`, async () => {
          const pair = stageOf("GS");
          const tab = pair[side];
          let count = 0;
          let told = -1;
          tab.onSave = (when) => {
            if (when !== "between" || count++ !== at) return;
            told = tab.told.length;
            void reload(pair, side);
          };

          await pair.live();

          assert.equal(tab.told.length, told); // the new life says nothing
          assert.equal(tab.drawer.size, 0);
          assert.ok(pair.relay.pairings.size <= 1);
          assert.ok(pair.receiver.kept.length <= 1);
        });
      }
    });
}

test("after a reload the page hears where it stands", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const { code, offer } = { code: pair.code, ...pair.receiver.last("offer") };

  const before = pair.receiver.told.length;
  await pair.receiver.reload();
  await pair.sender.reload();

  const [joined, now] = pair.receiver.told.slice(before);
  assert.deepEqual([joined.state, joined.peer.device], ["joined", "computer"]);
  assert.deepEqual(now, { state: "offer", offer });
  assert.deepEqual(pair.sender.names.slice(-3), ["joined", "offered", "seen"]);
  assert.equal(pair.code, code);
});

test("a code that is shown is shown again, with the time that is left", async () => {
  const pair = new PairFixture({ mode: "T" });
  await pair.initiator.device.show({ mode: "T", dir: "GS" });
  const shown = pair.initiator.told[0];
  await pair.clock.pass(30_000);

  await pair.initiator.reload();

  assert.deepEqual(pair.initiator.last("shown"), { ...shown, expiresIn: 150 });
});

test("tries that were used stay used", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const wrong = pair.code === "000000" ? "000001" : "000000";

  for (const left of [2, 1]) {
    pair.sender.device.typeCode(wrong);
    await pair.sender.reload();
    assert.deepEqual(pair.sender.told.at(-1), { state: "typing", triesLeft: left });
  }
  pair.sender.device.typeCode(wrong);
  await settle();

  assert.equal(pair.sender.told.at(-1).code, "wrong_code");
  assert.equal(await pair.sender.reload(), null);
});

test("a try that was used and never compared is used", async () => {
  const pair = new PairFixture();
  await pair.meet();
  for (const left of [2, 1, 0]) {
    pair.sender.onSave = (moment) => { if (moment === "after") pair.sender.end(); };
    pair.sender.device.typeCode(pair.code);
    pair.sender.onSave = () => {};
    const [page] = pair.sender.drawer.values();
    assert.equal(JSON.parse(page).transfer.sender.triesLeft, left);
    await pair.sender.reload();
  }
  await settle();

  assert.equal(pair.sender.told.at(-1).code, "wrong_code");
  assert.equal(pair.receiver.told.at(-1).reason, "refused");
});

test("what the page asked to remember comes back with the device", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.sender.device.remember({ certificate: "0a1b", moving: true });
  pair.sender.device.typeCode(pair.code);

  const restored = await pair.sender.reload();

  assert.deepEqual(restored?.remembered, { certificate: "0a1b", moving: true });
});

test("a sender that was reloaded after the receipt knows of it", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.sender.onSave = (moment, page) => {
    if (moment === "after" && page.transfer?.stored) pair.sender.end();
  };
  await pair.receiver.device.accept();
  await settle();
  pair.sender.onSave = () => {};
  assert.equal(pair.sender.told.at(-1).state, "arrived");

  await pair.sender.reload();
  await settle();

  const { reason, sent, stored } = pair.sender.told.at(-1);
  assert.deepEqual([reason, sent, stored], ["done", true, true]);
});

test("what was sealed and never left is not sealed again for other eyes", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.sender.device.typeCode(pair.code);
  pair.sender.onSave = () => pair.sender.end(); // before the page with m5
  void pair.sender.device.sendBundle(await makeBundle());
  await settle();
  pair.sender.onSave = () => {};
  await pair.sender.reload();
  assert.equal(pair.relay.seen.length, 3); // m2 to m4

  await pair.sender.device.sendBundle(await makeBundle(true));
  await settle();

  assert.equal(pair.receiver.last("offer").offer.move, true);
});

/** @param {import("../../../../frontend/bridge/core/protocol.js").Dir} dir */
function stageOf(dir) {
  return new PairFixture({ dir, mode: dir === "SG" ? "T" : "Q" });
}

/** @param {PairFixture} pair @param {SideName} side */
async function reload(pair, side) {
  const tab = pair[side];
  tab.end();
  tab.onSave = () => {};
  tab.onState = () => {};
  await tab.reload();
}

/** The key pair was crossed out, and nothing came of it yet.
 * @param {Map<string, string>} drawer */
function hasUsedKey(drawer) {
  const { handshake } = JSON.parse([...drawer.values()][0] ?? "{}");
  return handshake?.keySeed === null && handshake.keys === null;
}

/** Return what a pairing comes through at one side. @param {import("../../../../frontend/bridge/core/protocol.js").Dir} dir
 * @param {SideName} side */
async function courseOf(dir, side) {
  const pair = stageOf(dir);
  let pages = 0;
  pair[side].onSave = (moment) => { pages += moment === "after" ? 1 : 0; };
  await pair.live();
  expectStored(pair);
  return { pages, states: pair[side].names };
}

/** It arrived by one handshake, and nothing is left behind. @param {PairFixture} pair */
function expectStored({ both, receiver, relay, sender }) {
  const ends = [sender, receiver].map(({ told }) => told.at(-1));
  assert.deepEqual(ends.map(({ state, stored }) => [state, stored]),
    [["ended", true], ["ended", true]]);
  // Reloaded while it was being kept, it is kept again: the same, in the same place.
  assert.ok(receiver.kept.length === 1 || receiver.life > 0);
  assert.equal(new Set(receiver.kept.map(({ signCert }) => String(signCert))).size, 1);
  expectOneHandshake(relay, receiver);
  expectNothingLeft(both);
}

/** The key was used when the tab went: nobody goes on. @param {PairFixture} pair */
function expectRefused({ both, receiver, relay }) {
  assert.deepEqual(both.map(({ told }) => told.at(-1).reason), ["refused", "refused"]);
  assert.deepEqual(receiver.kept, []);
  assert.equal(relay.pairings.size, 1);
  expectNothingLeft(both);
}

/** @param {PairFixture["both"]} both */
function expectNothingLeft(both) {
  assert.deepEqual(both.map(({ drawer, shared }) => [drawer.size, shared.size]),
    [[0, 0], [0, 0]]);
}

/** @param {PairFixture["relay"]} relay @param {PairFixture["receiver"]} receiver */
function expectOneHandshake(relay, receiver) {
  assert.equal(relay.pairings.size, 1);
  assert.equal(relay.seen.length, 7);
  const codes = receiver.told.filter(({ state }) => state === "code");
  assert.equal(new Set(codes.map(({ code }) => code)).size, 1);
}
