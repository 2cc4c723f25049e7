/** Two devices against each other, over a relay in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import { readLink } from "../../../../frontend/bridge/core/link.js";
import { RelayError } from "../../../../frontend/bridge/transport/relay_client.js";
import { KEY, makeBundle, ORIGIN, settle } from "../support/makers.js";
import { PairFixture, Tab } from "../support/pair_fixture.js";

const SENDER = ["typing", "matched", "offered", "accepted", "sent", "stored", "ended"];
const RECEIVER = ["code", "offer", "receiving", "keeping", "stored", "ended"];
const WAYS = /** @type {const} */ ([
  { mode: "Q", dir: "GS" }, { mode: "Q", dir: "SG" },
  { mode: "T", dir: "GS" }, { mode: "T", dir: "SG" },
]);

for (const way of WAYS) {
  for (const door of ["the socket", "POST alone", "a socket that opens late"]) {
    test(`a bundle goes over in ${way.mode} ${way.dir} by ${door}`, async () => {
      const pair = new PairFixture(way);
      for (const { net } of pair.both) net.noSocket = door !== "the socket";

      await pair.meet();
      if (door === "a socket that opens late") {
        for (const { net } of pair.both) {
          net.noSocket = false;
          net.heal();
        }
        await settle();
      }
      await go(pair);

      assert.deepEqual(
        pair.sender.names.filter((name) => SENDER.includes(name)), SENDER,
      );
      assert.deepEqual(
        pair.receiver.names.filter((name) => RECEIVER.includes(name)), RECEIVER,
      );
      assert.deepEqual(pair.initiator.names.slice(0, 2), ["shown", "joined"]);
      assert.equal(pair.responder.names[0], "joined");
      assert.equal(pair.receiver.kept.length, 1);
      assert.deepEqual(pair.receiver.kept[0].signPri, KEY);
      const done = { state: "ended", reason: "done", code: null, stored: true };
      assert.deepEqual(pair.sender.told.at(-1),
        { ...done, by: "self", sender: true, sent: true });
      assert.deepEqual(pair.receiver.told.at(-1),
        { ...done, by: "peer", sender: false, sent: false });
      assert.equal(pair.relay.seen.length, 7); // m1 came with the claim
    });
  }
}

test("the first steps go by POST; each brings the peer's next message", async () => {
  const pair = new PairFixture();
  pair.responder.net.noSocket = true;

  await pair.meet();

  // The claim brings m1, m2 brings m3; m4 is all there is to say before the code.
  assert.deepEqual(pair.responder.net.posted, ["join", "frame", "frame"]);
  assert.equal(pair.responder.told.at(-1).state, "code");
});

for (const way of WAYS) {
  test(`in ${way.mode} ${way.dir} only the receiver shows the code`, async () => {
    const pair = new PairFixture(way);

    await pair.meet();

    assert.match(pair.code, /^\d{6}$/);
    assert.ok(!JSON.stringify(pair.sender.told).includes(pair.code));
    assert.equal(pair.sender.told.at(-1).triesLeft, 3);
  });
}

test("each side hears what the other device is", async () => {
  const pair = new PairFixture();

  await pair.meet();

  assert.equal(pair.initiator.last("joined").peer.device, "phone");
  assert.equal(pair.responder.last("joined").peer.device, "computer");
  assert.equal(pair.initiator.last("joined").expiresIn, 120);
});

test("a number is shown in mode T, and a QR code in mode Q", async () => {
  const [typed, scanned] = [new PairFixture({ mode: "T" }), new PairFixture()];

  await typed.initiator.device.show({ mode: "T", dir: "GS" });
  await scanned.initiator.device.show({ mode: "Q", dir: "GS" });

  const { number, qrText, expiresIn } = typed.initiator.last("shown");
  assert.match(number, /^\d{12}$/);
  assert.deepEqual([qrText, expiresIn], [null, 180]);
  assert.equal(scanned.initiator.last("shown").number, null);
});

test("nothing a relay sees holds the seed, the code or the key", async () => {
  const pair = new PairFixture();
  await pair.finish();
  const { payload } = await makeBundle();

  const all = pair.relay.seen.map(hex).join("|");

  const { seed } = readLink(pair.initiator.last("shown").qrText, ORIGIN);
  for (const secret of [seed, payload, new TextEncoder().encode(pair.code)]) {
    assert.ok(!all.includes(hex(secret)));
  }
});

