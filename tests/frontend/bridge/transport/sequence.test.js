/** What counts as a message of the peer, and what a relay is that says others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sequence } from "../../../../frontend/bridge/transport/sequence.js";
import { settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

const SHOW = /** @type {const} */ ({ mode: "Q", dir: "GS" });
const NO_MESSAGES = [
  { data: "AAAA" }, { n: "1", data: "AAAA" }, { n: 0, data: "AAAA" },
  { n: -1, data: "AAAA" }, { n: 1.5, data: "AAAA" }, { n: null, data: "AAAA" },
  { n: 1 }, { n: 1, data: null }, { n: 1, data: ["AAAA"] }, { n: 1, data: "A" },
];

for (const odd of /** @type {any[]} */ (NO_MESSAGES)) {
  const text = JSON.stringify(odd);

  test(`${text} is no message, and is not counted as one`, () => {
    const sequence = new Sequence();

    assert.throws(() => sequence.accept([odd]), { code: "bad_encoding" });

    assert.equal(sequence.arrived, 0);
  });

  test(`a relay that tells ${text} has lost the pairing`, async () => {
    const pair = new PairFixture();
    await pair.initiator.device.show(SHOW);
    await settle();

    pair.initiator.net.line.deliver("frame", { ...odd, got: 0 });
    await settle();

    const { by, reason } = pair.initiator.told.at(-1);
    assert.deepEqual({ by, reason }, { by: "relay", reason: "lost" });
  });
}

test("a pairing that begins with no message is over, and asks nothing more",
  async () => {
    const pair = new PairFixture();
    const { answer } = pair.relay;
    pair.relay.answer = (event, body, line) => {
      const reply = answer.call(pair.relay, event, body, line);
      return event === "join" ? { ...reply, frames: [{ data: "AAAA" }] } : reply;
    };
    await pair.initiator.device.show(SHOW);
    pair.initiator.end();
    await pair.responder.device.join(pair.asked);
    await settle();
    assert.equal(pair.responder.told.at(-1).reason, "lost");

    const { length } = pair.relay.asked;
    await pair.clock.pass(60_000);

    assert.equal(pair.relay.asked.length, length);
  });
