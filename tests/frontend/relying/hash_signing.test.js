import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { encryptKey } from "../../../frontend/npki/key_file.js";
import { signedAttributes } from "../../../frontend/pki/cms.js";
import { TAG } from "../../../frontend/pki/der/der_writer.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { createBoundKeyPair, createKeyPair, importPublicKey } from "../../../frontend/pki/key_pair.js";
import { documentDigest } from "../../../frontend/relying/hash_contents.js";
import { hashSigner } from "../../../frontend/relying/hash_signing.js";
import { makeCertificate, PASSWORD } from "../pki/makers.js";

const FEW = { rounds: 1000 };
const EC = await createKeyPair("p-256");
const RSA = await createKeyPair("rsa-2048");
const [FIRST, SECOND] = [utf8("first document"), utf8("second document")];

/** @param {Uint8Array<ArrayBuffer>} bytes */
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** @param {import("../../../frontend/pki/key_pair.js").KeyPair} pair */
async function lockedBy(pair) {
  const certificate = await makeCertificate({ spki: pair.spki, signer: pair.privateKey });
  return { certificate, encryptedKey: await encryptKey(pair.pkcs8, PASSWORD, "D", FEW) };
}

/** @param {string[]} hashes @param {string[]} [attributes] */
const contentsOf = (hashes, attributes = []) =>
  /** @type {const} */ ({ purpose: "sign_hashes", binding: "", hashes, attributes });

/**
 * Tell whether DER of ECDSA is by the key over a message, as WebCrypto judges.
 * @param {Uint8Array} spki
 * @param {Uint8Array} der
 * @param {Uint8Array<ArrayBuffer>} message
 */
async function isEcSignature(spki, der, message) {
  const numbers = read(der, TAG.SEQUENCE).children().map((one) => hex(one.integer()));
  const flat = numbers.map((digits) => digits.slice(-64).padStart(64, "0")).join("");
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  return crypto.subtle.verify(algorithm, await importPublicKey(spki), fromHex(flat), message);
}

test("each bare hash is signed as WebCrypto signs the message behind it", async () => {
  const hashes = [hex(await sha256(FIRST)), hex(await sha256(SECOND))];
  const { signHashes } = await hashSigner(contentsOf(hashes))(await lockedBy(EC), PASSWORD, {});

  const [one, two] = await signHashes();

  assert.ok(await isEcSignature(EC.spki, one, FIRST));
  assert.ok(await isEcSignature(EC.spki, two, SECOND));
  assert.ok(!(await isEcSignature(EC.spki, one, SECOND)));
});

test("an opened key signs its hashes once", async () => {
  const hashes = [hex(await sha256(FIRST))];
  const { signHashes } = await hashSigner(contentsOf(hashes))(await lockedBy(EC), PASSWORD, {});
  await signHashes();

  await assert.rejects(signHashes());
});

test("an RSA key signs no bare hash", async () => {
  const open = hashSigner(contentsOf([hex(await sha256(FIRST))]));

  await assert.rejects(open(await lockedBy(RSA), PASSWORD, {}), { code: "hash_key_kind" });
});

test("a key that cannot be read out signs no bare hash", async () => {
  const { privateKey, spki } = await createBoundKeyPair("p-256");
  const certificate = await makeCertificate({ spki, signer: privateKey });
  const open = hashSigner(contentsOf([hex(await sha256(FIRST))]));

  await assert.rejects(open({ certificate, key: privateKey }, "", {}), {
    code: "hash_key_bound",
  });
});

test("the key of another certificate signs nothing", async () => {
  const { certificate } = await lockedBy(RSA);
  const { encryptedKey } = await lockedBy(EC);
  const open = hashSigner(contentsOf([hex(await sha256(FIRST))]));

  await assert.rejects(open({ certificate, encryptedKey }, PASSWORD, {}), {
    code: "damaged_key",
  });
});

test("attributes are signed by any key, and say which document they are about", async () => {
  const { certificate, encryptedKey } = await lockedBy(RSA);
  const digest = await sha256(FIRST);
  const attributes = await signedAttributes({ digest, certificate, signingTime: null });
  const contents = contentsOf([hex(await sha256(attributes))], [hex(attributes)]);

  const { signHashes } = await hashSigner(contents)({ certificate, encryptedKey }, PASSWORD, {});
  const [signature] = await signHashes();

  const algorithm = { name: "RSASSA-PKCS1-v1_5" };
  const key = await importPublicKey(RSA.spki);
  assert.ok(await crypto.subtle.verify(algorithm, key, signature, attributes));
  assert.deepEqual(documentDigest(hex(attributes)), digest);
});

for (const [name, attributes] of Object.entries({
  "something else": hex(utf8("certferry asking 1")),
  "no digest": "3100",
  "a sequence": "3000",
})) {
  test(`attributes that are ${name} are not signed`, async () => {
    const hash = hex(await sha256(fromHex(attributes)));
    const open = hashSigner(contentsOf([hash], [attributes]));

    await assert.rejects(open(await lockedBy(EC), PASSWORD, {}), { code: "hash_attributes" });
  });
}

test("attributes of another hash are not signed", async () => {
  const { certificate, encryptedKey } = await lockedBy(EC);
  const digest = await sha256(FIRST);
  const attributes = await signedAttributes({ digest, certificate, signingTime: null });
  const open = hashSigner(contentsOf([hex(await sha256(SECOND))], [hex(attributes)]));

  await assert.rejects(open({ certificate, encryptedKey }, PASSWORD, {}), {
    code: "hash_attributes",
  });
});
