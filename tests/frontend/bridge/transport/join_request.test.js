/** The claim to a seat: asked again where that helps, and never two seats. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RelayError } from "../../../../frontend/bridge/transport/relay_client.js";
import { settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });

test("too many is said at once; who is away is asked a few times", async () => {
  const pair = new PairFixture();
  const { post } = pair.relay;
  pair.relay.post = async () => ({ ok: false, code: "too_many" });
  await assert.rejects(pair.initiator.device.show(SHOW), { code: "too_many" });
  assert.equal(pair.initiator.net.posted.length, 1);

  pair.relay.post = post;
  pair.relay.away = true;
  const waiting = assert.rejects(pair.responder.device.join(
    { link: { dir: "GS", seed: new Uint8Array(32), fp: new Uint8Array(16) } },
  ), (error) => error instanceof RelayError && error.code === "offline");
  await pair.clock.pass(10_000);

  await waiting;
  assert.equal(pair.responder.net.posted.length, 3);
});

test("a claim whose answer was lost is the same claim again", async () => {
  const pair = new PairFixture();
  for (const { net } of pair.both) {
    let answers = 0;
    net.passes = (crossing) => crossing !== "answered" || answers++ > 0;
  }

  void pair.initiator.device.show(SHOW);
  await pair.clock.pass(1000);
  void pair.responder.device.join(pair.asked);
  await pair.clock.pass(1000);

  assert.equal(pair.initiator.told.at(-1).state, "typing");
  assert.equal(pair.relay.asked.filter((event) => event === "join").length, 2);
  assert.equal(pair.relay.pairings.size, 1);
});

test("a cancel while the claim is under way is said when it is answered", async () => {
  const pair = new PairFixture();
  const { device, net } = pair.initiator;
  net.passes = (crossing) => {
    if (crossing === "asked") device.cancel();
    return true;
  };

  await device.show(SHOW);
  await settle();

  const [pairing] = pair.relay.pairings.values();
  assert.equal(pairing.ended, "cancelled");
  assert.deepEqual([pair.initiator.names, pair.initiator.drawer.size], [["ended"], 0]);
});

test("a cancel before the claim means that nothing is claimed", async () => {
  const pair = new PairFixture();
  const showing = pair.initiator.device.show(SHOW);

  pair.initiator.device.cancel();
  await showing;
  await settle();

  assert.deepEqual([pair.relay.asked, pair.initiator.drawer.size], [[], 0]);
});
