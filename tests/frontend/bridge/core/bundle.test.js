import assert from "node:assert/strict";
import { test } from "node:test";
import { equal, hex, fromUtf8, utf8 } from "../../../../frontend/lib/bytes.js";
import {
  BundleError, checkArrived, MAX_BUNDLE_BYTES, offerFor, pack, readOffer, unpack,
  writeOffer,
} from "../../../../frontend/bridge/core/bundle.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { Receiver, Sender } from "../../../../frontend/bridge/core/transfer.js";
import { Opener, Sealer } from "../../../../frontend/bridge/core/channel.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import { ABOUT, bytes, makeBundle, vectors } from "../support/makers.js";

const {
  files, payload, offer, refused, refused_offers, good_offers,
} = vectors("brg1_bundle");
const bundle = {
  signCert: bytes(files[0].content),
  signPri: bytes(files[1].content),
  ca: [bytes(files[2].content)],
};

test("a bundle is packed to the same bytes, and read back", () => {
  assert.equal(hex(pack(bundle)), payload);
  assert.deepEqual(unpack(bytes(payload)), bundle);
});

for (const { what, payload: wrong } of refused) {
  test(`a bundle is refused: ${what}`, () => {
    assert.throws(() => unpack(bytes(wrong)), BundleError);
  });
}

for (const { what, offer: wrong } of refused_offers) {
  test(`an offer is refused: ${what}`, () => {
    assert.throws(() => readOffer(utf8(wrong)), ProtocolError);
  });
}

for (const { what, offer: right } of good_offers) {
  test(`an offer is read: ${what}`, () => {
    const read = readOffer(utf8(right));

    assert.deepEqual(readOffer(writeOffer(read)), JSON.parse(right));
  });
}

test("an offer is UTF-8 without a mark in front", () => {
  const [text] = good_offers.map((/** @type {any} */ entry) => entry.offer);

  for (const start of ["\uFEFF", "\u0000"]) {
    assert.throws(() => readOffer(utf8(start + text)), ProtocolError);
  }
});

test("a bundle beyond the cap is refused before it is read", () => {
  assert.throws(() => unpack(new Uint8Array(MAX_BUNDLE_BYTES + 1)), BundleError);
});

test("the vector's offer is what its certificate says", async () => {
  const announced = readOffer(utf8(JSON.stringify(offer)));

  const arrived = await checkArrived(announced, bytes(payload), readCertificate);

  assert.ok(equal(arrived.signCert, bundle.signCert));
});

test("an offer comes back as it was written", async () => {
  const { offer: written } = await makeBundle(true);

  assert.deepEqual(readOffer(writeOffer(written)), written);
  assert.match(fromUtf8(writeOffer(written)), /"not_after":"2027-11-22T14:59:59Z"/);
});

for (const change of [
  { name: "김두리" }, { issuerName: "another bank" }, { serial: "ff" },
  { notAfter: new Date("2030-01-01T00:00:00Z") }, { policy: "1.2.3" }, { policy: null },
  { notBefore: new Date("2026-01-01T00:00:00Z") },
]) {
  const fields = Object.keys(change);
  test(`a certificate that differs from its offer in ${fields}`, async () => {
    const bundle = await makeBundle();
    const read = () => ({ ...ABOUT, ...change });

    await assert.rejects(checkArrived(bundle.offer, bundle.payload, read), ProtocolError);
  });
}

test("a payload with one other bit is not what was offered", async () => {
  const { offer: announced, payload: sent } = await makeBundle();
  sent[sent.length - 1] ^= 1;

  await assert.rejects(checkArrived(announced, sent, () => ABOUT), ProtocolError);
});

test("a certificate that does not parse is refused like any other fault", async () => {
  const { offer: announced, payload: sent } = await makeBundle();

  await assert.rejects(checkArrived(announced, sent, readCertificate), ProtocolError);
});

test("every record of the vector's transfer is what both sides here seal", async () => {
  const vector = vectors("brg1_transfer");
  const { sender, receiver } = ends(vector);
  const written = vector.offer;
  const [m5, m6, m7, m8] = [vector.m5, vector.m6, vector.m7, vector.m8].map(bytes);

  sender.become("matched");
  assert.deepEqual(await receiver.takeM5(m5), JSON.parse(written));
  const announced = readOffer(utf8(written));
  await sender.offer(announced, bytes(vector.payload));
  assert.equal(hex(await receiver.answer(true)), hex(m6));
  assert.equal(await sender.takeM6(m6), true);
  assert.equal(hex(await sender.payload()), hex(m7));
  await receiver.takeM7(m7);
  assert.equal(hex(await receiver.receipt()), hex(m8));
  await sender.takeM8(m8);
  assert.equal(sender.step, "done");
});

test("the vector's refusal is read as a no, and nothing can follow", async () => {
  const vector = vectors("brg1_transfer");
  const { sender } = ends(vector);
  sender.become("matched");
  await sender.offer(readOffer(utf8(vector.offer)), bytes(vector.payload));

  assert.equal(await sender.takeM6(bytes(vector.m6_decline)), false);

  await assert.rejects(sender.payload(), ProtocolError);
});

test("a move out of turn burns what was agreed", async () => {
  const { receiver } = ends(vectors("brg1_transfer"));

  await assert.rejects(receiver.receipt(), ProtocolError);

  const { m5 } = vectors("brg1_transfer");
  await assert.rejects(receiver.takeM5(bytes(m5)), ProtocolError);
});

test("offers are made of one certificate", async () => {
  const newOffer = await offerFor(bytes(payload), readCertificate(bundle.signCert), offer);

  assert.equal(newOffer.sha256, offer.sha256);
  assert.equal(newOffer.name, offer.name);
  assert.equal(newOffer.issuer, offer.issuer);
});

/** @param {any} said */
function ends({ aGS, aSG, th }) {
  const [out, back, hash] = [bytes(aGS), bytes(aSG), bytes(th)];
  const code = "123456";
  return {
    sender: new Sender(
      { code, sealer: new Sealer(out, hash), opener: new Opener(back, hash) },
    ),
    receiver: new Receiver(
      { code, sealer: new Sealer(back, hash), opener: new Opener(out, hash) },
      readCertificate,
    ),
  };
}
