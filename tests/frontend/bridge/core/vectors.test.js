/** Every vector file of the bridge, met by the page's own modules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { equal, hex, fromHex, utf8 } from "../../../../frontend/lib/bytes.js";
import {
  checkArrived, pack, readOffer, unpack,
} from "../../../../frontend/bridge/core/bundle.js";
import { Opener, Sealer } from "../../../../frontend/bridge/core/channel.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { readLink, writeLink } from "../../../../frontend/bridge/core/link.js";
import { checkNumber, damm, groupNumber } from "../../../../frontend/bridge/core/pairing_number.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import {
  Device, deviceBefore, FILES, messageOf, right, responderAfterM1, initiatorFor, walked,
} from "../support/transcript_runner.js";

const { runs } = FILES.brg1;
const { transcripts } = FILES.brg1_transcripts;

test("every vector file is one that is read here", () => {
  assert.deepEqual(Object.keys(FILES).sort(), [
    "brg1", "brg1_bundle", "brg1_issuing", "brg1_links", "brg1_negative",
    "brg1_numbers", "brg1_records", "brg1_transcripts", "brg1_transfer",
  ]);
});

for (const [at, run] of runs.entries()) {
  const way = `run ${at} (${run.mode}, ${run.dir})`;

  test(`${way}: the initiator says the vector's words`, async () => {
    const initiator = await initiatorFor(run);

    assert.equal(hex(initiator.m1), run.m1);
    assert.equal(hex(initiator.sid), run.sid);
    assert.equal(hex(await initiator.takeM2(fromHex(run.m2))), run.nG + run.macG);
    assert.equal((await initiator.takeM4(fromHex(run.macS))).code, run.code);
  });

  test(`${way}: the responder says the vector's words`, async () => {
    const responder = responderAfterM1(run);

    const { m4, agreement } = await responder.takeM3(fromHex(run.nG + run.macG));

    assert.equal(hex(m4), run.macS);
    assert.equal(agreement.code, run.code);
  });
}

for (const { what, taker, ...said } of FILES.brg1_negative.cases) {
  test(`negative: ${what}`, async () => {
    const { run } = FILES.brg1_negative;
    const device = await deviceBefore(run, taker);

    await assert.rejects(device(taker, fromHex(said[taker])), isGeneric);

    // What met a fault is burnt: it takes not even the true message any more.
    await assert.rejects(device(taker, right(run, taker)), isGeneric);
  });
}

for (const { number, shown } of FILES.brg1_numbers.good) {
  test(`number ${number} is right`, () => {
    assert.equal(damm(number), 0);
    assert.equal(checkNumber(number), number);
    assert.equal(groupNumber(number), shown);
  });
}

for (const { number, texts } of FILES.brg1_numbers.typed) {
  test(`number ${number} is read however it is typed`, () => {
    for (const text of texts) assert.equal(checkNumber(text), number, text);
  });
}

for (const { number, typed } of FILES.brg1_numbers.slips) {
  test(`no slip of a finger makes another number of ${number}`, () => {
    for (const text of typed) assert.equal(checkNumber(text), null, text);
  });
}

for (const { what, text } of FILES.brg1_numbers.refused) {
  test(`no number: ${what}`, () => assert.equal(checkNumber(text), null));
}

for (const { what, payload } of FILES.brg1_bundle.good) {
  test(`a bundle is taken: ${what}`, () => {
    const bundle = unpack(fromHex(payload));

    assert.ok(equal(pack(bundle), fromHex(payload)) || what === "files in another order");
  });
}

for (const { what, payload } of FILES.brg1_bundle.refused) {
  test(`a bundle is refused: ${what}`, () => {
    assert.throws(() => unpack(fromHex(payload)), isRefusal);
  });
}

for (const { what, payload } of FILES.brg1_bundle.unreadable) {
  test(`a bundle is not kept: ${what}`, async () => {
    const bytes = fromHex(payload);
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const offer = {
      ...FILES.brg1_bundle.offer, files: 2, size: bytes.length, sha256: hex(sum),
    };

    assert.ok(unpack(bytes));
    await assert.rejects(checkArrived(offer, bytes, readCertificate), isRefusal);
  });
}

for (const { what, offer } of FILES.brg1_bundle.refused_offers) {
  test(`an offer is refused: ${what}`, () => {
    assert.throws(() => readOffer(utf8(offer)), isRefusal);
  });
}

for (const { what, offer } of FILES.brg1_bundle.good_offers) {
  test(`an offer is read: ${what}`, () => {
    assert.deepEqual(readOffer(utf8(offer)), JSON.parse(offer));
  });
}

for (const { origin, text, dir, seed, fp } of FILES.brg1_links.good) {
  test(`a link is written and read: ${dir}`, () => {
    const link = { dir, seed: fromHex(seed), fp: fromHex(fp) };

    assert.equal(writeLink(origin, link), text);
    assert.deepEqual(readLink(text, origin), link);
  });
}

for (const { what, text } of FILES.brg1_links.refused) {
  test(`a link is refused: ${what}`, () => {
    assert.throws(() => readLink(text, FILES.brg1_links.origin), /link_/);
  });
}

test("records are sealed to the same bytes and opened in their order", async () => {
  /** @type {Map<string, {sealer: Sealer, opener: Opener}>} */
  const sides = new Map();
  for (const { key, th, block, data, record } of FILES.brg1_records.records) {
    const parameters = /** @type {const} */ ([fromHex(key), fromHex(th)]);
    const side = sides.get(key)
      ?? { sealer: new Sealer(...parameters), opener: new Opener(...parameters) };
    sides.set(key, side);
    assert.equal(hex(await side.sealer.seal(fromHex(data), block)), record);
    assert.equal(hex(await side.opener.open(fromHex(record))), data);
  }
});

