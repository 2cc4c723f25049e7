/** The claim to a seat: asked again where that helps, and never two seats. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RelayError } from "../../../../frontend/bridge/transport/relay_client.js";
import { settle } from "../support/makers.js";
import { Stage } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });

test("too many is said at once; who is away is asked a few times", async () => {
  const stage = new Stage();
  const { post } = stage.relay;
  stage.relay.post = async () => ({ ok: false, code: "too_many" });
  await assert.rejects(stage.shower.device.show(SHOW), { code: "too_many" });
  assert.equal(stage.shower.net.posted.length, 1);

  stage.relay.post = post;
  stage.relay.away = true;
  const waiting = assert.rejects(stage.scanner.device.join(
    { link: { dir: "GS", seed: new Uint8Array(32), fp: new Uint8Array(16) } },
  ), (error) => error instanceof RelayError && error.code === "offline");
  await stage.clock.pass(10_000);

  await waiting;
  assert.equal(stage.scanner.net.posted.length, 3);
});

test("a claim whose answer was lost is the same claim again", async () => {
  const stage = new Stage();
  for (const { net } of stage.both) {
    let answers = 0;
    net.passes = (what) => what !== "answered" || answers++ > 0;
  }

  void stage.shower.device.show(SHOW);
  await stage.clock.pass(1000);
  void stage.scanner.device.join(stage.asked);
  await stage.clock.pass(1000);

  assert.equal(stage.shower.told.at(-1).state, "typing");
  assert.equal(stage.relay.asked.filter((event) => event === "join").length, 2);
  assert.equal(stage.relay.pairings.size, 1);
});

test("a cancel while the claim is under way is said when it is answered", async () => {
  const stage = new Stage();
  const { device, net } = stage.shower;
  net.passes = (what) => {
    if (what === "asked") device.cancel();
    return true;
  };

  await device.show(SHOW);
  await settle();

  const [pairing] = stage.relay.pairings.values();
  assert.equal(pairing.ended, "cancelled");
  assert.deepEqual([stage.shower.names, stage.shower.drawer.size], [["ended"], 0]);
});

test("a cancel before the claim means that nothing is claimed", async () => {
  const stage = new Stage();
  const showing = stage.shower.device.show(SHOW);

  stage.shower.device.cancel();
  await showing;
  await settle();

  assert.deepEqual([stage.relay.asked, stage.shower.drawer.size], [[], 0]);
});
