/** The connection breaks at every boundary there is: the same pairing goes on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PairFixture } from "../support/pair_fixture.js";

/** @typedef {import("../support/fake_net.js").Crossing} Crossing */

const BACK_MS = 1500;

for (const dir of /** @type {const} */ (["GS", "SG", "GK"])) {
  for (const side of /** @type {const} */ (["initiator", "responder"])) {
    // Without a socket both directions are the same questions and answers.
    const ways = dir === "GS" ? /** @type {const} */ (["socket", "POST"])
      : /** @type {const} */ (["socket"]);
    for (const way of ways) {
      const crossings = await countOf(dir, side, way);

      test(`${dir}: the ${side} loses its ${way} at ${crossings.length} moments`,
        async (t) => {
          for (const [at, crossing] of crossings.entries()) {
            await t.test(`${at}: ${crossing}`, async () => {
              const pair = stageOf(dir, way);
              cutAt(pair, side, at);

              await pair.live();

              expectOnce(pair);
            });
          }
        });
    }
  }
}

for (const dir of /** @type {const} */ (["GS", "SG", "GK"])) {
  for (const side of /** @type {const} */ (["initiator", "responder"])) {
    const told = (await countOf(dir, side, "socket"))
      .filter((crossing) => crossing.endsWith("said"));

    test(`${dir}: each of ${told.length} words of the ${side} gets lost on the way`,
      async (t) => {
        for (const [at, crossing] of told.entries()) {
          await t.test(`${at}: ${crossing}`, async () => {
            const pair = stageOf(dir, "socket");
            let count = 0;
            pair[side].net.passes = (crossing) =>
              crossing !== "said" || count++ !== at;

            await pair.live();

            expectOnce(pair);
            assert.ok(!pair[side].has("cut")); // the socket seemed up all the time
          });
        }
      });
  }
}

for (const event of ["show", "join", "frame", "resume", "end"]) {
  for (const side of /** @type {const} */ (["initiator", "responder"])) {
    test(`the ${side} hears no answer to ${event} for a while`, async () => {
      const pair = new PairFixture({ mode: "T" });
      const { net } = pair[side];
      net.deafTo.add(event);
      pair.clock.later(8000, () => net.deafTo.delete(event));

      await pair.live();

      expectOnce(pair);
    });
  }
}

test("a store that is away for a while is borne, and said", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.relay.away = true;
  await pair.receiver.device.accept();
  await pair.clock.pass(10_000);
  assert.equal(pair.receiver.names.at(-1), "cut");

  pair.relay.away = false;
  await pair.clock.pass(10_000);

  expectOnce(pair);
  assert.ok(pair.receiver.has("resumed"));
});

/**
 * A pair whose POSTs or sockets alone come through after the claims.
 * @param {import("../../../../frontend/bridge/core/protocol.js").Dir} dir
 * @param {"socket" | "POST"} way
 */
function stageOf(dir, way) {
  const pair = new PairFixture({ dir, mode: dir === "SG" ? "T" : "Q" });
  for (const { net } of pair.both) net.noSocket = way === "POST";
  return pair;
}

/**
 * Let the network break instead of the crossing `at`, and come back a little later.
 * @param {PairFixture} pair
 * @param {"initiator" | "responder"} side
 * @param {number} at
 * @returns {string[]} the crossings there were
 */
function cutAt(pair, side, at) {
  const { net } = pair[side];
  /** @type {string[]} */
  const crossings = [];
  net.passes = (crossing, event) => {
    crossings.push(`${event} ${crossing}`);
    if (crossings.length !== at + 1) return true;
    net.cut();
    pair.clock.later(BACK_MS, () => net.heal());
    return false;
  };
  return crossings;
}

/**
 * Return every crossing of a pairing in which nothing breaks.
 * @param {import("../../../../frontend/bridge/core/protocol.js").Dir} dir
 * @param {"initiator" | "responder"} side
 * @param {"socket" | "POST"} way
 */
async function countOf(dir, side, way) {
  const pair = stageOf(dir, way);
  const crossings = cutAt(pair, side, -1);
  await pair.live();
  expectOnce(pair);
  return crossings;
}

/** It arrived, once, by one handshake. @param {PairFixture} pair */
function expectOnce({ both, receiver, relay, sender }) {
  const ends = [sender, receiver].map(({ told }) => told.at(-1));
  assert.deepEqual(ends.map(({ stored }) => stored), [true, true]);
  assert.equal(receiver.kept.length, 1);
  assert.equal(relay.pairings.size, 1);
  assert.equal(relay.seen.length, 7); // m2 to m8, each once
  assert.equal(new Set(relay.seen.map(String)).size, 7);
  assert.equal(receiver.told.filter(({ state }) => state === "code").length, 1);
  for (const { drawer, told } of both) {
    assert.equal(told.filter(({ state }) => state === "ended").length, 1);
    assert.equal(drawer.size, 0);
  }
}