test("the single transfer opens record by record", async () => {
  const { aGS, aSG, th, ...said } = FILES.brg1_transfer;
  const sender = new Opener(fromHex(aGS), fromHex(th));
  const receiver = new Opener(fromHex(aSG), fromHex(th));

  assert.equal(hex(await sender.open(fromHex(said.m5))), hex(utf8(said.offer)));
  assert.equal(hex(await receiver.open(fromHex(said.m6))), hex(utf8(said.answer)));
  assert.equal(hex(await sender.open(fromHex(said.m7))), said.payload);
  assert.equal(hex(await receiver.open(fromHex(said.m8))), said.receipt);
});

for (const transcript of transcripts) {
  const way = `${transcript.mode}, ${transcript.dir}`;

  test(`transcript (${way}): both devices say every word`, async () => {
    const initiator = await Device.of(transcript, "G");
    const responder = await Device.of(transcript, "S");

    for (const { name, from, data } of transcript.messages) {
      const both = [initiator, responder];
      const [speaker, hearer] = from === "G" ? both : both.reverse();
      assert.equal(hex(await speaker.say(name)), data, name);
      await hearer.take(name, fromHex(data));
    }

    assert.deepEqual([initiator.end.step, responder.end.step], ["done", "done"]);
  });

  test(`transcript (${way}): a no is a no`, async () => {
    const device = await walked(transcript, transcript.messages[4].from, "m5");

    assert.equal(await device.take("m6", fromHex(transcript.m6_decline)), false);

    await assert.rejects(device.say("m7"), isGeneric);
  });
}

for (const refused of FILES.brg1_transcripts.refused) {
  const transcript = transcripts[refused.transcript];
  const { what, device: part, after, take, own, data } = refused;

  test(`refused (${transcript.mode}, ${transcript.dir}): ${what}`, async () => {
    const device = await walked(transcript, part, after);
    const bytes = own === undefined ? fromHex(data) : messageOf(transcript, own);

    await assert.rejects(device.take(take, bytes), isGeneric);

    await assert.rejects(device.take(take, messageOf(transcript, take)), isGeneric);
  });
}

/** @param {any} error */
function isGeneric(error) {
  // A typed number and the other direction: only the person here is told more.
  const codes = ["protocol_failed", "direction_differs"];
  return error instanceof ProtocolError && codes.includes(error.code);
}

/** @param {any} error */
function isRefusal(error) {
  return ["protocol_failed", "bundle_refused"].includes(error.code);
}
