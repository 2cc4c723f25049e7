/** Two devices against each other, over a relay in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import { readLink } from "../../../../frontend/bridge/core/link.js";
import { RelayError } from "../../../../frontend/bridge/transport/relay_client.js";
import { KEY, makeBundle, ORIGIN, settle } from "../support/makers.js";
import { Stage, Tab } from "../support/pair_fixture.js";

const SENDER = ["typing", "matched", "offered", "accepted", "sent", "stored", "ended"];
const RECEIVER = ["code", "offer", "receiving", "keeping", "stored", "ended"];
const WAYS = /** @type {const} */ ([
  { mode: "Q", dir: "GS" }, { mode: "Q", dir: "SG" },
  { mode: "T", dir: "GS" }, { mode: "T", dir: "SG" },
]);

for (const how of WAYS) {
  for (const door of ["the socket", "POST alone", "a socket that opens late"]) {
    test(`a bundle goes over in ${how.mode} ${how.dir} by ${door}`, async () => {
      const stage = new Stage(how);
      for (const { net } of stage.both) net.noSocket = door !== "the socket";

      await stage.meet();
      if (door === "a socket that opens late") {
        for (const { net } of stage.both) {
          net.noSocket = false;
          net.heal();
        }
        await settle();
      }
      await go(stage);

      assert.deepEqual(
        stage.sender.names.filter((name) => SENDER.includes(name)), SENDER,
      );
      assert.deepEqual(
        stage.receiver.names.filter((name) => RECEIVER.includes(name)), RECEIVER,
      );
      assert.deepEqual(stage.shower.names.slice(0, 2), ["shown", "joined"]);
      assert.equal(stage.scanner.names[0], "joined");
      assert.equal(stage.receiver.kept.length, 1);
      assert.deepEqual(stage.receiver.kept[0].signPri, KEY);
      const done = { state: "ended", reason: "done", code: null, stored: true };
      assert.deepEqual(stage.sender.told.at(-1),
        { ...done, by: "self", sender: true, sent: true });
      assert.deepEqual(stage.receiver.told.at(-1),
        { ...done, by: "peer", sender: false, sent: false });
      assert.equal(stage.relay.seen.length, 7); // m1 came with the claim
    });
  }
}

test("the first steps go by POST; each brings the peer's next message", async () => {
  const stage = new Stage();
  stage.scanner.net.noSocket = true;

  await stage.meet();

  // The claim brings m1, m2 brings m3; m4 is all there is to say before the code.
  assert.deepEqual(stage.scanner.net.posted, ["join", "frame", "frame"]);
  assert.equal(stage.scanner.told.at(-1).state, "code");
});

for (const how of WAYS) {
  test(`in ${how.mode} ${how.dir} only the receiver shows the code`, async () => {
    const stage = new Stage(how);

    await stage.meet();

    assert.match(stage.code, /^\d{6}$/);
    assert.ok(!JSON.stringify(stage.sender.told).includes(stage.code));
    assert.equal(stage.sender.told.at(-1).triesLeft, 3);
  });
}

test("each side hears what the other device is", async () => {
  const stage = new Stage();

  await stage.meet();

  assert.equal(stage.shower.last("joined").peer.device, "phone");
  assert.equal(stage.scanner.last("joined").peer.device, "computer");
  assert.equal(stage.shower.last("joined").expiresIn, 120);
});

test("a number is shown in mode T, and a QR code in mode Q", async () => {
  const [typed, scanned] = [new Stage({ mode: "T" }), new Stage()];

  await typed.shower.device.show({ mode: "T", dir: "GS" });
  await scanned.shower.device.show({ mode: "Q", dir: "GS" });

  const { number, qrText, expiresIn } = typed.shower.last("shown");
  assert.match(number, /^\d{12}$/);
  assert.deepEqual([qrText, expiresIn], [null, 180]);
  assert.equal(scanned.shower.last("shown").number, null);
});

test("nothing a relay sees holds the seed, the code or the key", async () => {
  const stage = new Stage();
  await stage.finish();
  const { payload } = await makeBundle();

  const all = stage.relay.seen.map(hex).join("|");

  const { seed } = readLink(stage.shower.last("shown").qrText, ORIGIN);
  for (const secret of [seed, payload, new TextEncoder().encode(stage.code)]) {
    assert.ok(!all.includes(hex(secret)));
  }
});

test("who declines gets nothing, and the sender hears it", async () => {
  const stage = new Stage();
  await stage.offer();

  await stage.receiver.device.decline();
  await settle();

  assert.deepEqual(stage.both.map(({ told }) => told.at(-1).reason),
    ["declined", "declined"]);
  assert.equal(stage.receiver.told.at(-1).by, "self");
  assert.equal(stage.sender.told.at(-1).sent, false);
  assert.deepEqual(stage.receiver.kept, []);
});

