/** What a device refuses: wrong digits, wrong turns, what was changed on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBundle, settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

test("a mistyped number is refused without asking the relay", async () => {
  const pair = new PairFixture({ mode: "T" });
  await pair.initiator.device.show({ mode: "T", dir: "GS" });
  const { number } = pair.initiator.last("shown");
  const slipped = number.slice(0, 11) + ((Number(number[11]) + 1) % 10);
  const asked = pair.relay.asked.length;

  const joining = pair.responder.device.join({ number: slipped, dir: "GS" });

  await assert.rejects(joining, { code: "number_mistyped" });
  assert.equal(pair.relay.asked.length, asked);
});

test("a direction that is not the one pressed here ends it", async () => {
  const pair = new PairFixture({ mode: "T" });
  await pair.initiator.device.show({ mode: "T", dir: "GS" });

  const { number } = pair.initiator.last("shown");
  await pair.responder.device.join({ number, dir: "SG" });
  await settle();

  assert.equal(pair.responder.told.at(-1).code, "direction_differs");
  assert.equal(pair.initiator.told.at(-1).reason, "refused");
  assert.equal(pair.initiator.told.at(-1).by, "peer");
});

test("the third wrong code ends it for both; the right one is too late", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const wrong = pair.code === "000000" ? "000001" : "000000";

  const answers = [wrong, wrong, wrong, pair.code].map((code) =>
    pair.sender.device.typeCode(code));
  await settle();

  assert.deepEqual(answers, [false, false, false, false]);
  const tries = pair.sender.told.filter(({ state }) => state === "typing");
  assert.deepEqual(tries.map(({ triesLeft }) => triesLeft), [3, 2, 1]);
  assert.equal(pair.sender.told.at(-1).code, "wrong_code");
  assert.equal(pair.receiver.told.at(-1).reason, "refused");
});

test("what is not six digits costs no try, and spaces do not matter", async () => {
  const pair = new PairFixture();
  await pair.meet();

  assert.equal(pair.sender.device.typeCode("12345"), false);
  assert.equal(pair.sender.device.typeCode("abcdef"), false);

  const { code } = pair;
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
  assert.equal(pair.sender.device.typeCode(spaced), true);
  assert.equal(pair.sender.told.filter(({ state }) => state === "typing").length, 1);
});

test("without the right code nothing can be offered", async () => {
  const pair = new PairFixture();
  await pair.meet();

  await pair.sender.device.sendBundle(await makeBundle());
  await settle();

  assert.equal(pair.sender.told.at(-1).reason, "refused");
  assert.ok(!pair.receiver.has("offer"));
});

test("a receiver can neither type nor send, a sender not accept", async () => {
  for (const press of /** @type {const} */ (["sendBundle", "accept"])) {
    const pair = new PairFixture();
    await pair.meet();
    const { device } = press === "accept" ? pair.sender : pair.receiver;
    assert.equal(pair.receiver.device.typeCode(pair.code), false);

    if (press === "accept") await device.accept();
    else await device.sendBundle(await makeBundle());
    await settle();

    assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
      ["refused", "refused"]);
  }
});

for (const { dir, from, n, what } of /** @type {const} */ ([
  { dir: "GS", from: "initiator", n: 1, what: "m1" },
  { dir: "GS", from: "responder", n: 1, what: "m2" },
  { dir: "GS", from: "initiator", n: 2, what: "m3" },
  { dir: "GS", from: "responder", n: 2, what: "m4" },
  { dir: "GS", from: "initiator", n: 3, what: "m5" },
  { dir: "GS", from: "responder", n: 3, what: "m6" },
  { dir: "GS", from: "initiator", n: 4, what: "m7" },
  { dir: "GS", from: "responder", n: 4, what: "m8" },
  { dir: "SG", from: "responder", n: 3, what: "m5" },
  { dir: "SG", from: "initiator", n: 3, what: "m6" },
  { dir: "SG", from: "responder", n: 4, what: "m7" },
  { dir: "SG", from: "initiator", n: 4, what: "m8" },
])) {
  test(`one bit of ${what} changed in ${dir} ends it for both`, async () => {
    const pair = new PairFixture({ dir });
    pair.relay.tamper = (frame, at, sender) => {
      if (at !== n || sender !== from) return frame;
      const changed = Uint8Array.from(frame);
      changed[Math.floor(changed.length / 2)] ^= 4;
      return changed;
    };

    await pair.live();

    const ends = pair.both.map(({ told }) => told.at(-1));
    assert.deepEqual(ends.map(({ reason }) => reason), ["refused", "refused"]);
    assert.ok(ends.some(({ code }) => code === "protocol_failed"));
    assert.equal(pair.sender.told.at(-1).stored, false);
    assert.equal(pair.receiver.kept.length, what === "m8" ? 1 : 0);
  });
}

test("a message that nobody expects ends it", async () => {
  const pair = new PairFixture();
  await pair.meet();

  pair.relay.invent("G", 3);
  await settle();

  assert.equal(pair.initiator.told.at(-1).code, "protocol_failed");
});
