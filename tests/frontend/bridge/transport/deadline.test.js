/** How long a pairing may live: never as long as a relay likes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../../../frontend/bridge/transport/deadline.js";
import { Clock, settle } from "../support/fake_time.js";
import { PairFixture } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });

for (const seconds of [3e9, "1e9", -5, NaN, Infinity, null, undefined, {}]) {
  test(`a relay that says ${seconds} keeps nothing open for longer`, async () => {
    const pair = new PairFixture();
    keepOpen(pair, seconds);
    await pair.initiator.device.show(SHOW);
    assert.equal(pair.initiator.last("shown").expiresIn, 180);
    await pair.clock.pass(179_000);
    await pair.responder.device.join(pair.asked);
    await settle();
    assert.deepEqual(pair.both.map((tab) => tab.last("joined").expiresIn), [120, 120]);

    await pair.clock.pass(124_900);
    assert.ok(!pair.both.some((tab) => tab.has("ended")));
    await pair.clock.pass(200);

    assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
      ["expired", "expired"]);
  });
}

test("a code that nobody scans ends by its own clock, also after reloads", async () => {
  const pair = new PairFixture();
  keepOpen(pair, 3e9);
  await pair.initiator.device.show(SHOW);
  for (const _each of [1, 2]) {
    await pair.clock.pass(60_000);
    await pair.initiator.reload();
  }
  assert.equal(pair.initiator.last("shown").expiresIn, 60);

  await pair.clock.pass(65_100);

  assert.equal(pair.initiator.told.at(-1).reason, "expired");
});

test("two that have met end by their own clock, also after reloads", async () => {
  const pair = new PairFixture();
  keepOpen(pair, 3e9);
  await pair.meet();
  for (const tab of pair.both) {
    await pair.clock.pass(30_000);
    await tab.reload();
  }

  await pair.clock.pass(65_100);

  assert.deepEqual(pair.both.map(({ told }) => told.at(-1).reason),
    ["expired", "expired"]);
});

test("two of whom one makes a key have five minutes, also in another life", () => {
  const clock = new Clock();
  const deadline = new Deadline(clock.now, clock.later, () => {});
  deadline.begin({ isMakingKey: true });
  const next = new Deadline(clock.now, clock.later, () => {});
  next.restore({ expiresAt: deadline.at, latest: deadline.latest, isMakingKey: true });

  deadline.meet(100_000);
  next.meet(100_000);

  assert.deepEqual([deadline.left, next.left], [300, 300]);
});

test("a relay may say that less time is left", async () => {
  const clock = new Clock();
  let isPast = false;
  const deadline = new Deadline(clock.now, clock.later, () => { isPast = true; });
  deadline.begin();

  deadline.set(10);
  assert.equal(deadline.left, 10);
  await clock.pass(15_000);

  assert.ok(isPast && deadline.isLongPast);
});

/** Have the relay hold every pairing open, and say `said` of the time that is left.
 * @param {PairFixture} pair @param {unknown} seconds */
function keepOpen({ both, relay }, seconds) {
  const { answer } = relay;
  relay.answer = (event, body, line) => {
    const reply = answer.call(relay, event, body, line);
    for (const pairing of relay.pairings.values()) pairing.expiresAt = Infinity;
    return "expires_in" in reply ? { ...reply, expires_in: seconds } : reply;
  };
  for (const { net } of both) {
    const { deliver } = net.line;
    net.line.deliver = (event, body) => deliver.call(net.line, event,
      "expires_in" in body ? { ...body, expires_in: seconds } : body);
  }
}
