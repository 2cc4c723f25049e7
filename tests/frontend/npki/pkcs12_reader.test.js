import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../frontend/lib/bytes.js";
import { DerError, PkiError } from "../../../frontend/pki/der/errors.js";
import { WrongPasswordError } from "../../../frontend/npki/errors.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { createPkcs12 } from "../../../frontend/npki/pkcs12_writer.js";
import { readPkcs12 } from "../../../frontend/npki/pkcs12_reader.js";
import { decryptKey } from "../../../frontend/npki/key_file.js";
import { makeCertificate, PASSWORD } from "../pki/makers.js";

const PAIR = await createKeyPair("p-256");
const CERTIFICATE = await makeCertificate({
  spki: PAIR.spki,
  signer: PAIR.privateKey,
});
const FILE = await createPkcs12(
  {
    key: PAIR.pkcs8,
    certificate: CERTIFICATE,
    chain: [CERTIFICATE],
    password: PASSWORD,
    friendlyName: "김하나",
  },
  { rounds: 1000, macRounds: 1 },
);

test("what was written is read, the key byte for byte", async () => {
  const { encryptedKey, certificates } = await readPkcs12(FILE, PASSWORD);

  assert.equal(hex(await decryptKey(encryptedKey, PASSWORD)), hex(PAIR.pkcs8));
  assert.deepEqual(certificates.map(hex), [hex(CERTIFICATE), hex(CERTIFICATE)]);
});

test("a wrong password is called so", async () => {
  await assert.rejects(readPkcs12(FILE, "Wrong-Horse-99"), WrongPasswordError);
});

for (const bytes of [
  new Uint8Array(),
  Uint8Array.of(0x30, 0x80),
  CERTIFICATE,
  new Uint8Array(70_000).fill(0x30),
]) {
  test(`a file of ${bytes.length} other bytes is refused`, async () => {
    await assert.rejects(readPkcs12(bytes, PASSWORD), DerError);
  });
}

test("a file that was cut or changed anywhere is refused, never a fault", async () => {
  for (let at = 0; at < FILE.length; at += 97) {
    const changed = Uint8Array.from(FILE);
    changed[at] ^= 0xff;

    const outcomes = await Promise.allSettled([
      readPkcs12(changed, PASSWORD),
      readPkcs12(FILE.subarray(0, at), PASSWORD),
    ]);
    for (const each of outcomes.filter(({ status }) => status === "rejected"))
      assert.ok(/** @type {any} */ (each).reason instanceof PkiError);
  }
});
