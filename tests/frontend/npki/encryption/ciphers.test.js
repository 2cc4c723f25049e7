import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fromHex, hex } from "../../../../frontend/lib/bytes.js";
import { createAria } from "../../../../frontend/npki/encryption/aria.js";
import { decryptCbc, encryptCbc, removePadding } from "../../../../frontend/npki/encryption/cbc.js";
import { WrongPasswordError } from "../../../../frontend/npki/encryption/errors.js";
import { createSeed } from "../../../../frontend/npki/encryption/seed.js";

/** @typedef {import("../../../../frontend/npki/encryption/cbc.js").BlockCipher} BlockCipher */
/** @typedef {{key: string, iv: string, plaintext: string, ciphertext: string}} Vector */

const file = new URL("../../../vectors/npki_ciphers.json", import.meta.url);
const VECTORS = JSON.parse(await readFile(file, "utf8"));
/** @type {[string, (key: Uint8Array) => BlockCipher][]} */
const CIPHERS = [["seed", createSeed], ["aria", createAria]];

/** @param {string} text */
const words = (text) =>
  Uint32Array.from(text.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16));

for (const [name, create] of CIPHERS) {
  for (const vector of /** @type {Vector[]} */ (VECTORS[name].blocks)) {
    test(`${name} makes the published block of key ${vector.key}`, () => {
      const block = words(vector.plaintext);
      create(fromHex(vector.key)).encrypt(block);

      assert.deepEqual(block, words(vector.ciphertext));
      create(fromHex(vector.key)).decrypt(block);
      assert.deepEqual(block, words(vector.plaintext));
    });
  }

  for (const { key, iv, plaintext, ciphertext } of /** @type {Vector[]} */ (VECTORS[name].cbc)) {
    test(`${name} chains the published blocks of key ${key}`, () => {
      const cipher = create(fromHex(key));
      const encrypted = encryptCbc(cipher, fromHex(iv), fromHex(plaintext));

      assert.equal(hex(encrypted.subarray(0, -16)), ciphertext);
      assert.equal(hex(decryptCbc(cipher, fromHex(iv), encrypted)), plaintext);
    });
  }

  test(`${name} brings texts of every length back`, () => {
    const cipher = create(new Uint8Array(16).fill(7));
    const iv = new Uint8Array(16).fill(9);
    for (let size = 0; size < 40; size += 1) {
      const plain = Uint8Array.from({ length: size }, (_, i) => i);
      const ciphertext = encryptCbc(cipher, iv, plain);

      assert.equal(ciphertext.length % 16, 0);
      assert.deepEqual(decryptCbc(cipher, iv, ciphertext), plain);
    }
  });
}

for (const [fault, end] of /** @type {[string, number[]][]} */ ([
  ["zero", [1, 1, 0]],
  ["more than a block", [17]],
  ["a byte that differs", [3, 2, 3]],
  ["more than there is", [16]],
])) {
  test(`a padding of ${fault} is none`, () => {
    const plain = Uint8Array.from([9, 9, 9, 9, ...end]);

    assert.throws(() => removePadding(plain, 16), WrongPasswordError);
  });
}
