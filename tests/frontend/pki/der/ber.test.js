import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { hex, fromHex } from "../../../../frontend/lib/bytes.js";
import { toDer } from "../../../../frontend/pki/der/ber.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import { DerError, PkiError } from "../../../../frontend/pki/der/errors.js";
import { WrongPasswordError } from "../../../../frontend/npki/encryption/errors.js";
import { isKeyPair } from "../../../../frontend/pki/key_pair.js";
import { findOwn } from "../../../../frontend/npki/sets/opening.js";
import { readPfx } from "../../../../frontend/npki/pfx.js";
import { decryptKey } from "../../../../frontend/npki/key_file.js";

const vectors = new URL("../../../vectors/ber.json", import.meta.url);
const cases = JSON.parse(readFileSync(vectors, "utf8"));
const FILES = new URL("../../../interop/pfx/", import.meta.url);
const PASSWORD = "Horse-Battery-1";

/** @param {string} name */
const fileOf = (name) => new Uint8Array(readFileSync(new URL(name, FILES)));

for (const { what, ber, der } of cases.converted) {
  test(`BER becomes DER: ${what}`, () => {
    assert.equal(hex(toDer(fromHex(ber))), der);
    assert.equal(hex(toDer(fromHex(der))), der);
  });
}

for (const { what, ber } of cases.refused) {
  test(`no BER is refused: ${what}`, () => {
    assert.throws(() => toDer(fromHex(ber)), DerError);
  });
}

test("what is too deep or too large is refused", () => {
  const deep = (/** @type {number} */ depth) => fromHex("3080".repeat(depth) + "0000".repeat(depth));

  assert.ok(toDer(deep(cases.most_depth)));
  assert.throws(() => toDer(deep(cases.most_depth + 1)), DerError);
  assert.throws(() => toDer(fromHex("3080".repeat(40_000))), DerError);
  assert.throws(() => toDer(new Uint8Array(cases.most_bytes + 1)), DerError);
});

for (const { what, key } of [...cases.too_much_work, ...cases.no_work]) {
  test(`a key with ${what} is refused before any work`, async () => {
    const begun = performance.now();

    await assert.rejects(decryptKey(fromHex(key), PASSWORD), PkiError);
    assert.ok(performance.now() - begun < 1000);
  });
}

for (const name of readdirSync(FILES)) {
  test(`a file of another program is read: ${name}`, async () => {
    const { keys: [key], certificates } = await readPfx(fileOf(name), PASSWORD);

    const own = readCertificate(
      await findOwn(key.privateKeyInfo, certificates.map(({ der }) => der)),
    );
    assert.ok(key.encryptedKey);
    assert.equal(own.name, "김하나");
    assert.equal(own.issuerName, "Hanul test CA");
    assert.deepEqual(await decryptKey(key.encryptedKey, PASSWORD), key.privateKeyInfo);
  });

  test(`another password does not open a file of another program: ${name}`, async () => {
    await assert.rejects(readPfx(fileOf(name), "guess-guess-1"), WrongPasswordError);
  });

  test(`a file of another program that was cut is refused: ${name}`, async () => {
    const whole = fileOf(name);
    for (let at = 0; at < 400; at += 7) {
      await assert.rejects(readPfx(whole.subarray(0, at), PASSWORD), { code: "pfx_form" });
    }
  });
}

test("a file whose parts ask for too much together is refused", async () => {
  const { element, integer, octetString, oid, sequence, tagged } =
    await import("../../../../frontend/pki/der/der_writer.js");
  const { OID } = await import("../../../../frontend/pki/der/oids.js");
  const name = oid("1.2.840.113549.1.12.1.3");
  const algorithm = sequence(
    name,
    sequence(octetString(new Uint8Array(8)), integer(9_000_000)),
  );
  const content = element(0x80, new Uint8Array(16));
  const encrypted = sequence(integer(0), sequence(oid(OID.data), algorithm, content));
  const info = sequence(oid(OID.encryptedData), tagged(0, encrypted));
  const safe = sequence(info, info, info);
  const data = sequence(oid(OID.data), tagged(0, octetString(safe)));

  const begun = performance.now();
  const reading = readPfx(sequence(integer(3), data), PASSWORD);
  await assert.rejects(reading, { code: "key_work" });
  assert.ok(performance.now() - begun < 1000);
});
