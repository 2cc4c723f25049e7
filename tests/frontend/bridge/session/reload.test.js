/** A tab is reloaded: the same pairing goes on with the same keys, or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBundle, settle } from "../support/makers.js";
import { Stage } from "../support/pair_fixture.js";

/** @typedef {"shower" | "scanner"} SideName */

const CLAIMS = { shower: "show", scanner: "join" };

for (const dir of /** @type {const} */ (["GS", "SG"])) {
  for (const side of /** @type {const} */ (["shower", "scanner"])) {
    const { pages, states } = await courseOf(dir, side);

    test(`${dir}: the ${side} is reloaded at each state`, async (each) => {
      for (const [at, name] of states.entries()) {
        if (name === "ended") continue;
        await each.test(`${at}: ${name}`, async () => {
          const stage = stageOf(dir);
          let count = 0;
          stage[side].onState = () => {
            if (count++ === at) void reload(stage, side);
          };

          await stage.live();

          expectStored(stage);
        });
      }
    });

    test(`${dir}: the ${side} is reloaded at each of ${pages} pages`, async (each) => {
      for (let at = 0; at < pages; at += 1) {
        for (const moment of ["before", "after"]) {
          await each.test(`${moment} page ${at}`, async () => {
            const stage = stageOf(dir);
            let count = 0;
            let isKeyUsed = false;
            stage[side].onSave = (when) => {
              if (when !== moment || count++ !== at) return;
              isKeyUsed = hasUsedKey(stage[side].drawer);
              void reload(stage, side);
            };

            await stage.live();

            if (isKeyUsed) expectRefused(stage);
            else if (at > 0 || moment === "after") expectStored(stage);
            else assert.ok(!stage.relay.asked.includes(CLAIMS[side])); // it never began
          });
        }
      }
    });
  }
}

for (const side of /** @type {const} */ (["shower", "scanner"])) {
  const { pages } = await courseOf("GS", side);

  test(`a ${side} that dies between the two places of a page has lost it`,
    async (each) => {
      for (let at = 0; at < pages; at += 1) {
        await each.test(`page ${at}`, async () => {
          const stage = stageOf("GS");
          const tab = stage[side];
          let count = 0;
          let told = -1;
          tab.onSave = (when) => {
            if (when !== "between" || count++ !== at) return;
            told = tab.told.length;
            void reload(stage, side);
          };

          await stage.live();

          assert.equal(tab.told.length, told); // the new life says nothing
          assert.equal(tab.drawer.size, 0);
          assert.ok(stage.relay.pairings.size <= 1);
          assert.ok(stage.receiver.kept.length <= 1);
        });
      }
    });
}

test("after a reload the page hears where it stands", async () => {
  const stage = new Stage();
  await stage.offer();
  const { code, offer } = { code: stage.code, ...stage.receiver.last("offer") };

  const before = stage.receiver.told.length;
  await stage.receiver.reload();
  await stage.sender.reload();

  const [joined, now] = stage.receiver.told.slice(before);
  assert.deepEqual([joined.state, joined.peer.device], ["joined", "computer"]);
  assert.deepEqual(now, { state: "offer", offer });
  assert.deepEqual(stage.sender.names.slice(-3), ["joined", "offered", "seen"]);
  assert.equal(stage.code, code);
});

test("a code that is shown is shown again, with the time that is left", async () => {
  const stage = new Stage({ mode: "T" });
  await stage.shower.device.show({ mode: "T", dir: "GS" });
  const shown = stage.shower.told[0];
  await stage.clock.pass(30_000);

  await stage.shower.reload();

  assert.deepEqual(stage.shower.last("shown"), { ...shown, expiresIn: 150 });
});

test("tries that were used stay used", async () => {
  const stage = new Stage();
  await stage.meet();
  const wrong = stage.code === "000000" ? "000001" : "000000";

  for (const left of [2, 1]) {
    stage.sender.device.typeCode(wrong);
    await stage.sender.reload();
    assert.deepEqual(stage.sender.told.at(-1), { state: "typing", triesLeft: left });
  }
  stage.sender.device.typeCode(wrong);
  await settle();

  assert.equal(stage.sender.told.at(-1).code, "wrong_code");
  assert.equal(await stage.sender.reload(), null);
});

