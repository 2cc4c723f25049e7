import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { offerFor, pack, readOffer, writeOffer } from "../../../frontend/bridge/core/bundle.js";
import { checkArrived } from "../../../frontend/bridge/core/bundle.js";
import { fromHex } from "../../../frontend/lib/bytes.js";
import { readCertificate } from "../../../frontend/pki/certificate.js";
import {
  isShownAsItIs,
  personIn,
  shown,
} from "../../../frontend/pki/sanitize.js";

const file = new URL("../../vectors/names.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8"));
const KEY = Uint8Array.of(0x30, 5, 0x30, 0, 4, 1, 7);

test("what is hidden is these characters and no others", () => {
  const hidden = [];
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point === 0xfffd) continue;
    if (shown(`a${String.fromCodePoint(point)}b`) === "a\uFFFDb") hidden.push(point);
  }

  const listed = cases.hidden.flatMap((/** @type {number[]} */ [first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i));
  assert.deepEqual(hidden, listed);
});

for (const { text, shown: expected } of cases.shown) {
  test(`a text is shown: ${JSON.stringify(text)}`, () => {
    assert.equal(shown(text), expected);
    assert.equal(isShownAsItIs(expected), expected !== "");
  });
}

for (const { common_name: commonName, person } of cases.persons) {
  test(`people say ${person} for ${JSON.stringify(commonName)}`, () => {
    assert.equal(personIn(commonName), person);
  });
}

for (const { what, certificate, ...expected } of cases.certificates) {
  test(`a certificate says whose it is, and travels: ${what}`, async () => {
    const signCert = fromHex(certificate);
    const { name, issuerName: issuer, serial } = readCertificate(signCert);
    const payload = pack({ signCert, signPri: KEY, ca: [] });
    const offer = await offerFor(payload, readCertificate(signCert), { move: false });

    assert.deepEqual({ name, issuer, serial }, expected);
    const arrived = readOffer(writeOffer(offer));
    assert.ok(await checkArrived(arrived, payload, readCertificate));
  });
}

for (const { what, certificate } of cases.refused) {
  test(`a certificate is refused: ${what}`, () => {
    assert.throws(() => readCertificate(fromHex(certificate)), { code: "bad_der" });
  });
}

for (const name of cases.certifiable) {
  test(`what our CA certifies is shown as it is: ${name}`, () => {
    assert.equal(personIn(shown(`${name}(KIM HANA)1234`)), name);
  });
}
