import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import { Opener, pad, Sealer, unpad } from "../../../../frontend/bridge/core/channel.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { bytes, random, vectors } from "../support/makers.js";

/** @type {{records: any[], notes: any[]}} */
const { records, notes } = vectors("brg1_records");
const keys = [...new Set(records.map(({ key }) => key))];

for (const key of keys) {
  const mine = records.filter((record) => record.key === key);

  test(`records of key ${key.slice(0, 8)} are sealed to the same bytes`, async () => {
    const sealer = new Sealer(bytes(key), bytes(mine[0].th));

    for (const { data, block, record } of mine) {
      assert.equal(hex(await sealer.seal(bytes(data), block)), record);
    }
  });

  test(`records of key ${key.slice(0, 8)} open in their order`, async () => {
    const opener = new Opener(bytes(key), bytes(mine[0].th));

    for (const { data, record } of mine) {
      assert.equal(hex(await opener.open(bytes(record))), data);
    }
  });
}

for (const { key, th, word, note } of notes) {
  test(`a note of key ${key.slice(0, 8)} that says ${word} is made and read`, async () => {
    assert.equal(hex(await new Sealer(bytes(key), bytes(th)).sign(word)), note);
    assert.equal(await new Opener(bytes(key), bytes(th)).readNote(bytes(note)), word);
  });
}

test("what has no key makes no note", async () => {
  const [key, th] = [random(32), random(32)];
  const opener = new Opener(key, th);

  assert.equal(await opener.readNote(random(16)), null);
  assert.equal(await opener.readNote(random(0)), null);
  assert.equal(await opener.readNote(await new Sealer(key, random(32)).sign("press")),
    null);
});

test("a repeated, skipped, changed or turned record stays shut", async () => {
  const [one, other, th] = [random(32), random(32), random(32)];
  const sealer = new Sealer(one, th);
  const [first, second] = [await sealer.seal(random(5)), await sealer.seal(random(5))];
  const changed = first.slice();
  changed[0] ^= 1;
  const opened = new Opener(one, th);
  await opened.open(first);

  await assert.rejects(opened.open(first), ProtocolError);
  await assert.rejects(new Opener(one, th).open(second), ProtocolError);
  await assert.rejects(new Opener(one, th).open(changed), ProtocolError);
  await assert.rejects(new Opener(other, th).open(first), ProtocolError);
  await assert.rejects(new Opener(one, random(32)).open(first), ProtocolError);
  await assert.rejects(new Opener(one, th).open(random(3)), ProtocolError);
});

test("words of any length look alike, a payload shows its blocks only", async () => {
  const sealer = new Sealer(random(32), random(32));

  assert.equal((await sealer.seal(random(0))).length, 1024 + 16);
  assert.equal((await sealer.seal(random(1020))).length, 1024 + 16);
  assert.equal((await sealer.seal(random(8189), 8192)).length, 16384 + 16);
});

test("a false length or filling that is not zeros is refused", () => {
  const padded = pad(Uint8Array.of(1, 2, 3), 16);

  assert.deepEqual(unpad(padded), Uint8Array.of(1, 2, 3));
  for (const wrong of [
    Uint8Array.of(0, 0), Uint8Array.of(0, 0, 0, 2, 1), Uint8Array.of(0, 0, 0, 1, 1, 1),
  ]) assert.throws(() => unpad(wrong), ProtocolError);
});
