import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat, fromHex, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { sealRandomNumber } from "../../../frontend/npki/identity_seal.js";

const VECTORS = JSON.parse(
  readFileSync(new URL("../../vectors/npki_identity_seal.json", import.meta.url), "utf8"),
);
const KEM = new XWing();
const SUITE = new CipherSuite({ kem: KEM, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const PAIR = await KEM.generateKeyPairDerand(fromHex(VECTORS.seed));
const PUBLIC_KEY = fromHex(VECTORS.public_key);

/** @param {Uint8Array} bytes */
const sha256 = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));

/**
 * Open as the authority does, by the words of the vectors' file.
 * @param {Uint8Array} sealed
 * @param {{request: Uint8Array, applicationId: string}} place
 */
async function open(sealed, { request, applicationId }) {
  assert.equal(sealed.length, 1164);
  assert.equal(hex(sealed.subarray(0, 8)), VECTORS.key_id);
  const purpose = utf8("certferry random number 1\0");
  const info = concat(purpose, await sha256(request), utf8(applicationId));
  const enc = sealed.slice(8, 1128).buffer;
  const opened = SUITE.open({ recipientKey: PAIR.privateKey, enc, info }, sealed.slice(1128).buffer);
  return new Uint8Array(await opened);
}

for (const { request, application_id: applicationId, random_number: r, sealed } of VECTORS.sealed) {
  const place = { request: fromHex(request), applicationId };

  test(`what Python sealed for ${applicationId} opens`, async () => {
    assert.equal(hex(await open(fromHex(sealed), place)), r);
  });

  test(`what is sealed for ${applicationId} opens there and nowhere else`, async () => {
    const own = await sealRandomNumber(PUBLIC_KEY, fromHex(r), place);

    assert.equal(hex(await open(own, place)), r);
    assert.notDeepEqual(own, await sealRandomNumber(PUBLIC_KEY, fromHex(r), place));
    await assert.rejects(open(own, { ...place, applicationId: `${applicationId}x` }));
    await assert.rejects(open(own, { ...place, request: Uint8Array.of(1) }));
  });
}

test("an R of another length is not sealed", async () => {
  const place = { request: new Uint8Array(), applicationId: "a" };
  for (const length of [0, 19, 21])
    await assert.rejects(sealRandomNumber(PUBLIC_KEY, new Uint8Array(length), place), {
      code: "bad_random_number",
    });
});
