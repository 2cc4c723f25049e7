/** What a line does when it breaks: the same pairing goes on, or it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { watchPage } from "../../../../frontend/bridge/transport/connect.js";
import { makeBundle, settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });

test("a phone that was cut off gets what it missed, same handshake", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.responder.net.cut();
  pair.sender.device.typeCode(pair.code);
  await pair.sender.device.sendBundle(await makeBundle());
  await settle();
  assert.equal(pair.responder.told.at(-1).state, "cut");

  pair.responder.net.heal();
  await settle();

  assert.deepEqual(pair.responder.names.slice(-3), ["cut", "resumed", "offer"]);
  assert.equal(pair.responder.names.filter((name) => name === "code").length, 1);
});

test("what was sent while the line was down goes out when it is back", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.responder.net.cut();
  await pair.responder.device.accept();
  await settle();
  assert.equal(pair.initiator.told.at(-1).state, "offered");

  pair.responder.net.heal();
  await settle();

  assert.equal(pair.initiator.told.at(-1).reason, "done");
  assert.equal(pair.responder.told.at(-1).stored, true);
});

test("when only the socket dies, POST goes on with the work", async () => {
  const pair = new PairFixture();
  await pair.offer();
  for (const { net } of pair.both) {
    net.noSocket = true;
    net.line.drop();
  }
  await settle();
  assert.deepEqual(pair.initiator.names.slice(-2), ["cut", "resumed"]);

  await pair.receiver.device.accept();
  await pair.clock.pass(8000);

  assert.equal(pair.sender.told.at(-1).stored, true);
  assert.equal(pair.receiver.kept.length, 1);
});

test("a initiator that was away when the phone joined hears of it", async () => {
  const pair = new PairFixture();
  await pair.initiator.device.show(SHOW);
  await settle();
  pair.initiator.net.cut();
  await pair.responder.device.join(pair.asked);
  await settle();

  pair.initiator.net.heal();
  await settle();

  assert.deepEqual(pair.initiator.names, ["shown", "cut", "resumed", "joined", "typing"]);
});

test("a line that is dead without knowing it is replaced", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.responder.net.deafTo.add("resume");
  pair.responder.ports.relay.check();
  await pair.clock.pass(1900);
  assert.equal(pair.responder.told.at(-1).state, "code");

  await pair.clock.pass(200);
  pair.responder.net.deafTo.clear();
  await pair.clock.pass(10_000);

  assert.deepEqual(pair.responder.names.slice(-2), ["cut", "resumed"]);
});

test("a page that comes back looks at once, not at the next try", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.responder.net.cut();
  await pair.clock.pass(30_000);
  pair.responder.net.up = true;

  pair.responder.ports.relay.check();
  await settle();

  assert.equal(pair.responder.told.at(-1).state, "resumed");
});

test("the page's return, its showing and the network's return ask for the line", () => {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  let checks = 0;
  /** @type {boolean[]} */
  const looks = [];
  const check = () => { checks += 1; };
  watchPage({ check, setVisible: (isSeen) => looks.push(isSeen) }, { document, window });

  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("pageshow"));
  window.dispatchEvent(new Event("online"));
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(checks, 3);
  assert.deepEqual(looks, [true, true, false]);
});

test("who answers has heard; who asks a person first says that it has", async () => {
  const pair = new PairFixture();
  await pair.offer();
  assert.ok(!pair.relay.asked.includes("got"));

  await pair.clock.pass(299);
  assert.ok(!pair.relay.asked.includes("got"));
  await pair.clock.pass(1);

  // m5, at the receiver. The sender has heard nothing since it spoke.
  assert.equal(pair.relay.asked.filter((event) => event === "got").length, 1);
});

test("a delivery that got lost is made again", async () => {
  const pair = new PairFixture();
  await pair.meet();
  await pair.clock.pass(1000);
  let lost = 0;
  pair.responder.net.passes = (crossing, event) =>
    !(crossing === "told" && event === "frame" && lost++ === 0);
  pair.sender.device.typeCode(pair.code);
  await pair.sender.device.sendBundle(await makeBundle());
  await settle();
  assert.equal(pair.receiver.told.at(-1).state, "code");

  await pair.clock.pass(5000);

  assert.equal(pair.receiver.told.at(-1).state, "offer");
});

test("a pairing that the relay no longer knows is lost, and said", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.responder.net.cut();
  pair.relay.pairings.clear();

  pair.responder.net.heal();
  await settle();

  const { by, reason } = pair.responder.told.at(-1);
  assert.deepEqual({ by, reason }, { by: "relay", reason: "lost" });
});

test("after its time a pairing without a line ends by its own clock", async () => {
  const pair = new PairFixture();
  await pair.meet();
  for (const { net } of pair.both) net.cut();

  await pair.clock.pass(126_000);

  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
    ["expired", "expired"]);
});

test("what the relay ends, ends on both screens, and their lines close", async () => {
  const pair = new PairFixture();
  await pair.meet();

  pair.relay.endAll("expired");
  await settle();

  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
    ["expired", "expired"]);
  assert.ok(pair.both.every(({ net }) => net.line.isClosed));
});

test("an end that came while the line was down is heard with its reason", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.responder.net.cut();
  pair.initiator.device.cancel();
  await settle();

  pair.responder.net.heal();
  await settle();

  assert.equal(pair.responder.told.at(-1).reason, "cancelled");
});

test("a cancel during a cut is said to the relay when the line is back", async () => {
  const pair = new PairFixture();
  await pair.meet();
  pair.initiator.net.cut();
  pair.initiator.device.cancel();
  assert.equal(pair.initiator.told.at(-1).reason, "cancelled");

  pair.initiator.net.heal();
  await settle();

  assert.equal(pair.responder.told.at(-1).reason, "cancelled");
});

test("a relay that will not take a message ends it after one more look", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const { answer } = pair.relay;
  pair.relay.answer = (event, body, line) => event === "frame"
    ? { ok: false, code: "out_of_turn" } : answer.call(pair.relay, event, body, line);

  await pair.receiver.device.accept();
  await settle();

  assert.equal(pair.receiver.told.at(-1).reason, "lost");
});

test("a relay that holds nothing back is not asked without end", async () => {
  const pair = new PairFixture();
  for (const { net } of pair.both) net.noSocket = true;
  pair.relay.post = async (event, body) => pair.relay.answer(event, body, null);
  await pair.meet();
  const before = pair.relay.asked.length;

  await pair.clock.pass(10_000);

  assert.ok(pair.relay.asked.length - before <= 22, String(pair.relay.asked.length));
});

test("a sender that lost the line before the receipt learns it later", async () => {
  const pair = new PairFixture();
  await pair.offer();
  pair.receiver.keep = async () => { pair.sender.net.cut(); };
  await pair.receiver.device.accept();
  await settle();
  assert.equal(pair.sender.told.at(-1).state, "cut");
  assert.equal(pair.receiver.told.at(-1).state, "stored");

  pair.sender.net.heal();
  await settle();

  assert.equal(pair.sender.told.at(-1).stored, true);
  assert.equal(pair.receiver.told.at(-1).reason, "done");
});
