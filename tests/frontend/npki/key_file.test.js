import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "../../../frontend/lib/bytes.js";
import {
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
} from "../../../frontend/pki/der/der_writer.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { PkiError } from "../../../frontend/pki/der/errors.js";
import { WrongPasswordError } from "../../../frontend/pki/errors.js";
import { OID } from "../../../frontend/pki/der/oids.js";
import { decryptKey, encryptKey } from "../../../frontend/npki/key_file.js";
import { PASSWORD } from "../pki/makers.js";

// What it holds is opaque: a PrivateKeyInfo in form only, with something after it.
const KEY = sequence(
  integer(0),
  sequence(oid(OID.rsaEncryption), nullValue()),
  octetString(new Uint8Array(300).fill(5)),
  octetString(Uint8Array.of(9)),
);
const FEW = { rounds: 1000 };

test("the bytes that come out are the bytes that went in", async () => {
  assert.deepEqual(await decryptKey(await encryptKey(KEY, PASSWORD), PASSWORD), KEY);
});

test("a key is protected with 600,000 rounds and fresh salt and IV", async () => {
  const one = await encryptKey(KEY, PASSWORD);
  const other = await encryptKey(KEY, PASSWORD);
  const [algorithm] = read(one).children();
  const [kdf] = algorithm.children()[1].children();
  const [salt, rounds] = kdf.children()[1].children();

  assert.equal(rounds.number(), 600_000);
  assert.equal(salt.octets().length, 16);
  assert.notDeepEqual(one.subarray(0, 90), other.subarray(0, 90));
});

for (const password of ["", "correct-horse-2", "Correct-horse-1", `${PASSWORD} `]) {
  test(`the wrong password ${JSON.stringify(password)} is called that`, async () => {
    const der = await encryptKey(KEY, PASSWORD, FEW);

    await assert.rejects(decryptKey(der, password), WrongPasswordError);
  });
}

test("plain bytes that are no key mean a wrong password: padding can fit", async () => {
  const der = await encryptKey(Uint8Array.of(1, 2, 3), PASSWORD, FEW);

  await assert.rejects(decryptKey(der, PASSWORD), WrongPasswordError);
});

test("a Korean password opens what it closed", async () => {
  const der = await encryptKey(KEY, "비밀번호-1234", FEW);

  assert.deepEqual(await decryptKey(der, "비밀번호-1234"), KEY);
});

/** @param {number} rounds @param {string} [cipher] @param {number} [iv] */
function protectedBy(rounds, cipher = OID.aes256Cbc, iv = 16) {
  const salt = octetString(new Uint8Array(8));
  const kdf = sequence(oid(OID.pbkdf2), sequence(salt, integer(rounds)));
  const aes = sequence(oid(cipher), octetString(new Uint8Array(iv)));
  const algorithm = sequence(oid(OID.pbes2), sequence(kdf, aes));
  return sequence(algorithm, octetString(new Uint8Array(32)));
}

const ANOTHER_SCHEME = sequence(sequence(oid(OID.data)), octetString(KEY));

for (const [fault, der, code] of /** @type {[string, Uint8Array, string][]} */ ([
  ["too many rounds", protectedBy(10_000_001), "unsupported_key"],
  ["no rounds", protectedBy(0), "unsupported_key"],
  ["another cipher", protectedBy(1, "1.2.410.200004.1.4"), "unsupported_key"],
  ["a short IV", protectedBy(1, OID.aes256Cbc, 8), "bad_der"],
  ["another scheme", ANOTHER_SCHEME, "unsupported_key"],
  ["no algorithm", sequence(sequence(), octetString(KEY)), "bad_der"],
  ["a plain key", KEY, "bad_der"],
  ["nothing", new Uint8Array(), "bad_der"],
])) {
  test(`a file with ${fault} is refused as ${code}`, async () => {
    await assert.rejects(decryptKey(der, PASSWORD), { code });
  });
}

test("whichever byte is changed or cut, the answer is a refusal of ours", async () => {
  const der = await encryptKey(KEY, PASSWORD, FEW);
  for (let at = 0; at < 100; at += 1) {
    const changed = copy(der);
    changed[at] ^= 0x11;
    for (const hostile of [changed, der.subarray(0, at)]) {
      await decryptKey(hostile, PASSWORD).catch((/** @type {unknown} */ error) => {
        assert.ok(error instanceof PkiError, `${at}: ${error}`);
      });
    }
  }
});
