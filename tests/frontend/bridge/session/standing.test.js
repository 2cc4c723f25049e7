import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url } from "../../../../frontend/lib/bytes.js";
import { settle } from "../support/fake_time.js";
import { makeBundle, random } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

/** @param {"password" | "press"} word */
async function matched(word) {
  const pair = new PairFixture();
  await pair.meet();
  pair.sender.device.typeCode(pair.code);
  await pair.sender.device.announce(word);
  await settle();
  return pair;
}

for (const word of /** @type {const} */ (["password", "press"])) {
  test(`the receiver hears that the digits were right, and of the ${word}`, async () => {
    const pair = await matched(word);

    const now = pair.receiver.told.at(-1);
    assert.deepEqual(now, { state: "matched", asks: word });
  });
}

test("it hears so again after a reload, and then what is coming", async () => {
  const pair = await matched("password");
  await pair.receiver.reload();
  await settle();
  assert.equal(pair.receiver.names.at(-1), "matched");

  await pair.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(pair.receiver.names.at(-1), "offer");
});

test("what the sender waits for may change", async () => {
  const pair = await matched("press");
  await pair.sender.device.announce("password");
  await settle();

  assert.equal(pair.receiver.told.at(-1).asks, "password");
});

test("what the relay makes up says nothing, and ends nothing", async () => {
  const pair = new PairFixture();
  await pair.meet();
  for (const note of [base64url(random(16)), "", "%%", 7]) {
    const [pairing] = pair.relay.pairings.values();
    pairing.initiator.about = { note: /** @type {any} */ (note) };
    pair.receiver.ports.relay.check();
    await settle();
  }

  assert.equal(pair.receiver.names.at(-1), "code");
});

test("with a relay of before, all goes on without", async () => {
  const pair = new PairFixture();
  pair.relay.isOld = true;
  await pair.meet();
  pair.sender.device.typeCode(pair.code);
  await pair.sender.device.announce("password");
  await settle();
  assert.equal(pair.receiver.names.at(-1), "code");

  await pair.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(pair.receiver.names.at(-1), "offer");
});

test("an offer counts as seen when the other device has it", async () => {
  const pair = await matched("password");
  pair.receiver.net.cut();
  void pair.sender.device.sendBundle(await makeBundle());
  await pair.clock.pass(1000);
  assert.equal(pair.sender.names.at(-1), "offered");

  pair.receiver.net.heal();
  pair.receiver.ports.relay.check();
  await pair.clock.pass(5000);

  assert.equal(pair.sender.names.at(-1), "seen");
});

test("what comes while a line is proved is acknowledged all the same", async () => {
  const pair = await matched("password");
  pair.receiver.net.deafTo.add("resume"); // its answer takes a while
  pair.receiver.ports.relay.check();
  await pair.sender.device.sendBundle(await makeBundle());
  await pair.clock.pass(200);
  pair.receiver.net.deafTo.clear();
  await pair.clock.pass(2500);

  assert.equal(pair.sender.names.at(-1), "seen");
});

test("a device that goes and comes back is told to the other", async () => {
  const pair = new PairFixture();
  await pair.meet();

  pair.relay.leave("G");
  await settle();
  assert.deepEqual(pair.receiver.told.at(-1), { state: "presence", presence: "gone" });
  pair.sender.ports.relay.check();
  await settle();
  assert.deepEqual(pair.receiver.told.at(-1), { state: "presence", presence: "here" });
  pair.sender.ports.relay.setVisible(false);
  await settle();

  const now = pair.receiver.told.at(-1);
  assert.deepEqual(now, { state: "presence", presence: "hidden" });
  assert.equal(pair.receiver.told.filter(({ state }) => state === "ended").length, 0);
});
