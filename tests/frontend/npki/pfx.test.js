import assert from "node:assert/strict";
import { test } from "node:test";
import { copy, hex } from "../../../frontend/lib/bytes.js";
import { WrongPasswordError } from "../../../frontend/npki/encryption/errors.js";
import { PasswordNotAsciiError } from "../../../frontend/npki/errors.js";
import { decryptKey, encryptKey } from "../../../frontend/npki/key_file.js";
import { findOwn } from "../../../frontend/npki/sets/opening.js";
import { readPfx, writePfx } from "../../../frontend/npki/pfx.js";
import { withRandomNumber } from "../../../frontend/npki/identity.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import {
  integer,
  octetString,
  oid,
  sequence,
  tagged,
} from "../../../frontend/pki/der/der_writer.js";
import { PkiError } from "../../../frontend/pki/der/errors.js";
import { OID } from "../../../frontend/pki/der/oids.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { makeCertificate, PASSWORD } from "../pki/makers.js";

// That programs open each other's files is tested in tests/interop.
const PAIR = await createKeyPair("p-256");
const KEY = withRandomNumber(PAIR.pkcs8, new Uint8Array(20).fill(7));
const AUTHORITY = await createKeyPair("p-256");
const signer = AUTHORITY.privateKey;
const CERTIFICATE = await makeCertificate({ spki: PAIR.spki, signer });
const ISSUER = await makeCertificate({ spki: AUTHORITY.spki, signer });
const CONTENTS = {
  privateKeyInfo: KEY,
  certificate: CERTIFICATE,
  chain: [ISSUER],
  password: PASSWORD,
  friendlyName: "김하나",
};
const FEW = { rounds: 1000, macRounds: 2 };
const FILE = await writePfx(CONTENTS, FEW);

/** @param {...Uint8Array} infos ContentInfos without a MAC */
function fileOf(...infos) {
  return sequence(integer(3), dataInfo(sequence(...infos)));
}

/** @param {Uint8Array} content */
const dataInfo = (content) => sequence(oid(OID.data), tagged(0, octetString(content)));

/** @param {string} type @param {Uint8Array} value */
const bag = (type, value) => sequence(oid(type), tagged(0, value));

/** @param {Uint8Array} der */
const certificateBag = (der) =>
  bag(OID.certBag, sequence(oid(OID.x509Certificate), tagged(0, octetString(der))));

for (const encoding of /** @type {const} */ (["modern", "older"])) {
  test(`what was written in the ${encoding} encoding is read, R included`, async () => {
    const file = await writePfx(CONTENTS, { ...FEW, encoding });
    const { keys: [key, ...more], certificates } = await readPfx(file, PASSWORD);

    assert.equal(more.length, 0);
    assert.equal(hex(key.privateKeyInfo), hex(KEY));
    assert.ok(key.encryptedKey);
    assert.equal(hex(await decryptKey(key.encryptedKey, PASSWORD)), hex(KEY));
    assert.deepEqual(certificates.map(({ der }) => hex(der)), [CERTIFICATE, ISSUER].map(hex));
    assert.equal(key.friendlyName, "김하나");
    assert.deepEqual(key.localKeyId, certificates[0].localKeyId);
    const ders = certificates.map(({ der }) => der);
    assert.equal(await findOwn(key.privateKeyInfo, ders), ders[0]);
    await assert.rejects(readPfx(file, "Wrong-Horse-99"), WrongPasswordError);
  });
}

for (const password of ["비밀번호-1234", "tab\there-1", ""]) {
  test(`the password ${JSON.stringify(password)} is refused`, async () => {
    const making = writePfx({ ...CONTENTS, password }, FEW);

    await assert.rejects(making, PasswordNotAsciiError);
  });
}

test("the MAC is no shortcut for guessing the password", async () => {
  const [, , mac] = read(await writePfx(CONTENTS, { rounds: 1000 })).children();

  assert.equal(mac.children()[2].number(), 100_000);
});

test("neither name nor certificate stands open in the file", () => {
  const file = Buffer.from(FILE);

  assert.equal(file.indexOf(Buffer.from("KIM HANA")), -1);
  assert.equal(file.indexOf(Buffer.from(PAIR.spki)), -1);
});

