import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../../../frontend/bridge/derivation.js";
import {
  ScannerHandshake, ShowerHandshake,
} from "../../../frontend/bridge/handshake.js";
import { random } from "./makers.js";

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

async function sides() {
  const shower = await ShowerHandshake.begin("GS", random);
  return { shower, scanner: await ScannerHandshake.begin(shower.link, random) };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function flipped(bytes) {
  const changed = bytes.slice();
  changed[99] ^= 1;
  return changed;
}
