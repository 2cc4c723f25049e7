/** Files of programs that we did not write, as both languages read them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromBase64, hex } from "../../../frontend/lib/bytes.js";
import { readRandomNumber } from "../../../frontend/npki/identity.js";
import { decryptKey, readForm } from "../../../frontend/npki/key_file.js";
import { findOwn } from "../../../frontend/npki/sets/opening.js";
import { readPfx } from "../../../frontend/npki/pfx.js";
import { CodedError } from "../../../frontend/lib/errors.js";
import { DerError } from "../../../frontend/pki/der/errors.js";
import { readCertificate } from "../../../frontend/pki/certificate.js";

/** @param {string} name */
const load = (name) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** @param {Uint8Array} key */
const randomNumberOf = (key) => {
  const randomNumber = readRandomNumber(key);
  return randomNumber && hex(randomNumber);
};

for (const vector of load("npki_key_files").cases) {
  test(`a key file of ${vector.by} opens byte for byte: ${vector.what}`, async () => {
    const file = fromBase64(vector.file);
    const key = await decryptKey(file, vector.password);

    assert.equal(readForm(file), vector.form);
    assert.equal(sha256(key), vector.private_key_info_sha256);
    assert.equal(randomNumberOf(key), vector.random_number);
    await assert.rejects(decryptKey(file, "another-1234"), { code: "wrong_password" });
  });
}

for (const vector of load("npki_pfx").cases) {
  test(`a PKCS#12 file of ${vector.by} opens byte for byte: ${vector.what}`, async () => {
    const { keys, certificates } = await readPfx(fromBase64(vector.file), vector.password);
    const ders = certificates.map(({ der }) => sha256(der)).sort();
    const shown = keys.map(({ privateKeyInfo }) => ({
      private_key_info_sha256: sha256(privateKeyInfo),
      random_number: randomNumberOf(privateKeyInfo),
    }));

    if (vector.keys !== null) assert.deepEqual(shown, vector.keys);
    if (vector.certificates_sha256 !== null)
      assert.deepEqual(ders, vector.certificates_sha256);
    if (vector.friendly_name && keys.length > 0)
      assert.equal(keys[0].friendlyName, vector.friendly_name);
    if (certificates.length > 0)
      for (const { privateKeyInfo } of keys)
        assert.ok(await findOwn(privateKeyInfo, certificates.map(({ der }) => der)));
  });
}

/** @type {Record<string, (content: Uint8Array, password: string) => Promise<unknown>>} */
const READERS = {
  key: decryptKey,
  pfx: readPfx,
  // Whoever reads a folder says so; here it is no DER, or not that of a certificate.
  certificate: async (content) => {
    assert.throws(() => readCertificate(content), DerError);
    throw new CodedError("certificate_form");
  },
};
const MOST_MS = 2000;

for (const { what, kind, content, password, code } of load("npki_hostile").cases) {
  test(`a hostile ${kind} is refused as ${code}: ${what}`, async () => {
    const before = process.cpuUsage();

    await assert.rejects(READERS[kind](fromBase64(content), password), { code });
    assert.ok(process.cpuUsage(before).user / 1000 < MOST_MS);
  });
}
