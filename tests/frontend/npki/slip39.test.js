import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hex } from "../../../frontend/lib/bytes.js";
import { SheetError, combineSheets, completeWord, readSheet, splitSecret } from "../../../frontend/npki/slip39.js";
import { WORDS } from "../../../frontend/npki/slip39_words.js";

const VECTORS = new URL("../../vectors/slip39.json", import.meta.url);
/** @type {{name: string, mnemonics: string[], secret: string}[]} */
const CASES = JSON.parse(await readFile(VECTORS, "utf8")).cases;
const random = (/** @type {number} */ count) => new Uint8Array(randomBytes(count));
const options = { threshold: 2, count: 3, random };

for (const { name, mnemonics, secret } of CASES) {
  test(`official vector ${name}`, async () => {
    if (secret === "") await assert.rejects(combineSheets(mnemonics, "TREZOR"), SheetError);
    else assert.equal(hex(await combineSheets(mnemonics, "TREZOR")), secret);
  });
}

test("there are 45 official vectors, good ones and bad ones", () => {
  assert.equal(CASES.length, 45);
  assert.ok(CASES.filter(({ secret }) => secret).length >= 12);
});

for (const bytes of [16, 32]) {
  test(`any two of three sheets give a secret of ${bytes} octets, in any order`, async () => {
    const secret = random(bytes);
    const [a, b, c] = await splitSecret(secret, options);

    for (const pair of [[a, b], [b, a], [a, c], [c, b], [a, b, c]])
      assert.deepEqual(await combineSheets(pair), secret);
  });
}

test("three of five are needed where it was split so", async () => {
  const secret = random(16);
  const sheets = await splitSecret(secret, { threshold: 3, count: 5, random });

  assert.deepEqual(await combineSheets([sheets[4], sheets[0], sheets[2]]), secret);
  await assert.rejects(combineSheets(sheets.slice(0, 2)), { code: "sheets_too_few" });
});

test("sheets are read as people write them down", async () => {
  const [sheet] = await splitSecret(random(16), options);
  const words = sheet.split(" ");
  const typed = {
    "capital letters": sheet.toUpperCase(),
    "line by line, numbered": words.map((word, at) => `${at + 1}. ${word}`).join("\n"),
    "four letters each": words.map((word) => word.slice(0, 4)).join(" "),
    "with commas": words.join(", "),
  };

  for (const text of Object.values(typed)) assert.deepEqual(readSheet(text), readSheet(sheet));
});

test("each wrong sheet has its own code", async () => {
  const [a, b] = await splitSecret(random(16), options);
  const [other] = await splitSecret(random(16), options);
  const words = a.split(" ");
  const swapped = [...words.slice(0, 6), words[7], words[6], ...words.slice(8)].join(" ");
  const cases = [
    [[a], "sheets_too_few"],
    [[], "sheets_too_few"],
    [[a, a], "sheet_twice"],
    [[a, other], "sheet_other_set"],
    [[a, words.slice(0, 19).join(" ")], "sheet_length"],
    [[a, `${b} academic`], "sheet_length"],
    [["", b], "sheet_length"],
    [[words[6] === words[7] ? a.replace(words[4], "zero") : swapped, b], "sheet_checksum"],
    [[a.replace(words[4], "bitcoin"), b], "sheet_words"],
  ];

  for (const [sheets, code] of cases)
    await assert.rejects(combineSheets(/** @type {string[]} */ (sheets)), { code });
});

test("a word that is on no sheet is named by its place", () => {
  assert.throws(() => readSheet("academic acid bitcoin"), { code: "sheet_words", word: 3 });
});

test("the first four letters tell each word", () => {
  for (const word of WORDS) assert.equal(completeWord(word.slice(0, 4)), word);
  assert.equal(completeWord("aca"), null);
});
