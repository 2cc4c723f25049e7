import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import {
  ResponderHandshake, InitiatorHandshake,
} from "../../../../frontend/bridge/core/handshake.js";
import { random } from "../support/makers.js";

test("after a wrong m1 the responder takes not even the right one", async () => {
  const { initiator, responder } = await sides();
  const wrong = flipped(initiator.m1);

  await assert.rejects(responder.takeM1(wrong), ProtocolError);

  await assert.rejects(responder.takeM1(initiator.m1), ProtocolError);
});

test("a second m1 burns what the first one left", async () => {
  const { initiator, responder } = await sides();
  const m3 = await initiator.takeM2(await responder.takeM1(initiator.m1));

  await assert.rejects(responder.takeM1(initiator.m1), ProtocolError);

  await assert.rejects(responder.takeM3(m3), ProtocolError);
});

test("an m3 of another length burns the responder", async () => {
  const { initiator, responder } = await sides();
  const m3 = await initiator.takeM2(await responder.takeM1(initiator.m1));

  await assert.rejects(responder.takeM3(m3.slice(1)), ProtocolError);

  await assert.rejects(responder.takeM3(m3), ProtocolError);
});

test("an m3 before m1 burns the responder", async () => {
  const { initiator, responder } = await sides();

  await assert.rejects(responder.takeM3(random(64)), ProtocolError);

  await assert.rejects(responder.takeM1(initiator.m1), ProtocolError);
});

test("an m4 before m2 burns the initiator", async () => {
  const { initiator, responder } = await sides();
  const m2 = await responder.takeM1(initiator.m1);

  await assert.rejects(initiator.takeM4(random(32)), ProtocolError);

  await assert.rejects(initiator.takeM2(m2), ProtocolError);
});

test("a second m2 burns what the first one left", async () => {
  const { initiator, responder } = await sides();
  const m2 = await responder.takeM1(initiator.m1);
  const { m4 } = await responder.takeM3(await initiator.takeM2(m2));

  await assert.rejects(initiator.takeM2(m2), ProtocolError);

  await assert.rejects(initiator.takeM4(m4), ProtocolError);
});

test("a move that comes while another is under way burns both", async () => {
  const { initiator, responder } = await sides();
  const m2 = await responder.takeM1(initiator.m1);

  const [first, second] = await Promise.allSettled(
    [initiator.takeM2(m2), initiator.takeM2(m2)],
  );

  assert.deepEqual([first.status, second.status], ["rejected", "rejected"]);
});

for (const [mode, dir] of /** @type {const} */ ([["Q", "GS"], ["T", "SG"]])) {
  test(`a handshake in ${mode} ${dir} goes on from what was saved of it`, async () => {
    const { responder, initiator } = await sides(mode, dir);
    const again = () => new InitiatorHandshake(initiator.save());
    const m2 = await responder.takeM1(again().m1);
    const [first, second] = [again(), new ResponderHandshake(responder.save(), random)];

    const { m4, agreement } = await second.takeM3(await first.takeM2(m2));
    const agreed = await new InitiatorHandshake(first.save()).takeM4(m4);

    assert.equal(agreed.code, agreement.code);
  });
}

test("what was saved while m2 was being opened opens nothing any more", async () => {
  const { initiator, responder } = await sides();
  const m2 = await responder.takeM1(initiator.m1);
  /** @type {import("../../../../frontend/bridge/core/handshake.js").SavedInitiator[]} */
  const saved = [];
  await initiator.takeM2(m2, () => saved.push(initiator.save()));

  const again = new InitiatorHandshake(saved[0]);

  assert.equal(saved[0].keySeed, null);
  await assert.rejects(again.takeM2(m2), ProtocolError);
});

for (const [change, options] of /** @type {const} */ ([
  ["another direction", { mode: "T", dir: "SG" }],
  ["another mode", { mode: "Q", dir: "GS" }],
])) {
  test(`who typed a number refuses an m1 that says ${change}`, async () => {
    const initiator = await InitiatorHandshake.begin(options, random);
    const responder = ResponderHandshake.typed({ sid: initiator.sid, dir: "GS" }, random);

    await assert.rejects(responder.takeM1(initiator.m1), ProtocolError);
  });
}

test("who typed a number refuses the m1 of another pairing", async () => {
  const initiator = await InitiatorHandshake.begin({ mode: "T", dir: "GS" }, random);
  const responder = ResponderHandshake.typed({ sid: random(16), dir: "GS" }, random);

  await assert.rejects(responder.takeM1(initiator.m1), ProtocolError);
});

/**
 * @param {import("../../../../frontend/bridge/core/protocol.js").Mode} [mode]
 * @param {import("../../../../frontend/bridge/core/protocol.js").Dir} [dir]
 */
async function sides(mode = "Q", dir = "GS") {
  const initiator = await InitiatorHandshake.begin({ mode, dir }, random);
  const { link, sid } = initiator;
  const responder = link === null
    ? ResponderHandshake.typed({ sid, dir }, random)
    : await ResponderHandshake.scanned(link, random);
  return { initiator, responder };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function flipped(bytes) {
  const changed = bytes.slice();
  changed[99] ^= 1;
  return changed;
}