test("a certificate that is not the offered one is not kept", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.receiver.about = { ...stage.receiver.about, name: "somebody else" };

  await stage.receiver.device.accept();
  await settle();

  assert.deepEqual(stage.receiver.kept, []);
  assert.equal(stage.receiver.told.at(-1).code, "protocol_failed");
  const { reason, sent, stored } = stage.sender.told.at(-1);
  assert.deepEqual({ reason, sent, stored },
    { reason: "refused", sent: true, stored: false });
});

test("when keeping fails, both sides know that nothing is there", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.receiver.keep = async () => {
    throw Object.assign(new Error("no room"), { code: "store_full" });
  };

  await stage.receiver.device.accept();
  await settle();

  assert.equal(stage.receiver.last("unstored").code, "store_full");
  assert.ok(!stage.receiver.has("stored"));
  const ended = { state: "ended", reason: "refused", sent: false, stored: false };
  assert.deepEqual(stage.both.map(({ told }) => told.at(-1)), [
    { ...ended, code: "not_stored_there", by: "self", sender: true },
    { ...ended, code: null, by: "peer", sender: false },
  ]);
  assert.ok(!stage.sender.has("stored")); // what was moved is not deleted
});

/**
 * Let what the receiver keeps take until the returned function is called.
 * @param {Stage} stage
 */
function holdKeeping(stage) {
  let finish = () => {};
  stage.receiver.keep = () =>
    new Promise((done) => { finish = () => done(undefined); });
  return () => finish();
}

test("what is being kept is kept whole, and only then receipted", async () => {
  const stage = new Stage();
  await stage.offer();
  const finish = holdKeeping(stage);
  await stage.receiver.device.accept();
  await settle();
  stage.receiver.device.cancel();
  assert.equal(stage.receiver.told.at(-1).state, "keeping");
  assert.equal(stage.sender.told.at(-1).state, "arrived");

  finish();
  await settle();

  assert.deepEqual(stage.both.map(({ told }) => told.at(-1).stored), [true, true]);
});

test("an end that comes while something is kept is told with it", async () => {
  const stage = new Stage();
  await stage.offer();
  const finish = holdKeeping(stage);
  await stage.receiver.device.accept();
  await settle();
  stage.relay.endAll("expired");
  await settle();

  finish();
  await settle();

  const { by, reason, stored } = stage.receiver.told.at(-1);
  assert.deepEqual([by, reason, stored], ["relay", "expired", true]);
  const { sent, stored: known } = stage.sender.told.at(-1);
  assert.deepEqual({ sent, known }, { sent: true, known: false });
});

test("a third device ends the pairing for the two, and learns nothing", async () => {
  const stage = new Stage();
  await stage.meet();
  const third = new Tab(stage.relay);

  const joining = third.device.join(stage.asked);

  await assert.rejects(joining, { code: "not_available" });
  await settle();
  assert.deepEqual(stage.both.map(({ told }) => told.at(-1).reason),
    ["crowded", "crowded"]);
  assert.equal(stage.shower.told.at(-1).by, "relay");
  assert.deepEqual([third.told, third.drawer.size], [[], 0]);
});

for (const side of /** @type {const} */ (["shower", "scanner"])) {
  test(`when the ${side} cancels, it ends for both`, async () => {
    const stage = new Stage();
    await stage.offer();

    stage[side].device.cancel();
    await settle();

    const { by, reason } = stage[side].told.at(-1);
    assert.deepEqual({ by, reason }, { by: "self", reason: "cancelled" });
    const [other] = stage.both.filter((tab) => tab !== stage[side]);
    assert.equal(other.told.at(-1).by, "peer");
    await stage.receiver.device.accept();
    assert.equal(stage.receiver.told.at(-1).state, "ended");
  });
}

test("a relay that does not answer is said, not waited for", async () => {
  const stage = new Stage();
  stage.shower.net.deafTo.add("show");

  const starting = assert.rejects(
    stage.shower.device.show({ mode: "Q", dir: "GS" }),
    (error) => error instanceof RelayError && error.code === "offline",
  );
  await stage.clock.pass(20_000);

  await starting;
  assert.deepEqual([stage.shower.told, stage.shower.drawer.size], [[], 0]);
});

/** Go on from the code to the end. @param {Stage} stage */
async function go(stage) {
  stage.sender.device.typeCode(stage.code);
  await stage.sender.device.sendBundle(await makeBundle());
  await stage.clock.pass(4000);
  await stage.receiver.device.accept();
  await stage.clock.pass(4000);
}
