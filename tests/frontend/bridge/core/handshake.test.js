import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import {
  ScannerHandshake, ShowerHandshake,
} from "../../../../frontend/bridge/core/handshake.js";
import { random } from "../support/makers.js";

test("after a wrong m1 the scanner takes not even the right one", async () => {
  const { shower, scanner } = await sides();
  const wrong = flipped(shower.m1);

  await assert.rejects(scanner.takeM1(wrong), ProtocolError);

  await assert.rejects(scanner.takeM1(shower.m1), ProtocolError);
});

test("a second m1 burns what the first one left", async () => {
  const { shower, scanner } = await sides();
  const m3 = await shower.takeM2(await scanner.takeM1(shower.m1));

  await assert.rejects(scanner.takeM1(shower.m1), ProtocolError);

  await assert.rejects(scanner.takeM3(m3), ProtocolError);
});

test("an m3 of another length burns the scanner", async () => {
  const { shower, scanner } = await sides();
  const m3 = await shower.takeM2(await scanner.takeM1(shower.m1));

  await assert.rejects(scanner.takeM3(m3.slice(1)), ProtocolError);

  await assert.rejects(scanner.takeM3(m3), ProtocolError);
});

test("an m3 before m1 burns the scanner", async () => {
  const { shower, scanner } = await sides();

  await assert.rejects(scanner.takeM3(random(64)), ProtocolError);

  await assert.rejects(scanner.takeM1(shower.m1), ProtocolError);
});

test("an m4 before m2 burns the shower", async () => {
  const { shower, scanner } = await sides();
  const m2 = await scanner.takeM1(shower.m1);

  await assert.rejects(shower.takeM4(random(32)), ProtocolError);

  await assert.rejects(shower.takeM2(m2), ProtocolError);
});

test("a second m2 burns what the first one left", async () => {
  const { shower, scanner } = await sides();
  const m2 = await scanner.takeM1(shower.m1);
  const { m4 } = await scanner.takeM3(await shower.takeM2(m2));

  await assert.rejects(shower.takeM2(m2), ProtocolError);

  await assert.rejects(shower.takeM4(m4), ProtocolError);
});

test("a move that comes while another is under way burns both", async () => {
  const { shower, scanner } = await sides();
  const m2 = await scanner.takeM1(shower.m1);

  const [first, second] = await Promise.allSettled(
    [shower.takeM2(m2), shower.takeM2(m2)],
  );

  assert.deepEqual([first.status, second.status], ["rejected", "rejected"]);
});

for (const [mode, dir] of /** @type {const} */ ([["Q", "GS"], ["T", "SG"]])) {
  test(`a handshake in ${mode} ${dir} goes on from what was saved of it`, async () => {
    const { scanner, shower } = await sides(mode, dir);
    const again = () => new ShowerHandshake(shower.save());
    const m2 = await scanner.takeM1(again().m1);
    const [first, second] = [again(), new ScannerHandshake(scanner.save(), random)];

    const { m4, agreement } = await second.takeM3(await first.takeM2(m2));
    const agreed = await new ShowerHandshake(first.save()).takeM4(m4);

    assert.equal(agreed.code, agreement.code);
  });
}

test("what was saved while m2 was being opened opens nothing any more", async () => {
  const { shower, scanner } = await sides();
  const m2 = await scanner.takeM1(shower.m1);
  /** @type {import("../../../../frontend/bridge/core/handshake.js").SavedShower[]} */
  const saved = [];
  await shower.takeM2(m2, () => saved.push(shower.save()));

  const again = new ShowerHandshake(saved[0]);

  assert.equal(saved[0].keySeed, null);
  await assert.rejects(again.takeM2(m2), ProtocolError);
});

for (const [what, said] of /** @type {const} */ ([
  ["another direction", { mode: "T", dir: "SG" }],
  ["another mode", { mode: "Q", dir: "GS" }],
])) {
  test(`who typed a number refuses an m1 that says ${what}`, async () => {
    const shower = await ShowerHandshake.begin(said, random);
    const scanner = ScannerHandshake.typed({ sid: shower.sid, dir: "GS" }, random);

    await assert.rejects(scanner.takeM1(shower.m1), ProtocolError);
  });
}

test("who typed a number refuses the m1 of another pairing", async () => {
  const shower = await ShowerHandshake.begin({ mode: "T", dir: "GS" }, random);
  const scanner = ScannerHandshake.typed({ sid: random(16), dir: "GS" }, random);

  await assert.rejects(scanner.takeM1(shower.m1), ProtocolError);
});

/**
 * @param {import("../../../../frontend/bridge/core/protocol.js").Mode} [mode]
 * @param {import("../../../../frontend/bridge/core/protocol.js").Dir} [dir]
 */
async function sides(mode = "Q", dir = "GS") {
  const shower = await ShowerHandshake.begin({ mode, dir }, random);
  const { link, sid } = shower;
  const scanner = link === null
    ? ScannerHandshake.typed({ sid, dir }, random)
    : await ScannerHandshake.scanned(link, random);
  return { shower, scanner };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function flipped(bytes) {
  const changed = bytes.slice();
  changed[99] ^= 1;
  return changed;
}
