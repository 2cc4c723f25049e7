import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, copy, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { WrongPasswordError } from "../../../frontend/npki/encryption/errors.js";
import { KeyMismatchError } from "../../../frontend/npki/errors.js";
import {
  KeyForm,
  MAX_BYTES,
  changePassword,
  checkKeyPair,
  decryptKey,
  encryptKey,
  readForm,
  toPrivateKeyInfo,
} from "../../../frontend/npki/key_file.js";
import { writePem } from "../../../frontend/npki/files/pem.js";
import {
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
} from "../../../frontend/pki/der/der_writer.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { PkiError } from "../../../frontend/pki/der/errors.js";
import { OID } from "../../../frontend/pki/der/oids.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { PASSWORD, makeCertificate } from "../pki/makers.js";

/** @typedef {import("../../../frontend/npki/encryption/schemes.js").KeyForm} Form */

// What it holds is opaque: a PrivateKeyInfo in form only, with something after it.
const RSA = sequence(oid(OID.rsaEncryption), nullValue());
const KEY = sequence(
  integer(0),
  RSA,
  octetString(new Uint8Array(300).fill(5)),
  octetString(Uint8Array.of(9)),
);
/** @type {Form[]} */
const WRITTEN = ["A", "B", "D", "P"];
const FEW = { rounds: 1000 };

for (const form of WRITTEN) {
  test(`in form ${form} the bytes that come out are the bytes that went in`, async () => {
    const der = await encryptKey(KEY, PASSWORD, form, FEW);

    assert.equal(readForm(der), form);
    assert.deepEqual(await decryptKey(der, PASSWORD), KEY);
    assert.deepEqual(await decryptKey(writePem("ENCRYPTED PRIVATE KEY", der), PASSWORD), KEY);
    await assert.rejects(decryptKey(der, `${PASSWORD}!`), WrongPasswordError);
  });

  test(`in form ${form} a Korean password opens what it closed`, async () => {
    const der = await encryptKey(KEY, "비밀번호-1234", form, FEW);

    assert.deepEqual(await decryptKey(der, "비밀번호-1234"), KEY);
    await assert.rejects(decryptKey(der, "비밀번호-1235"), WrongPasswordError);
  });
}

test("form C is only read", async () => {
  await assert.rejects(encryptKey(KEY, PASSWORD, "C"), RangeError);
});

test("form A is the file that all Korean programs read", async () => {
  const key = sequence(integer(0), RSA, octetString(new Uint8Array(1192)), octetString(
    new Uint8Array(39),
  ));
  const der = await encryptKey(key, PASSWORD, KeyForm.A);
  const [algorithm, ciphertext] = read(der).children();
  const [id, parameters] = algorithm.children();
  const [salt, rounds] = parameters.children();

  assert.equal(id.oid(), "1.2.410.200004.1.15");
  assert.equal(salt.octets().length, 8);
  assert.equal(rounds.number(), 2048);
  assert.equal(ciphertext.octets().length, 1264);
  assert.equal(der.length, 1300);
});

test("what was no private key is never written as one", async () => {
  await assert.rejects(encryptKey(Uint8Array.of(1, 2, 3), PASSWORD, "D", FEW), {
    code: "key_form",
  });
});

test("nobody gets a key that nobody could open", async () => {
  await assert.rejects(encryptKey(KEY, PASSWORD, "D", { rounds: 10_000_001 }), {
    code: "key_work",
  });
});

for (const form of WRITTEN) {
  test(`another password keeps form ${form} and every byte`, async () => {
    const der = await encryptKey(KEY, PASSWORD, form, FEW);
    const change = { password: PASSWORD, newPassword: "Another-horse-2" };
    const changed = await changePassword(der, change, FEW);

    assert.equal(readForm(changed), form);
    assert.deepEqual(await decryptKey(changed, "Another-horse-2"), KEY);
    await assert.rejects(decryptKey(changed, PASSWORD), WrongPasswordError);
  });
}

test("a key is protected with 600,000 rounds and fresh salt and IV", async () => {
  const one = await encryptKey(KEY, PASSWORD, KeyForm.D);
  const other = await encryptKey(KEY, PASSWORD, KeyForm.D);
  const [algorithm] = read(one).children();
  const [kdf] = algorithm.children()[1].children();
  const [salt, rounds] = kdf.children()[1].children();

  assert.equal(rounds.number(), 600_000);
  assert.equal(salt.octets().length, 16);
  assert.notDeepEqual(one.subarray(0, 90), other.subarray(0, 90));
});

for (const password of ["", "correct-horse-2", "Correct-horse-1", `${PASSWORD} `]) {
  test(`the wrong password ${JSON.stringify(password)} is called that`, async () => {
    const der = await encryptKey(KEY, PASSWORD, "D", FEW);

    await assert.rejects(decryptKey(der, password), WrongPasswordError);
  });
}

/** @param {number} rounds @param {string} [cipher] @param {number} [iv] */
function protectedBy(rounds, cipher = OID.aes256Cbc, iv = 16) {
  const salt = octetString(new Uint8Array(8));
  const kdf = sequence(oid(OID.pbkdf2), sequence(salt, integer(rounds)));
  const aes = sequence(oid(cipher), octetString(new Uint8Array(iv)));
  const algorithm = sequence(oid(OID.pbes2), sequence(kdf, aes));
  return sequence(algorithm, octetString(new Uint8Array(32)));
}

