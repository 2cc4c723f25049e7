import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import {
  KeyMismatchError,
  findStored,
  proofMessage,
  matchCertificate,
  signProof,
} from "../../../frontend/certificates/key_proof.js";
import { copy, hex, fromHex } from "../../../frontend/lib/bytes.js";
import { WrongPasswordError } from "../../../frontend/npki/encryption/errors.js";
import { createBoundKeyPair, createKeyPair } from "../../../frontend/pki/key_pair.js";
import { encryptKey } from "../../../frontend/npki/key_file.js";
import { makeCertificate, PASSWORD } from "../pki/makers.js";

const VECTORS = JSON.parse(
  await readFile(new URL("../../vectors/proof.json", import.meta.url), "utf8"),
);
const FEW = { rounds: 1000 };
const PAIR = await createKeyPair("rsa-2048");
const OTHER = await createKeyPair("p-256");
const CERTIFICATE = await makeCertificate({
  spki: PAIR.spki,
  signer: PAIR.privateKey,
});
const LOCKED = {
  certificate: CERTIFICATE,
  encryptedKey: await encryptKey(PAIR.pkcs8, PASSWORD, "D", FEW),
};
const PROOF = /** @type {const} */ ({
  purpose: "renew",
  origin: "https://ca.example",
  applicationId: "a",
  fingerprint: "00",
  challenge: new Uint8Array(32),
});

for (const [i, vector] of VECTORS.entries()) {
  test(`both languages sign the same bytes: ${i}`, () => {
    const { application_id: applicationId, ...rest } = vector.proof;
    const message = proofMessage({
      ...rest,
      applicationId,
      challenge: fromHex(vector.challenge),
    });

    assert.equal(hex(message), vector.message);
  });
}

test("the signature is by the certificate's key", async () => {
  const signature = await signProof(LOCKED, PASSWORD, PROOF);

  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", PAIR.spki, algorithm, false, ["verify"]);
  assert.ok(await crypto.subtle.verify(algorithm, key, signature, proofMessage(PROOF)));
});

test("a wrong password signs nothing", async () => {
  await assert.rejects(signProof(LOCKED, "Wrong-Horse-99", PROOF), WrongPasswordError);
});

test("a key that is not the certificate's signs nothing", async () => {
  const encryptedKey = await encryptKey(OTHER.pkcs8, PASSWORD, "D", FEW);
  const locked = { ...LOCKED, encryptedKey };

  await assert.rejects(signProof(locked, PASSWORD, PROOF), KeyMismatchError);
});

test("of a file's certificates the one with the key is taken", async () => {
  const ca = await makeCertificate({ spki: OTHER.spki, signer: OTHER.privateKey });
  const labels = { friendlyName: "", localKeyId: null };
  const [own, other] = [CERTIFICATE, ca].map((der) => ({ der: copy(der), ...labels }));
  const { encryptedKey } = LOCKED;
  const keys = [{ privateKeyInfo: PAIR.pkcs8, encryptedKey: copy(encryptedKey), ...labels }];

  const matched = await matchCertificate({ certificates: [other, own], keys }, PASSWORD);

  assert.equal(matched.certificate, own.der);
  const foreign = matchCertificate({ certificates: [other], keys }, PASSWORD);
  await assert.rejects(foreign, { code: "key_mismatch" });
});

test("what was moved here is found by its fingerprint", () => {
  const certificates = [{ id: "aa" }, { id: "bb" }];

  assert.equal(findStored(certificates, "bb"), certificates[1]);
  assert.equal(findStored(certificates, "cc"), undefined);
});

test("a key that cannot be copied signs without a password, for its own certificate only", async () => {
  const { privateKey: key, spki } = await createBoundKeyPair("p-256");
  const certificate = await makeCertificate({ spki, signer: key });

  const signature = await signProof({ certificate, key }, "", PROOF);

  assert.ok(signature.length > 60);
  await assert.rejects(signProof({ certificate: CERTIFICATE, key }, "", PROOF), KeyMismatchError);
  await assert.rejects(signProof({ certificate }, PASSWORD, PROOF), KeyMismatchError);
});
