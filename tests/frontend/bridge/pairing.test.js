/** Shower and Scanner against each other, over a relay in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../frontend/lib/bytes.js";
import { readLink } from "../../../frontend/bridge/link.js";
import { RelayError } from "../../../frontend/bridge/relay.js";
import { Scanner } from "../../../frontend/bridge/scanner.js";
import { FakeLine, KEY, makeBundle, ORIGIN, random, settle, Stage } from "./makers.js";

const { names } = Stage;

test("a bundle goes from the shower to the scanner, and both know", async () => {
  const stage = new Stage();
  await stage.offer();

  await stage.scanner.accept();
  await settle();

  assert.deepEqual(names(stage.pc), [
    "shown", "joined", "typing", "matched", "offered", "accepted", "sent", "stored",
    "ended",
  ]);
  assert.deepEqual(names(stage.phone), [
    "joined", "code", "offer", "receiving", "keeping", "stored", "ended",
  ]);
  const done = { state: "ended", reason: "done", code: null, stored: true };
  assert.deepEqual(stage.pc.at(-1), { ...done, sent: true });
  assert.deepEqual(stage.phone.at(-1), done);
  assert.equal(stage.kept.length, 1);
  assert.deepEqual(stage.kept[0].signPri, KEY);
});

test("the code is on the scanner only, before anything is sent", async () => {
  const stage = new Stage();

  await stage.meet();

  assert.match(stage.code, /^\d{6}$/);
  assert.ok(!JSON.stringify(stage.pc).includes(stage.code));
  assert.equal(stage.pc.at(-1).triesLeft, 3);
  assert.equal(stage.phone.at(-1).state, "code");
});

test("each side hears what the other device is", async () => {
  const stage = new Stage();

  await stage.meet();

  assert.equal(stage.pc[1].peer.device, "phone");
  assert.equal(stage.phone[0].peer.device, "computer");
});

test("nothing a relay sees holds the seed, the code or the key", async () => {
  const stage = new Stage();
  await stage.offer();
  const { payload } = await makeBundle();
  await stage.scanner.accept();
  await settle();

  const all = stage.server.seen.map(hex).join("|");

  const { seed } = readLink(stage.pc[0].qrText, ORIGIN);
  for (const secret of [seed, payload, new TextEncoder().encode(stage.code)]) {
    assert.ok(!all.includes(hex(secret)));
  }
  assert.equal(stage.server.seen.length, 8);
});

test("the third wrong code ends it for both; the right one is too late", async () => {
  const stage = new Stage();
  await stage.meet();
  const wrong = stage.code === "000000" ? "000001" : "000000";

  const answers = [wrong, wrong, wrong, stage.code].map((code) =>
    stage.shower.typeCode(code));
  await settle();

  assert.deepEqual(answers, [false, false, false, false]);
  const tries = stage.pc.filter(({ state }) => state === "typing");
  assert.deepEqual(tries.map(({ triesLeft }) => triesLeft), [3, 2, 1]);
  assert.equal(stage.pc.at(-1).code, "wrong_code");
  assert.equal(stage.phone.at(-1).reason, "refused");
});

test("what is not six digits costs no try, and spaces do not matter", async () => {
  const stage = new Stage();
  await stage.meet();

  assert.equal(stage.shower.typeCode("12345"), false);
  assert.equal(stage.shower.typeCode("abcdef"), false);

  const { code } = stage;
  assert.equal(stage.shower.typeCode(`${code.slice(0, 3)} ${code.slice(3)}`), true);
  assert.equal(stage.pc.filter(({ state }) => state === "typing").length, 1);
});

test("without the right code nothing can be offered", async () => {
  const stage = new Stage();
  await stage.meet();

  await stage.shower.sendBundle(await makeBundle());
  await settle();

  assert.equal(stage.pc.at(-1).reason, "refused");
  assert.ok(!names(stage.phone).includes("offer"));
});

test("who declines gets nothing, and the sender hears it", async () => {
  const stage = new Stage();
  await stage.offer();

  await stage.scanner.decline();
  await settle();

  assert.equal(stage.pc.at(-1).reason, "declined");
  assert.equal(stage.phone.at(-1).reason, "declined");
  assert.equal(stage.pc.at(-1).sent, false);
  assert.deepEqual(stage.kept, []);
});

test("a certificate that is not the offered one is not kept", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.about = { ...stage.about, name: "somebody else" };

  await stage.scanner.accept();
  await settle();

  assert.deepEqual(stage.kept, []);
  assert.equal(stage.phone.at(-1).code, "protocol_failed");
  const { reason, sent, stored } = stage.pc.at(-1);
  assert.deepEqual({ reason, sent, stored },
    { reason: "refused", sent: true, stored: false });
});

test("no receipt goes out when keeping fails", async () => {
  const stage = new Stage();
  await stage.offer();
  stage.keep = async () => {
    throw Object.assign(new Error("no room"), { code: "store_full" });
  };

  await stage.scanner.accept();
  await settle();

  assert.equal(stage.phone.at(-1).code, "store_full");
  assert.equal(stage.pc.at(-1).stored, false);
});

test("no receipt goes out while it is still being kept", async () => {
  const stage = new Stage();
  await stage.offer();
  let finish = () => {};
  stage.keep = () => new Promise((done) => { finish = () => done(undefined); });
  await Promise.race([stage.scanner.accept(), settle()]);
  await settle();

  assert.equal(stage.phone.at(-1).state, "keeping");
  assert.equal(stage.pc.at(-1).state, "sent");

  finish();
  await settle();
  assert.equal(stage.pc.at(-1).stored, true);
});

for (const { from, n, what } of [
  { from: "shower", n: 1, what: "m1" }, { from: "scanner", n: 1, what: "m2" },
  { from: "shower", n: 2, what: "m3" }, { from: "scanner", n: 2, what: "m4" },
  { from: "shower", n: 3, what: "m5" }, { from: "scanner", n: 3, what: "m6" },
  { from: "shower", n: 4, what: "m7" }, { from: "scanner", n: 4, what: "m8" },
]) {
  test(`a relay that changes one bit of ${what} ends it for both`, async () => {
    const stage = new Stage();
    stage.server.tamper = (frame, at, by) => {
      if (at !== n || by !== from) return frame;
      const changed = Uint8Array.from(frame);
      changed[Math.floor(changed.length / 2)] ^= 4;
      return changed;
    };

    await walkThrough(stage);

    const ends = [stage.pc.at(-1), stage.phone.at(-1)];
    assert.deepEqual(ends.map(({ reason }) => reason), ["refused", "refused"]);
    assert.ok(ends.some(({ code }) => code === "protocol_failed"));
    assert.equal(stage.pc.at(-1).stored, false);
    assert.equal(stage.kept.length, n === 4 && from === "scanner" ? 1 : 0);
  });
}

test("a frame that nobody expects ends it", async () => {
  const stage = new Stage();
  await stage.meet();

  stage.pcLine.deliver("frame", { n: 3, data: random(1040) });
  await settle();

  assert.equal(stage.pc.at(-1).code, "protocol_failed");
});

test("a third device ends the pairing for the two", async () => {
  const stage = new Stage();
  await stage.meet();
  const line = new FakeLine(stage.server);
  /** @type {any[]} */
  const told = [];
  const third = new Scanner({
    relay: stage.relay(line), random, read: () => stage.about,
    keep: async () => {}, tell: (state) => told.push(state),
  });

  const link = readLink(stage.pc[0].qrText, ORIGIN);
  await assert.rejects(third.join(link), { code: "not_available" });
  await settle();

  assert.equal(stage.pc.at(-1).reason, "crowded");
  assert.equal(stage.phone.at(-1).reason, "crowded");
  assert.deepEqual(told, []);
});

