import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { concat, hex, fromHex } from "../../../frontend/lib/bytes.js";
import {
  RandomNumberError,
  computeVid,
  matchesVid,
  readRandomNumber,
  readVid,
  withRandomNumber,
} from "../../../frontend/npki/identity.js";
import {
  bitString,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
} from "../../../frontend/pki/der/der_writer.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { OID } from "../../../frontend/pki/der/oids.js";

const R = Uint8Array.from({ length: 20 }, (_, i) => i + 1);
const VECTORS = JSON.parse(
  readFileSync(new URL("../../vectors/npki_identity.json", import.meta.url), "utf8"),
);
const PARTS = [
  integer(0),
  sequence(oid(OID.rsaEncryption), nullValue()),
  octetString(new Uint8Array(1190)),
];
const KEY = sequence(...PARTS);
const OTHER = sequence(oid("1.2.3"), setOf(integer(1)));

test("R stands in the key exactly as Korean programs write it", () => {
  const carrying = withRandomNumber(KEY, R);

  const tail = `a0273025060a2a831a8c9a440a01010331170315 00${hex(R)}`.replace(" ", "");
  assert.deepEqual(carrying, sequence(concat(...PARTS), fromHex(tail)));
  assert.deepEqual(readRandomNumber(carrying), R);
});

test("a key without R has none", () => {
  assert.equal(readRandomNumber(KEY), null);
  assert.equal(readRandomNumber(sequence(...PARTS, tagged(0, OTHER))), null);
});

test("other attributes and what follows them stay", () => {
  const publicKey = tagged(1, bitString(Uint8Array.of(4)));
  const key = sequence(...PARTS, tagged(0, OTHER), publicKey);

  const carrying = withRandomNumber(key, R);

  const [, , , attributes, last] = read(carrying).children();
  assert.deepEqual(attributes.children()[0].der, OTHER);
  assert.equal(attributes.children().length, 2);
  assert.deepEqual(last.der, publicKey);
  assert.deepEqual(readRandomNumber(carrying), R);
});

test("a second R is refused: it would prove another holder", () => {
  assert.throws(() => withRandomNumber(withRandomNumber(KEY, R), R), RandomNumberError);
});

for (const length of [0, 19, 21]) {
  test(`an R of ${length} bytes is refused, written or read`, () => {
    const wrong = new Uint8Array(length);
    const attribute = sequence(oid(OID.randomNumber), setOf(bitString(wrong)));
    const carrying = sequence(...PARTS, tagged(0, attribute));

    assert.throws(() => withRandomNumber(KEY, wrong), RandomNumberError);
    assert.throws(() => readRandomNumber(carrying), RandomNumberError);
  });
}

for (const { name, key, random_number: randomNumber, error } of VECTORS.keys) {
  test(`R of a key: ${name}`, () => {
    const reading = () => readRandomNumber(fromHex(key));

    if (error) assert.throws(reading, { code: error });
    else assert.deepEqual(reading(), randomNumber && fromHex(randomNumber));
  });
}

for (const { number, random_number: randomNumber, hash, vid, error } of VECTORS.vids) {
  test(`VID of ${JSON.stringify(number)} and ${randomNumber} under ${hash}`, async () => {
    const computing = computeVid(number, fromHex(randomNumber), hash);

    if (error) await assert.rejects(computing, { code: error });
    else assert.equal(hex(await computing), vid);
  });
}

for (const certificate of VECTORS.certificates) {
  test(`VID of a certificate: ${certificate.name}`, async () => {
    const reading = () => readVid(fromHex(certificate.certificate));

    if (certificate.error) return void assert.throws(reading, { code: certificate.error });
    const vid = reading();
    if (vid === null) return void assert.equal(certificate.digest, null);
    const randomNumber = fromHex(certificate.random_number);
    assert.deepEqual(vid, { hash: certificate.hash, digest: fromHex(certificate.digest) });
    assert.equal(await matchesVid(vid, certificate.number, randomNumber), certificate.matches);
    assert.equal(await matchesVid(vid, `${certificate.number}0`, randomNumber), false);
    assert.equal(await matchesVid(vid, certificate.number, randomNumber.reverse()), false);
  });
}

test("a certificate larger than any is refused before it is read", () => {
  assert.throws(() => readVid(new Uint8Array(64 * 1024 + 1)), { code: "bad_identity" });
});
