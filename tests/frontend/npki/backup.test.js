import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { equal, fromBase64, fromHex, hex } from "../../../frontend/lib/bytes.js";
import { SECRET_BYTES, SHEETS, openBackup, readHeader, sealBackup } from "../../../frontend/npki/backup.js";
import { combineSheets, readSheet, splitSecret } from "../../../frontend/npki/slip39.js";

/** @typedef {{name: string, file: string, key: any, code: string}} Case */

const VECTORS = new URL("../../vectors/npki_backup.json", import.meta.url);
const vectors = JSON.parse(await readFile(VECTORS, "utf8"));
const random = (/** @type {number} */ count) => new Uint8Array(randomBytes(count));

/** @param {any} key */
async function keyOf({ passphrase, sheets }) {
  if (passphrase !== undefined) return { passphrase };
  return { secret: await combineSheets(sheets), identifier: readSheet(sheets[0]).identifier };
}

/** What was sealed, from the vectors. @returns {import("../../../frontend/npki/backup.js").BackupContents} */
const contents = () => ({
  madeAt: new Date(vectors.contents.made_at),
  certificates: vectors.contents.certificates.map((/** @type {any} */ entry) => ({
    certificate: fromBase64(entry.certificate),
    encryptedKey: fromBase64(entry.encrypted_key),
    ...(entry.km_certificate && {
      kmCertificate: fromBase64(entry.km_certificate),
      encryptedKmKey: fromBase64(entry.encrypted_km_key),
    }),
    chain: entry.chain.map(fromBase64),
    localName: entry.local_name,
    serverId: entry.server_id,
  })),
});

const ODD = JSON.parse(
  await readFile(new URL("../../vectors/npki_backup_contents.json", import.meta.url), "utf8"),
);

for (const { name, file, code, count } of ODD.cases) {
  test(`odd contents are ${code ?? "read"}: ${name}`, async () => {
    const opening = openBackup(fromBase64(file), {
      secret: fromHex(ODD.secret),
      identifier: ODD.identifier,
    });

    if (code) await assert.rejects(opening, { code });
    else assert.equal((await opening).certificates.length, count);
  });
}

for (const { name, file, key } of /** @type {Case[]} */ (vectors.opened)) {
  test(`opened by ${name}`, async () => {
    assert.deepEqual(await openBackup(fromBase64(file), await keyOf(key)), contents());
  });
}

for (const { name, file, key, code } of /** @type {Case[]} */ (vectors.refused)) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(openBackup(fromBase64(file), await keyOf(key)), { code });
  });
}

for (const { name, sheets, code, word } of vectors.sheet_refusals) {
  test(`sheets refused: ${name}`, async () => {
    await assert.rejects(combineSheets(sheets), { code, word });
  });
}

test("the sheets of the vectors give their secret", async () => {
  const [first, , third] = vectors.sheets;

  assert.equal(hex(await combineSheets([third, first])), vectors.secret);
  assert.equal(readSheet(first).identifier, vectors.identifier);
});

test("a backup for sheets opens with any two of its own", async () => {
  const secret = random(SECRET_BYTES);
  const sheets = await splitSecret(secret, { ...SHEETS, random });
  const { identifier } = readSheet(sheets[0]);
  const file = await sealBackup(contents(), { secret, identifier }, { random });

  assert.equal(readHeader(file).kind, "sheets");
  for (const pair of [[0, 1], [2, 0], [1, 2]]) {
    const again = await combineSheets(pair.map((at) => sheets[at]));
    assert.deepEqual(await openBackup(file, { secret: again, identifier }), contents());
  }
});

test("a new backup for a passphrase asks for as much work as documented", async () => {
  const file = await sealBackup(contents(), { passphrase: "곰 세 마리" }, { random });

  assert.equal(readHeader(file).cost, 17);
  assert.deepEqual(await openBackup(file, { passphrase: "곰 세 마리" }), contents());
});

test("the file tells neither names nor how many certificates there are, within a block", async () => {
  const key = { secret: random(16), identifier: 7 };
  const one = { ...contents(), certificates: contents().certificates.slice(0, 1) };
  const [small, large] = [
    await sealBackup(one, key, { random }),
    await sealBackup(contents(), key, { random }),
  ];

  assert.equal(small.length, large.length);
  assert.ok(!equal(small.slice(-100), large.slice(-100)));
  assert.ok(!Buffer.from(large).includes("세금"));
});

test("more than a backup may hold is refused before it is written", async () => {
  const [first] = contents().certificates;
  const large = { ...first, chain: Array.from({ length: 10 }, () => random(40_000)) };
  const many = { ...contents(), certificates: Array.from({ length: 30 }, () => large) };

  const numerous = { ...contents(), certificates: Array.from({ length: 201 }, () => first) };

  for (const refused of [many, numerous])
    await assert.rejects(
      sealBackup(refused, { secret: random(16), identifier: 1 }, { random }),
      { code: "backup_large" },
    );
});
