import assert from "node:assert/strict";
import { createHash, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { hex, utf8 } from "../../../../../frontend/lib/bytes.js";
import { OLDER_HASHES, PURPOSE, derivePbkdf1, derivePkcs12Key } from "../../../../../frontend/npki/encryption/kdf/kdf.js";
import { terminated } from "../../../../../frontend/npki/encryption/password.js";
import { derivePbkdf2 } from "../../../../../frontend/npki/encryption/pbe.js";
import { repeatSha1 } from "../../../../../frontend/npki/encryption/kdf/repeated_sha1.js";

/** @param {string} name @param {Uint8Array} first @param {number} rounds */
function repeated(name, first, rounds) {
  let digest = createHash(name).update(first).digest();
  for (let i = 1; i < rounds; i += 1) digest = createHash(name).update(digest).digest();
  return digest.toString("hex");
}

for (const [name, hash, milliseconds, pauses] of /** @type {const} */ ([
  ["SHA-1", sha1, 0, 0], ["SHA-1", sha1, 12, 9], ["SHA-512", sha512, 12, 49],
]))
  test(`40,000 rounds of ${name} let others in ${pauses} times where a step takes ${milliseconds} ms`, async (context) => {
    const timer = context.mock.method(globalThis, "setTimeout");
    let clock = 0;
    context.mock.method(performance, "now", () => (clock += milliseconds));

    const [secret, salt] = [utf8("qwer1234!@"), new Uint8Array(8)];
    await derivePbkdf1({ hash, secret, salt, rounds: 40_000 });

    assert.equal(timer.mock.callCount(), pauses);
  });

test("the loop of SHA-1 is SHA-1 of SHA-1, whatever the digest", () => {
  let digest = new Uint8Array(20);
  for (let i = 0; i < 300; i += 1) {
    const next = createHash("sha1").update(digest).digest();
    assert.equal(hex(repeatSha1(digest, 1)), next.toString("hex"));
    digest = Uint8Array.from(next);
  }
  assert.equal(hex(repeatSha1(new Uint8Array(20), 300)), hex(digest));
});

for (const [name, hash] of /** @type {const} */ ([["SHA-1", "sha1"], ["MD5", "md5"]])) {
  for (const rounds of [1, 2, 2048, 20_000, 20_001, 40_001]) {
    test(`PBKDF1 with ${name} hashes ${rounds} times`, async () => {
      const [secret, salt] = [utf8("qwer1234!@"), new Uint8Array(8).fill(3)];

      const derived = await derivePbkdf1({ hash: OLDER_HASHES[name], secret, salt, rounds });

      assert.equal(hex(derived), repeated(hash, Buffer.concat([secret, salt]), rounds));
    });
  }
}

test("PKCS#12 derives the key and IV of the published example", async () => {
  // "smeg" and its salt: the test vectors that Bouncy Castle and OpenSSL share.
  const options = {
    hash: OLDER_HASHES["SHA-1"],
    characters: terminated("smeg"),
    salt: Uint8Array.from([0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f]),
    rounds: 1,
  };

  const key = await derivePkcs12Key({ ...options, purpose: PURPOSE.KEY, size: 24 });
  const iv = await derivePkcs12Key({ ...options, purpose: PURPOSE.IV, size: 8 });

  assert.equal(hex(key), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
  assert.equal(hex(iv), "79993dfe048d3b76");
});

for (const [name, hash] of /** @type {const} */ ([
  ["SHA-1", "sha1"], ["SHA-224", "sha224"], ["SHA-256", "sha256"], ["SHA-384", "sha384"],
  ["SHA-512", "sha512"], ["SHA-512/224", "sha512-224"], ["SHA-512/256", "sha512-256"],
])) {
  test(`PBKDF2 with ${name} is that of OpenSSL, with an empty password too`, async () => {
    const salt = new Uint8Array(8).fill(9);
    for (const password of ["", "qwer1234!@", "비밀번호"]) {
      const derived = await derivePbkdf2(utf8(password), { hash: name, salt, rounds: 3 }, 40);

      assert.equal(hex(derived), pbkdf2Sync(password, salt, 3, 40, hash).toString("hex"));
    }
  });
}
