/** What a line does when it breaks: the same pairing goes on, or it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { watchPage } from "../../../../frontend/bridge/transport/connect.js";
import { makeBundle, settle } from "../support/makers.js";
import { Stage } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });

test("a phone that was cut off gets what it missed, same handshake", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.scanner.net.cut();
  stage.sender.device.typeCode(stage.code);
  await stage.sender.device.sendBundle(await makeBundle());
  await settle();
  assert.equal(stage.scanner.told.at(-1).state, "cut");

  stage.scanner.net.heal();
  await settle();

  assert.deepEqual(stage.scanner.names.slice(-3), ["cut", "resumed", "offer"]);
  assert.equal(stage.scanner.names.filter((name) => name === "code").length, 1);
});

test("what was sent while the line was down goes out when it is back", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.scanner.net.cut();
  await stage.scanner.device.accept();
  await settle();
  assert.equal(stage.shower.told.at(-1).state, "offered");

  stage.scanner.net.heal();
  await settle();

  assert.equal(stage.shower.told.at(-1).reason, "done");
  assert.equal(stage.scanner.told.at(-1).stored, true);
});

test("when only the socket dies, POST goes on with the work", async () => {
  const stage = new Stage();
  await stage.offer();
  for (const { net } of stage.both) {
    net.noSocket = true;
    net.line.drop();
  }
  await settle();
  assert.deepEqual(stage.shower.names.slice(-2), ["cut", "resumed"]);

  await stage.receiver.device.accept();
  await stage.clock.pass(8000);

  assert.equal(stage.sender.told.at(-1).stored, true);
  assert.equal(stage.receiver.kept.length, 1);
});

test("a shower that was away when the phone joined hears of it", async () => {
  const stage = new Stage();
  await stage.shower.device.show(SHOW);
  await settle();
  stage.shower.net.cut();
  await stage.scanner.device.join(stage.asked);
  await settle();

  stage.shower.net.heal();
  await settle();

  assert.deepEqual(stage.shower.names, ["shown", "cut", "resumed", "joined", "typing"]);
});

test("a line that is dead without knowing it is replaced", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.scanner.net.deafTo.add("resume");
  stage.scanner.ports.relay.check();
  await stage.clock.pass(1900);
  assert.equal(stage.scanner.told.at(-1).state, "code");

  await stage.clock.pass(200);
  stage.scanner.net.deafTo.clear();
  await stage.clock.pass(10_000);

  assert.deepEqual(stage.scanner.names.slice(-2), ["cut", "resumed"]);
});

test("a page that comes back looks at once, not at the next try", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.scanner.net.cut();
  await stage.clock.pass(30_000);
  stage.scanner.net.up = true;

  stage.scanner.ports.relay.check();
  await settle();

  assert.equal(stage.scanner.told.at(-1).state, "resumed");
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
  const stage = new Stage();
  await stage.offer();
  assert.ok(!stage.relay.asked.includes("got"));

  await stage.clock.pass(299);
  assert.ok(!stage.relay.asked.includes("got"));
  await stage.clock.pass(1);

  // m5, at the receiver. The sender has heard nothing since it spoke.
  assert.equal(stage.relay.asked.filter((event) => event === "got").length, 1);
});

test("a delivery that got lost is made again", async () => {
  const stage = new Stage();
  await stage.meet();
  await stage.clock.pass(1000);
  let lost = 0;
  stage.scanner.net.passes = (what, event) =>
    !(what === "told" && event === "frame" && lost++ === 0);
  stage.sender.device.typeCode(stage.code);
  await stage.sender.device.sendBundle(await makeBundle());
  await settle();
  assert.equal(stage.receiver.told.at(-1).state, "code");

  await stage.clock.pass(5000);

  assert.equal(stage.receiver.told.at(-1).state, "offer");
});

test("a pairing that the relay no longer knows is lost, and said", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.scanner.net.cut();
  stage.relay.pairings.clear();

  stage.scanner.net.heal();
  await settle();

  const { by, reason } = stage.scanner.told.at(-1);
  assert.deepEqual({ by, reason }, { by: "relay", reason: "lost" });
});

test("after its time a pairing without a line ends by its own clock", async () => {
  const stage = new Stage();
  await stage.meet();
  for (const { net } of stage.both) net.cut();

  await stage.clock.pass(126_000);

  assert.deepEqual(stage.both.map(({ told }) => told.at(-1).reason),
    ["expired", "expired"]);
});

test("what the relay ends, ends on both screens, and their lines close", async () => {
  const stage = new Stage();
  await stage.meet();

  stage.relay.endAll("expired");
  await settle();

  assert.deepEqual(stage.both.map(({ told }) => told.at(-1).reason),
    ["expired", "expired"]);
  assert.ok(stage.both.every(({ net }) => net.line.isClosed));
});

test("an end that came while the line was down is heard with its reason", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.scanner.net.cut();
  stage.shower.device.cancel();
  await settle();

  stage.scanner.net.heal();
  await settle();

  assert.equal(stage.scanner.told.at(-1).reason, "cancelled");
});

test("a cancel during a cut is said to the relay when the line is back", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.shower.net.cut();
  stage.shower.device.cancel();
  assert.equal(stage.shower.told.at(-1).reason, "cancelled");

  stage.shower.net.heal();
  await settle();

  assert.equal(stage.scanner.told.at(-1).reason, "cancelled");
});

test("a relay that will not take a message ends it after one more look", async () => {
  const stage = new Stage();
  await stage.offer();
  const { answer } = stage.relay;
  stage.relay.answer = (event, body, line) => event === "frame"
    ? { ok: false, code: "out_of_turn" } : answer.call(stage.relay, event, body, line);

  await stage.receiver.device.accept();
  await settle();

  assert.equal(stage.receiver.told.at(-1).reason, "lost");
});

test("a relay that holds nothing back is not asked without end", async () => {
  const stage = new Stage();
  for (const { net } of stage.both) net.noSocket = true;
  stage.relay.post = async (event, body) => stage.relay.answer(event, body, null);
  await stage.meet();
  const before = stage.relay.asked.length;

  await stage.clock.pass(10_000);

  assert.ok(stage.relay.asked.length - before <= 22, String(stage.relay.asked.length));
});

test("a sender that lost the line before the receipt learns it later", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.receiver.keep = async () => { stage.sender.net.cut(); };
  await stage.receiver.device.accept();
  await settle();
  assert.equal(stage.sender.told.at(-1).state, "cut");
  assert.equal(stage.receiver.told.at(-1).state, "stored");

  stage.sender.net.heal();
  await settle();

  assert.equal(stage.sender.told.at(-1).stored, true);
  assert.equal(stage.receiver.told.at(-1).reason, "done");
});