test("a try that was used and never compared is used", async () => {
  const stage = new Stage();
  await stage.meet();
  for (const left of [2, 1, 0]) {
    stage.sender.onSave = (moment) => { if (moment === "after") stage.sender.end(); };
    stage.sender.device.typeCode(stage.code);
    stage.sender.onSave = () => {};
    const [page] = stage.sender.drawer.values();
    assert.equal(JSON.parse(page).moving.sender.triesLeft, left);
    await stage.sender.reload();
  }
  await settle();

  assert.equal(stage.sender.told.at(-1).code, "wrong_code");
  assert.equal(stage.receiver.told.at(-1).reason, "refused");
});

test("what the page asked to remember comes back with the device", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.sender.device.remember({ certificate: "0a1b", moving: true });
  stage.sender.device.typeCode(stage.code);

  const restored = await stage.sender.reload();

  assert.deepEqual(restored?.remembered, { certificate: "0a1b", moving: true });
});

test("a sender that was reloaded after the receipt knows of it", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.sender.onSave = (moment, page) => {
    if (moment === "after" && page.moving?.stored) stage.sender.end();
  };
  await stage.receiver.device.accept();
  await settle();
  stage.sender.onSave = () => {};
  assert.equal(stage.sender.told.at(-1).state, "arrived");

  await stage.sender.reload();
  await settle();

  const { reason, sent, stored } = stage.sender.told.at(-1);
  assert.deepEqual([reason, sent, stored], ["done", true, true]);
});

test("what was sealed and never left is not sealed again for other eyes", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.sender.device.typeCode(stage.code);
  stage.sender.onSave = () => stage.sender.end(); // before the page with m5
  void stage.sender.device.sendBundle(await makeBundle());
  await settle();
  stage.sender.onSave = () => {};
  await stage.sender.reload();
  assert.equal(stage.relay.seen.length, 3); // m2 to m4

  await stage.sender.device.sendBundle(await makeBundle(true));
  await settle();

  assert.equal(stage.receiver.last("offer").offer.move, true);
});

/** @param {"GS" | "SG"} dir */
function stageOf(dir) {
  return new Stage({ dir, mode: dir === "GS" ? "Q" : "T" });
}

/** @param {Stage} stage @param {SideName} side */
async function reload(stage, side) {
  const tab = stage[side];
  tab.end();
  tab.onSave = () => {};
  tab.onState = () => {};
  await tab.reload();
}

/** The key pair was crossed out, and nothing came of it yet.
 * @param {Map<string, string>} drawer */
function hasUsedKey(drawer) {
  const { meeting } = JSON.parse([...drawer.values()][0] ?? "{}");
  return meeting?.keySeed === null && meeting.keys === null;
}

/** Return what a pairing comes through at one side. @param {"GS" | "SG"} dir
 * @param {SideName} side */
async function courseOf(dir, side) {
  const stage = stageOf(dir);
  let pages = 0;
  stage[side].onSave = (moment) => { pages += moment === "after" ? 1 : 0; };
  await stage.live();
  expectStored(stage);
  return { pages, states: stage[side].names };
}

/** It arrived by one handshake, and nothing is left behind. @param {Stage} stage */
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

/** The key was used when the tab went: nobody goes on. @param {Stage} stage */
function expectRefused({ both, receiver, relay }) {
  assert.deepEqual(both.map(({ told }) => told.at(-1).reason), ["refused", "refused"]);
  assert.deepEqual(receiver.kept, []);
  assert.equal(relay.pairings.size, 1);
  expectNothingLeft(both);
}

/** @param {Stage["both"]} both */
function expectNothingLeft(both) {
  assert.deepEqual(both.map(({ drawer, shared }) => [drawer.size, shared.size]),
    [[0, 0], [0, 0]]);
}

/** @param {Stage["relay"]} relay @param {Stage["receiver"]} receiver */
function expectOneHandshake(relay, receiver) {
  assert.equal(relay.pairings.size, 1);
  assert.equal(relay.seen.length, 7);
  const codes = receiver.told.filter(({ state }) => state === "code");
  assert.equal(new Set(codes.map(({ code }) => code)).size, 1);
}
