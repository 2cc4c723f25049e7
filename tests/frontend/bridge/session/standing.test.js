import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url } from "../../../../frontend/lib/bytes.js";
import { settle } from "../support/fake_time.js";
import { makeBundle, random } from "../support/makers.js";
import { Stage } from "../support/pair_fixture.js";

/** @param {"password" | "press"} word */
async function matched(word) {
  const stage = new Stage();
  await stage.meet();
  stage.sender.device.typeCode(stage.code);
  await stage.sender.device.announce(word);
  await settle();
  return stage;
}

for (const word of /** @type {const} */ (["password", "press"])) {
  test(`the receiver hears that the digits were right, and of the ${word}`, async () => {
    const stage = await matched(word);

    const now = stage.receiver.told.at(-1);
    assert.deepEqual(now, { state: "matched", asks: word });
  });
}

test("it hears so again after a reload, and then what is coming", async () => {
  const stage = await matched("password");
  await stage.receiver.reload();
  await settle();
  assert.equal(stage.receiver.names.at(-1), "matched");

  await stage.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(stage.receiver.names.at(-1), "offer");
});

test("what the sender waits for may change", async () => {
  const stage = await matched("press");
  await stage.sender.device.announce("password");
  await settle();

  assert.equal(stage.receiver.told.at(-1).asks, "password");
});

test("what the relay makes up says nothing, and ends nothing", async () => {
  const stage = new Stage();
  await stage.meet();
  for (const note of [base64url(random(16)), "", "%%", 7]) {
    const [pairing] = stage.relay.pairings.values();
    pairing.shower.about = { note: /** @type {any} */ (note) };
    stage.receiver.ports.relay.check();
    await settle();
  }

  assert.equal(stage.receiver.names.at(-1), "code");
});

test("with a relay of before, all goes on without", async () => {
  const stage = new Stage();
  stage.relay.isOld = true;
  await stage.meet();
  stage.sender.device.typeCode(stage.code);
  await stage.sender.device.announce("password");
  await settle();
  assert.equal(stage.receiver.names.at(-1), "code");

  await stage.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(stage.receiver.names.at(-1), "offer");
});

test("an offer counts as seen when the other device has it", async () => {
  const stage = await matched("password");
  stage.receiver.net.cut();
  void stage.sender.device.sendBundle(await makeBundle());
  await stage.clock.pass(1000);
  assert.equal(stage.sender.names.at(-1), "offered");

  stage.receiver.net.heal();
  stage.receiver.ports.relay.check();
  await stage.clock.pass(5000);

  assert.equal(stage.sender.names.at(-1), "seen");
});

test("what comes while a line is proved is acknowledged all the same", async () => {
  const stage = await matched("password");
  stage.receiver.net.deafTo.add("resume"); // its answer takes a while
  stage.receiver.ports.relay.check();
  await stage.sender.device.sendBundle(await makeBundle());
  await stage.clock.pass(200);
  stage.receiver.net.deafTo.clear();
  await stage.clock.pass(2500);

  assert.equal(stage.sender.names.at(-1), "seen");
});

test("a device that goes and comes back is told to the other", async () => {
  const stage = new Stage();
  await stage.meet();

  stage.relay.leave("G");
  await settle();
  assert.deepEqual(stage.receiver.told.at(-1), { state: "presence", presence: "gone" });
  stage.sender.ports.relay.check();
  await settle();
  assert.deepEqual(stage.receiver.told.at(-1), { state: "presence", presence: "here" });
  stage.sender.ports.relay.setVisible(false);
  await settle();

  const now = stage.receiver.told.at(-1);
  assert.deepEqual(now, { state: "presence", presence: "hidden" });
  assert.equal(stage.receiver.told.filter(({ state }) => state === "ended").length, 0);
});
