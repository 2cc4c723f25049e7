/** A set that is open: which certificate is a key's, and what cannot be judged. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { copy } from "../../../../frontend/lib/bytes.js";
import { openContents } from "../../../../frontend/npki/sets/opening.js";
import { createKeyPair } from "../../../../frontend/pki/key_pair.js";
import { makeCertificate } from "../../pki/makers.js";

const OWN = await createKeyPair("p-256");
const OTHER = await createKeyPair("p-256");

/** @type {any} */
const ENCODING = {
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
};
/** Pairs that a browser makes and compares nothing with. @type {Record<string, any>} */
const FOREIGN = {
  secp256k1: generateKeyPairSync("ec", { namedCurve: "secp256k1", ...ENCODING }),
  SM2: generateKeyPairSync("ec", { namedCurve: "SM2", ...ENCODING }),
  Ed448: generateKeyPairSync("ed448", ENCODING),
  "RSA-PSS": generateKeyPairSync("rsa-pss", { modulusLength: 2048, ...ENCODING }),
};

/** @param {Uint8Array} spki */
const certificateOf = async (spki) => ({
  der: copy(await makeCertificate({ spki, signer: OWN.privateKey })),
  friendlyName: "",
  localKeyId: null,
});

/** @param {Uint8Array} pkcs8 */
const keyOf = (pkcs8) => ({
  privateKeyInfo: copy(pkcs8),
  encryptedKey: null,
  friendlyName: "",
  localKeyId: null,
});

for (const [kind, { publicKey, privateKey }] of Object.entries(FOREIGN)) {
  test(`a pair of ${kind} is not judged, and never called another's`, async () => {
    const certificates = [await certificateOf(publicKey), await certificateOf(OTHER.spki)];

    const opening = openContents({ keys: [keyOf(privateKey)], certificates });

    await assert.rejects(opening, { code: "key_unknown" });
  });

  test(`a key of ${kind} is no key of a certificate of P-256`, async () => {
    const certificates = [await certificateOf(OTHER.spki)];

    const opening = openContents({ keys: [keyOf(privateKey)], certificates });

    await assert.rejects(opening, { code: "key_mismatch" });
  });

  test(`a pair of P-256 is taken, though one of ${kind} lies beside it`, async () => {
    const certificates = [await certificateOf(publicKey), await certificateOf(OWN.spki)];
    const keys = [keyOf(privateKey), keyOf(OWN.pkcs8)];

    const { signing } = await openContents({ keys, certificates });

    assert.equal(signing.certificate, certificates[1].der);
  });
}

test("keys of other certificates are said to be such", async () => {
  const certificates = [await certificateOf(OTHER.spki)];

  const opening = openContents({ keys: [keyOf(OWN.pkcs8)], certificates });

  await assert.rejects(opening, { code: "key_mismatch" });
});
