/** What a device refuses: wrong digits, wrong turns, what was changed on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBundle, settle } from "../support/makers.js";
import { Stage } from "../support/pair_fixture.js";

test("a mistyped number is refused without asking the relay", async () => {
  const stage = new Stage({ mode: "T" });
  await stage.shower.device.show({ mode: "T", dir: "GS" });
  const { number } = stage.shower.last("shown");
  const slipped = number.slice(0, 11) + ((Number(number[11]) + 1) % 10);
  const asked = stage.relay.asked.length;

  const joining = stage.scanner.device.join({ number: slipped, dir: "GS" });

  await assert.rejects(joining, { code: "number_mistyped" });
  assert.equal(stage.relay.asked.length, asked);
});

test("a direction that is not the one pressed here ends it", async () => {
  const stage = new Stage({ mode: "T" });
  await stage.shower.device.show({ mode: "T", dir: "GS" });

  const { number } = stage.shower.last("shown");
  await stage.scanner.device.join({ number, dir: "SG" });
  await settle();

  assert.equal(stage.scanner.told.at(-1).code, "direction_differs");
  assert.equal(stage.shower.told.at(-1).reason, "refused");
  assert.equal(stage.shower.told.at(-1).by, "peer");
});

test("the third wrong code ends it for both; the right one is too late", async () => {
  const stage = new Stage();
  await stage.meet();
  const wrong = stage.code === "000000" ? "000001" : "000000";

  const answers = [wrong, wrong, wrong, stage.code].map((code) =>
    stage.sender.device.typeCode(code));
  await settle();

  assert.deepEqual(answers, [false, false, false, false]);
  const tries = stage.sender.told.filter(({ state }) => state === "typing");
  assert.deepEqual(tries.map(({ triesLeft }) => triesLeft), [3, 2, 1]);
  assert.equal(stage.sender.told.at(-1).code, "wrong_code");
  assert.equal(stage.receiver.told.at(-1).reason, "refused");
});

test("what is not six digits costs no try, and spaces do not matter", async () => {
  const stage = new Stage();
  await stage.meet();

  assert.equal(stage.sender.device.typeCode("12345"), false);
  assert.equal(stage.sender.device.typeCode("abcdef"), false);

  const { code } = stage;
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
  assert.equal(stage.sender.device.typeCode(spaced), true);
  assert.equal(stage.sender.told.filter(({ state }) => state === "typing").length, 1);
});

test("without the right code nothing can be offered", async () => {
  const stage = new Stage();
  await stage.meet();

  await stage.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(stage.sender.told.at(-1).reason, "refused");
  assert.ok(!stage.receiver.has("offer"));
});

test("a receiver can neither type nor send, a sender not accept", async () => {
  for (const press of /** @type {const} */ (["sendBundle", "accept"])) {
    const stage = new Stage();
    await stage.meet();
    const { device } = press === "accept" ? stage.sender : stage.receiver;
    assert.equal(stage.receiver.device.typeCode(stage.code), false);

    if (press === "accept") await device.accept();
    else await device.sendBundle(await makeBundle());
    await settle();

    assert.deepEqual(stage.both.map(({ told }) => told.at(-1).reason),
      ["refused", "refused"]);
  }
});

for (const { dir, from, n, what } of /** @type {const} */ ([
  { dir: "GS", from: "shower", n: 1, what: "m1" },
  { dir: "GS", from: "scanner", n: 1, what: "m2" },
  { dir: "GS", from: "shower", n: 2, what: "m3" },
  { dir: "GS", from: "scanner", n: 2, what: "m4" },
  { dir: "GS", from: "shower", n: 3, what: "m5" },
  { dir: "GS", from: "scanner", n: 3, what: "m6" },
  { dir: "GS", from: "shower", n: 4, what: "m7" },
  { dir: "GS", from: "scanner", n: 4, what: "m8" },
  { dir: "SG", from: "scanner", n: 3, what: "m5" },
  { dir: "SG", from: "shower", n: 3, what: "m6" },
  { dir: "SG", from: "scanner", n: 4, what: "m7" },
  { dir: "SG", from: "shower", n: 4, what: "m8" },
])) {
  test(`one bit of ${what} changed in ${dir} ends it for both`, async () => {
    const stage = new Stage({ dir });
    stage.relay.tamper = (frame, at, by) => {
      if (at !== n || by !== from) return frame;
      const changed = Uint8Array.from(frame);
      changed[Math.floor(changed.length / 2)] ^= 4;
      return changed;
    };

    await stage.live();

    const ends = stage.both.map(({ told }) => told.at(-1));
    assert.deepEqual(ends.map(({ reason }) => reason), ["refused", "refused"]);
    assert.ok(ends.some(({ code }) => code === "protocol_failed"));
    assert.equal(stage.sender.told.at(-1).stored, false);
    assert.equal(stage.receiver.kept.length, what === "m8" ? 1 : 0);
  });
}

test("a message that nobody expects ends it", async () => {
  const stage = new Stage();
  await stage.meet();

  stage.relay.invent("G", 3);
  await settle();

  assert.equal(stage.shower.told.at(-1).code, "protocol_failed");
});