test("a code that wants to receive is not joined as if it would send", async () => {
  const stage = new Stage();
  const { qrText } = await stage.shower.start();
  const link = readLink(qrText, ORIGIN);

  await assert.rejects(
    stage.scanner.join({ ...link, dir: "SG" }), { code: "link_direction" },
  );
});

test("who cancels ends it for both", async () => {
  const stage = new Stage();
  await stage.offer();

  stage.shower.cancel();
  await settle();

  assert.equal(stage.pc.at(-1).reason, "cancelled");
  assert.equal(stage.phone.at(-1).reason, "cancelled");
  await stage.scanner.accept();
  assert.equal(stage.phone.at(-1).state, "ended");
});

test("a relay that does not answer is said, not waited for", async () => {
  const stage = new Stage();
  stage.pcLine.deafTo.add("show");

  const starting = assert.rejects(stage.shower.start(), (error) =>
    error instanceof RelayError && error.code === "offline");
  await settle();
  await stage.clock.pass(10_000);

  await starting;
});

/** Do all that two people would do. @param {Stage} stage */
async function walkThrough(stage) {
  await stage.meet();
  if (names(stage.pc).at(-1) !== "typing") return;
  stage.shower.typeCode(stage.code);
  await stage.shower.sendBundle(await makeBundle());
  await settle();
  if (names(stage.phone).at(-1) !== "offer") return;
  await stage.scanner.accept();
  await settle();
}