const ANOTHER_SCHEME = sequence(sequence(oid(OID.data)), octetString(KEY));

/** Salt and rounds in form A. @param {Uint8Array} parameters @param {number} [size] */
const inFormA = (parameters, size = 32) =>
  sequence(sequence(oid(OID.seedCbcWithSha1), parameters), octetString(new Uint8Array(size)));
const SALT = octetString(new Uint8Array(8));
const NEGATIVE = Uint8Array.of(2, 1, 0x80);
const HUGE = integer(new Uint8Array(40).fill(0x7f));
const OPENSSL_LOCKED = `-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,00000000000000000000000000000000

AAAAAAAAAAAAAAAAAAAAAA==
-----END RSA PRIVATE KEY-----
`;

for (const [fault, der, code] of /** @type {[string, Uint8Array, string][]} */ ([
  ["too many rounds", protectedBy(10_000_001), "key_work"],
  ["too many rounds in form A", inFormA(sequence(SALT, integer(10_000_001))), "key_work"],
  ["astronomically many rounds", inFormA(sequence(SALT, HUGE)), "key_work"],
  ["no rounds", protectedBy(0), "key_form"],
  ["rounds below zero", inFormA(sequence(SALT, NEGATIVE)), "key_form"],
  ["no salt", inFormA(sequence(integer(2048))), "key_form"],
  ["more than salt and rounds", inFormA(sequence(SALT, integer(1), SALT)), "key_form"],
  ["half a block", inFormA(sequence(SALT, integer(1)), 24), "key_form"],
  ["no block", inFormA(sequence(SALT, integer(1)), 0), "key_form"],
  ["another cipher", protectedBy(1, "1.2.3.4"), "key_unknown"],
  ["a short IV", protectedBy(1, OID.aes256Cbc, 8), "key_form"],
  ["another scheme", ANOTHER_SCHEME, "key_unknown"],
  ["no algorithm", sequence(sequence(), octetString(KEY)), "key_form"],
  ["a plain key", KEY, "key_plain"],
  ["a plain key in PEM", writePem("PRIVATE KEY", KEY), "key_plain"],
  ["a key of OpenSSL's own in PEM", utf8(OPENSSL_LOCKED), "key_pem_encrypted"],
  ["PEM without a key", writePem("CERTIFICATE", KEY), "key_form"],
  ["nothing", new Uint8Array(), "key_form"],
  ["words", utf8("this is not a key"), "key_form"],
  ["too many bytes", new Uint8Array(MAX_BYTES + 1).fill(0x30), "file_too_large"],
])) {
  test(`a file with ${fault} is refused as ${code}`, async () => {
    await assert.rejects(decryptKey(der, PASSWORD), { code });
    if (!fault.includes("block")) assert.throws(() => readForm(der), { code });
  });
}

test("a key without a password gets one, byte for byte", async () => {
  const der = await encryptKey(toPrivateKeyInfo(KEY), PASSWORD, "A", FEW);

  assert.deepEqual(await decryptKey(der, PASSWORD), KEY);
});

test("what OpenSSL wrote before PKCS#8 becomes a PrivateKeyInfo", () => {
  const rsa = sequence(...Array.from({ length: 9 }, (_, i) => integer(i)));
  const ec = sequence(integer(1), SALT, concat(Uint8Array.of(0xa0, 10), oid(OID.p256)));
  const curve = sequence(oid(OID.ecPublicKey), oid(OID.p256));

  for (const [label, der, algorithm] of /** @type {[string, Uint8Array, Uint8Array][]} */ ([
    ["RSA PRIVATE KEY", rsa, RSA],
    ["EC PRIVATE KEY", ec, curve],
  ])) {
    const wrapped = sequence(integer(0), algorithm, octetString(der));
    assert.equal(hex(toPrivateKeyInfo(copy(der))), hex(wrapped));
    assert.throws(() => readForm(der), { code: "key_plain" });
    assert.throws(() => readForm(writePem(label, der)), { code: "key_plain" });
  }
});

test("a key that has a password is not taken for one without", async () => {
  const der = await encryptKey(KEY, PASSWORD, "D", FEW);

  assert.throws(() => toPrivateKeyInfo(der), { code: "key_unknown" });
});

test("a key is compared with its certificate by using both", async () => {
  const [pair, other] = [await createKeyPair("p-256"), await createKeyPair("p-256")];
  const certificate = await makeCertificate({ spki: pair.spki, signer: pair.privateKey });

  await checkKeyPair(pair.pkcs8, certificate);
  await assert.rejects(checkKeyPair(other.pkcs8, certificate), KeyMismatchError);
  // Nothing can be imported here, and RSA is not on a curve.
  await assert.rejects(checkKeyPair(KEY, certificate), { code: "key_mismatch" });
});

test("whichever byte is changed or cut, the answer is a refusal of ours", async () => {
  const der = await encryptKey(KEY, PASSWORD, "D", FEW);
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