test("several keys and certificates are read, each key beside its own", async () => {
  const other = await createKeyPair("p-256");
  const otherCertificate = await makeCertificate({ spki: other.spki, signer });
  const locked = await encryptKey(KEY, PASSWORD, "A");
  const nested = bag(OID.safeContentsBag, sequence(certificateBag(otherCertificate)));
  const file = fileOf(
    dataInfo(sequence(bag(OID.shroudedKeyBag, locked), certificateBag(CERTIFICATE))),
    dataInfo(sequence(bag(OID.keyBag, other.pkcs8), nested)),
  );

  const { keys, certificates } = await readPfx(file, PASSWORD);
  const ders = certificates.map(({ der }) => der);
  const own = await Promise.all(keys.map((key) => findOwn(key.privateKeyInfo, ders)));

  assert.deepEqual(keys.map((key) => hex(key.privateKeyInfo)), [KEY, other.pkcs8].map(hex));
  assert.equal(keys[1].encryptedKey, null);
  assert.deepEqual(own.map(hex), [CERTIFICATE, otherCertificate].map(hex));
});

test("a key without its certificate is said to be without", async () => {
  const file = fileOf(dataInfo(sequence(bag(OID.keyBag, KEY), certificateBag(ISSUER))));
  const { keys: [key], certificates } = await readPfx(file, "");

  const finding = findOwn(key.privateKeyInfo, certificates.map(({ der }) => der));
  await assert.rejects(finding, { code: "key_mismatch" });
});

test("a file with certificates alone has no keys", async () => {
  const file = fileOf(dataInfo(sequence(certificateBag(ISSUER))));

  assert.deepEqual((await readPfx(file, "anything")).keys, []);
});

test("what was changed behind the MAC is told from a wrong password", async () => {
  const changed = copy(FILE);
  // In the MAC itself: the parts still open.
  const at = Buffer.from(FILE).lastIndexOf(Buffer.from([0x04, 0x20])) + 2;
  changed[at] ^= 1;

  await assert.rejects(readPfx(changed, PASSWORD), { code: "pfx_damaged" });
  await assert.rejects(readPfx(changed, "Wrong-Horse-99"), { code: "wrong_password" });
});

for (const [fault, bytes, code] of /** @type {[string, Uint8Array, string][]} */ ([
  ["nothing", new Uint8Array(), "pfx_form"],
  ["a beginning", Uint8Array.of(0x30, 0x80), "pfx_form"],
  ["a certificate", CERTIFICATE, "pfx_form"],
  ["a key", KEY, "pfx_form"],
  ["another version", sequence(integer(4), dataInfo(sequence())), "pfx_form"],
  ["something behind it", sequence(integer(3), dataInfo(sequence()), integer(1), integer(2)),
    "pfx_form"],
  ["signed data", sequence(integer(3), sequence(oid("1.2.840.113549.1.7.2"), tagged(0, sequence()))),
    "key_unknown"],
  ["enveloped data", fileOf(sequence(oid("1.2.840.113549.1.7.3"), tagged(0, sequence()))),
    "key_unknown"],
  ["a key bag without a key", fileOf(dataInfo(sequence(bag(OID.keyBag, sequence())))), "pfx_form"],
  ["more than there is room for", new Uint8Array(200_000).fill(0x30), "file_too_large"],
])) {
  test(`a file with ${fault} is refused as ${code}`, async () => {
    await assert.rejects(readPfx(bytes, PASSWORD), { code });
  });
}

test("a file that was cut or changed anywhere is refused, never a fault", async () => {
  for (let at = 0; at < FILE.length; at += 97) {
    const changed = Uint8Array.from(FILE);
    changed[at] ^= 0xff;

    const outcomes = await Promise.allSettled([
      readPfx(changed, PASSWORD),
      readPfx(FILE.subarray(0, at), PASSWORD),
    ]);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, "rejected");
      assert.ok(/** @type {any} */ (outcome).reason instanceof PkiError);
    }
  }
});
