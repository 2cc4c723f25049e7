import assert from "node:assert/strict";
import { test } from "node:test";
import { Opener, Sealer } from "../../../../frontend/bridge/core/channel.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { Receiver, Sender } from "../../../../frontend/bridge/core/transfer.js";
import { ABOUT, makeBundle, random } from "../support/makers.js";

const CODE = "123456";
const read = () => ABOUT;

test("a move that comes while another is under way burns both", async () => {
  const { sender } = sides();
  sender.typeCode(CODE);
  const { offer, payload } = await makeBundle();

  const both = await Promise.allSettled([
    sender.offer(offer, payload), sender.offer(offer, payload),
  ]);

  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  await assert.rejects(sender.takeM6(random(1040)), ProtocolError);
});

test("a fault leaves nothing that could be tried again", async () => {
  const { receiver, sender } = sides();
  sender.typeCode(CODE);
  const { offer, payload } = await makeBundle();
  const m5 = await sender.offer(offer, payload);
  const changed = m5.slice();
  changed[3] ^= 1;

  await assert.rejects(receiver.takeM5(changed), ProtocolError);

  await assert.rejects(receiver.takeM5(m5), ProtocolError);
});

test("both sides go on from what was saved of them, after every step", async () => {
  let { receiver, sender } = sides();
  const { offer, payload } = await makeBundle();
  const again = () => {
    sender = Sender.restore(sender.save());
    receiver = Receiver.restore(receiver.save(), read);
  };

  again();
  assert.equal(sender.typeCode("000000"), false);
  again();
  assert.equal(sender.typeCode(CODE), true);
  again();
  const m5 = await sender.offer(offer, payload);
  again();
  assert.deepEqual(await receiver.takeM5(m5), offer);
  again();
  const m6 = await receiver.answer(true);
  again();
  assert.equal(await sender.takeM6(m6), true);
  const m7 = await sender.payload();
  again();
  await receiver.takeM7(m7);
  const m8 = await receiver.receipt();
  again();
  await sender.takeM8(m8);

  assert.equal(sender.step, "done");
  assert.equal(sender.triesLeft, 1);
});

test("a try is used before it is compared", () => {
  const { sender } = sides();
  /** @type {number[]} */
  const left = [];

  sender.typeCode(CODE, () => left.push(sender.save().triesLeft));

  assert.deepEqual(left, [2]);
});

test("who was saved in the middle of a move has nothing left", async () => {
  const { sender } = sides();
  sender.typeCode(CODE);
  const { offer, payload } = await makeBundle();
  const moving = sender.offer(offer, payload);

  const saved = sender.save();

  await moving;
  assert.equal(saved.stand, "spent");
});

function sides() {
  const [one, other, th] = [random(32), random(32), random(32)];
  const sender = new Sender(
    { code: CODE, sealer: new Sealer(one, th), opener: new Opener(other, th) },
  );
  const receiver = new Receiver(
    { code: CODE, sealer: new Sealer(other, th), opener: new Opener(one, th) }, read,
  );
  return { sender, receiver };
}