test("who declines gets nothing, and the sender hears it", async () => {
  const pair = new PairFixture();
  await pair.offer();

  await pair.receiver.device.decline();
  await settle();

  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
    ["declined", "declined"]);
  assert.equal(pair.receiver.told.at(-1).by, "self");
  assert.equal(pair.sender.told.at(-1).sent, false);
  assert.deepEqual(pair.receiver.kept, []);
});

test("a certificate that is not the offered one is not kept", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.receiver.about = { ...pair.receiver.about, name: "somebody else" };

  await pair.receiver.device.accept();
  await settle();

  assert.deepEqual(pair.receiver.kept, []);
  assert.equal(pair.receiver.told.at(-1).code, "protocol_failed");
  const { reason, sent, stored } = pair.sender.told.at(-1);
  assert.deepEqual({ reason, sent, stored },
    { reason: "refused", sent: true, stored: false });
});

test("when keeping fails, both sides know that nothing is there", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.receiver.keep = async () => {
    throw Object.assign(new Error("no room"), { code: "store_full" });
  };

  await pair.receiver.device.accept();
  await settle();

  assert.equal(pair.receiver.last("unstored").code, "store_full");
  assert.ok(!pair.receiver.has("stored"));
  const ended = { state: "ended", reason: "refused", sent: false, stored: false };
  assert.deepEqual(pair.both.map(({ told }) => told.at(-1)), [
    { ...ended, code: "not_stored_there", by: "self", sender: true },
    { ...ended, code: null, by: "peer", sender: false },
  ]);
  assert.ok(!pair.sender.has("stored")); // what was moved is not deleted
});

/**
 * Let what the receiver keeps take until the returned function is called.
 * @param {PairFixture} pair
 */
function holdKeeping(pair) {
  let finish = () => {};
  pair.receiver.keep = () =>
    new Promise((done) => { finish = () => done(undefined); });
  return () => finish();
}

test("what is being kept is kept whole, and only then receipted", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const finish = holdKeeping(pair);
  await pair.receiver.device.accept();
  await settle();
  pair.receiver.device.cancel();
  assert.equal(pair.receiver.told.at(-1).state, "keeping");
  assert.equal(pair.sender.told.at(-1).state, "arrived");

  finish();
  await settle();

  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).stored), [true, true]);
});

test("an end that comes while something is kept is told with it", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const finish = holdKeeping(pair);
  await pair.receiver.device.accept();
  await settle();
  pair.relay.endAll("expired");
  await settle();

  finish();
  await settle();

  const { by, reason, stored } = pair.receiver.told.at(-1);
  assert.deepEqual([by, reason, stored], ["relay", "expired", true]);
  const { sent, stored: isStored } = pair.sender.told.at(-1);
  assert.deepEqual({ sent, isStored }, { sent: true, isStored: false });
});

test("a third device ends the pairing for the two, and learns nothing", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const third = new Tab(pair.relay);

  const joining = third.device.join(pair.asked);

  await assert.rejects(joining, { code: "not_available" });
  await settle();
  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
    ["crowded", "crowded"]);
  assert.equal(pair.initiator.told.at(-1).by, "relay");
  assert.deepEqual([third.told, third.drawer.size], [[], 0]);
});

for (const side of /** @type {const} */ (["initiator", "responder"])) {
  test(`when the ${side} cancels, it ends for both`, async () => {
    const pair = new PairFixture();
    await pair.offer();

    pair[side].device.cancel();
    await settle();

    const { by, reason } = pair[side].told.at(-1);
    assert.deepEqual({ by, reason }, { by: "self", reason: "cancelled" });
    const [other] = pair.both.filter((tab) => tab !== pair[side]);
    assert.equal(other.told.at(-1).by, "peer");
    await pair.receiver.device.accept();
    assert.equal(pair.receiver.told.at(-1).state, "ended");
  });
}

test("a relay that does not answer is said, not waited for", async () => {
  const pair = new PairFixture();
  pair.initiator.net.deafTo.add("show");

  const starting = assert.rejects(
    pair.initiator.device.show({ mode: "Q", dir: "GS" }),
    (error) => error instanceof RelayError && error.code === "offline",
  );
  await pair.clock.pass(20_000);

  await starting;
  assert.deepEqual([pair.initiator.told, pair.initiator.drawer.size], [[], 0]);
});

/** Go on from the code to the end. @param {PairFixture} pair */
async function go(pair) {
  pair.sender.device.typeCode(pair.code);
  await pair.sender.device.sendBundle(await makeBundle());
  await pair.clock.pass(4000);
  await pair.receiver.device.accept();
  await pair.clock.pass(4000);
}
