import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hex, utf8 } from "../../../../frontend/lib/bytes.js";
import {
  candidateCharacters,
  candidateSecrets,
  encodeCp949,
} from "../../../../frontend/npki/encryption/password.js";

const file = new URL("../../../vectors/npki_ciphers.json", import.meta.url);
const { cp949 } = JSON.parse(await readFile(file, "utf8"));

for (const [text, octets] of /** @type {[string, string][]} */ (Object.entries(cp949.texts))) {
  test(`${text} is written in CP949`, () => {
    assert.equal(hex(encodeCp949(text) ?? new Uint8Array()), octets);
  });
}

for (const text of /** @type {string[]} */ (cp949.none)) {
  test(`CP949 has no ${text}`, () => {
    assert.equal(encodeCp949(text), null);
  });
}

test("CP949 is that of Python to the last character", () => {
  const lines = [];
  for (let point = 0x80; point < 0x10000; point += 1) {
    const octets = encodeCp949(String.fromCharCode(point));
    if (octets) lines.push(`${point.toString(16).padStart(4, "0")}:${hex(octets)}\n`);
  }

  assert.equal(lines.length, cp949.count);
  assert.equal(createHash("sha256").update(lines.join("")).digest("hex"), cp949.all);
});

test("a password of ASCII has one reading", () => {
  assert.deepEqual(candidateSecrets("Abcd!2345"), [utf8("Abcd!2345")]);
  assert.equal(candidateCharacters("Abcd!2345").length, 1);
});

test("a Korean password is UTF-8, then CP949", () => {
  assert.deepEqual(candidateSecrets("가1").map(hex), ["eab08031", "b0a131"]);
});

test("the parts of a syllable are also taken for the syllable", () => {
  const parts = "가".normalize("NFD");

  assert.deepEqual(candidateSecrets(parts).map(hex), [hex(utf8(parts)), "eab080", "b0a1"]);
});

test("an empty password may be none for PKCS#12", () => {
  assert.deepEqual(candidateCharacters("").map(hex), ["0000", ""]);
});
