/** A certificate from a file: its key stays locked, and one that is not gets a password. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ImportedCertificate } from "../../../frontend/certificates/imported_certificate.js";
import { fromBase64 } from "../../../frontend/lib/bytes.js";
import { findHolders } from "../../../frontend/npki/files/folder.js";
import { decryptKey } from "../../../frontend/npki/key_file.js";

const { cases, material } = JSON.parse(
  await readFile(new URL("../../vectors/npki_diagnosis.json", import.meta.url), "utf8"),
);
const NOW = new Date("2026-11-30T03:00:00Z");
const PASSWORD = "Horse-Battery-1";
const FIRST = "First-Horse-8";

/** @param {string} name of a case of the vectors */
function importedFrom(name) {
  const { files } = cases.find((/** @type {any} */ one) => one.name === name);
  const tree = Object.entries(files).map(([path, octets]) => ({ path, octets: fromBase64(octets) }));
  return new ImportedCertificate(findHolders(tree).holders[0]);
}

for (const name of [
  "a key in the clear needs no password",
  "a key that opens with no password is in the clear",
])
  test(`nothing is done with a key before a password locks it: ${name}`, async () => {
    const imported = importedFrom(name);

    await imported.open("", NOW);

    assert.deepEqual([imported.needsPassword, imported.isOpen], [true, false]);
    assert.equal(imported.certificate?.name, "김하나");
    for (const work of [
      () => imported.toStored(0),
      () => imported.toTree("as-it-is"),
      () => imported.toTree("npki-a"),
      () => imported.toPkcs12("p12"),
    ])
      await assert.rejects(work, { code: "key_plain" });
  });

for (const name of [
  "a key in the clear needs no password",
  "a key that opens with no password is in the clear",
])
  test(`its first password opens the same key: ${name}`, async () => {
    const imported = importedFrom(name);
    await imported.open("", NOW);

    await imported.lockWith(FIRST);

    const { encryptedKey } = /** @type {any} */ (await imported.toStored(0));
    assert.deepEqual([imported.needsPassword, imported.isOpen], [false, true]);
    assert.deepEqual(await decryptKey(encryptedKey, FIRST), fromBase64(material.hana_plain));
    await assert.rejects(decryptKey(encryptedKey, ""), { code: "wrong_password" });
  });

test("a locked key stays as it lay there, byte for byte", async () => {
  const imported = importedFrom("all is well, form A");

  await imported.open(PASSWORD, NOW);

  assert.equal(imported.needsPassword, false);
  const stored = /** @type {any} */ (await imported.toStored(0));
  assert.deepEqual(stored.encryptedKey, fromBase64(material.hana_A));
});

test("what was closed has to be opened again", async () => {
  const imported = importedFrom("a key in the clear needs no password");
  await imported.open("", NOW);

  imported.close();

  assert.equal(imported.needsPassword, false);
  await assert.rejects(() => imported.toStored(0), { code: "wrong_password" });
});
