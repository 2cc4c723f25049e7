/** What a line does when it breaks: the same pairing goes on, or it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { watch } from "../../../frontend/bridge/line.js";
import { makeBundle, settle, Stage } from "./makers.js";

const { names } = Stage;

test("a phone that was cut off gets what it missed, same handshake", async () => {
  const stage = new Stage();
  await stage.meet();
  const { code } = stage;
  stage.phoneLine.cut();
  stage.shower.typeCode(code);
  await stage.shower.sendBundle(await makeBundle());
  await settle();
  assert.equal(stage.phone.at(-1).state, "cut");

  stage.phoneLine.connect();
  await settle();

  assert.deepEqual(names(stage.phone).slice(-3), ["cut", "resumed", "offer"]);
  assert.equal(stage.phone.filter(({ state }) => state === "code").length, 1);
  await stage.scanner.accept();
  await settle();
  assert.equal(stage.pc.at(-1).reason, "done");
});

test("what was sent while the line was down goes out when it is back", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.phoneLine.cut();
  await stage.scanner.accept();
  await settle();
  assert.equal(stage.pc.at(-1).state, "offered");

  stage.phoneLine.connect();
  await settle();

  assert.equal(stage.pc.at(-1).reason, "done");
  assert.equal(stage.phone.at(-1).stored, true);
});

test("a frame whose answer was lost is not sent twice", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.phoneLine.deafTo.add("frame");
  await stage.scanner.accept();
  await settle();

  stage.phoneLine.deafTo.clear();
  await stage.clock.pass(6000);

  assert.equal(stage.pc.at(-1).reason, "done");
  assert.equal(stage.kept.length, 1);
  assert.equal(stage.server.seen.length, 8);
});

test("a shower that was away when the phone joined hears of it", async () => {
  const stage = new Stage();
  const { qrText } = await stage.shower.start();
  stage.pcLine.cut();
  const { readLink } = await import("../../../frontend/bridge/link.js");
  await stage.scanner.join(readLink(qrText, "https://bank.example"));
  await settle();

  stage.pcLine.connect();
  await settle();

  assert.deepEqual(
    names(stage.pc), ["shown", "cut", "resumed", "joined", "typing"],
  );
});

test("a line that is dead without knowing it is replaced", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.phoneLine.deafTo.add("resume");
  stage.phoneRelay.check();
  await stage.clock.pass(1900);
  assert.equal(stage.phone.at(-1).state, "code");

  await stage.clock.pass(200);
  stage.phoneLine.deafTo.clear();
  await stage.clock.pass(10_000);

  assert.deepEqual(names(stage.phone).slice(-2), ["cut", "resumed"]);
});

test("the page's return, its showing and the network's return ask for the line", () => {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  let checks = 0;
  watch({ check: () => { checks += 1; } }, { document, window });

  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("pageshow"));
  window.dispatchEvent(new Event("online"));
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(checks, 3);
});

test("a pairing that the relay no longer knows is lost, and said", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.phoneLine.cut();
  stage.server.pairings.clear();

  stage.phoneLine.connect();
  await settle();

  assert.equal(stage.phone.at(-1).reason, "lost");
});

test("after its time a pairing without a line ends by its own clock", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.phoneLine.cut();
  stage.pcLine.cut();

  await stage.clock.pass(126_000);

  assert.equal(stage.pc.at(-1).reason, "expired");
  assert.equal(stage.phone.at(-1).reason, "expired");
});

test("what the relay ends, ends on both screens", async () => {
  const stage = new Stage();
  await stage.meet();

  stage.server.endAll("expired");
  await settle();

  assert.equal(stage.pc.at(-1).reason, "expired");
  assert.equal(stage.phone.at(-1).reason, "expired");
  assert.equal(stage.pcLine.closed && stage.phoneLine.closed, true);
});

test("an end that came while the line was down is heard with its reason", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.phoneLine.cut();
  stage.shower.cancel();
  await settle();

  stage.phoneLine.connect();
  await settle();

  assert.equal(stage.phone.at(-1).reason, "cancelled");
});

test("a receiver whose line was down at the end hears that it is done", async () => {
  const stage = new Stage();
  await stage.offer();
  const { deliver } = stage.phoneLine;
  stage.phoneLine.deliver = (event, body) => {
    if (event === "ended") stage.phoneLine.cut();
    else deliver.call(stage.phoneLine, event, body);
  };
  await stage.scanner.accept();
  await settle();
  assert.equal(stage.phone.at(-1).state, "cut");

  stage.phoneLine.connect();
  await settle();

  assert.deepEqual(stage.phone.at(-1),
    { state: "ended", reason: "done", code: null, stored: true });
});

test("a cancel during a cut is said to the relay when the line is back", async () => {
  const stage = new Stage();
  await stage.meet();
  stage.pcLine.cut();
  stage.shower.cancel();
  assert.equal(stage.pc.at(-1).reason, "cancelled");

  stage.pcLine.connect();
  await settle();

  assert.equal(stage.phone.at(-1).reason, "cancelled");
});

test("a sender that lost the line before the receipt learns it later", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.keep = async (bundle) => {
    stage.kept.push(bundle);
    stage.pcLine.cut();
  };
  await stage.scanner.accept();
  await settle();
  assert.equal(stage.pc.at(-1).state, "cut");
  assert.equal(stage.phone.at(-1).state, "stored");

  stage.pcLine.connect();
  await settle();

  assert.equal(stage.pc.at(-1).stored, true);
  assert.equal(stage.phone.at(-1).reason, "done");
});
