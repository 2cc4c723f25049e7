import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "../../../frontend/lib/bytes.js";
import { readCertificate } from "../../../frontend/pki/certificate.js";
import { TAG, bmpString, element } from "../../../frontend/pki/der/der_writer.js";
import { PkiError } from "../../../frontend/pki/der/errors.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { plainText } from "../../../frontend/pki/sanitize.js";
import { POLICY, characters, makeCertificate, nameOf } from "./makers.js";

const PAIR = await createKeyPair("p-256");
const WISH = { spki: PAIR.spki, signer: PAIR.privateKey };

test("a certificate says whose, by whom, which, until when, what for", async () => {
  const read = readCertificate(await makeCertificate(WISH));

  assert.equal(read.name, "김하나");
  assert.equal(read.subject, "CN=김하나(KIM HANA)0000001234,O=certferry demo,C=KR");
  assert.equal(read.issuerName, "certferry demo CA (not accredited)");
  assert.equal(read.serial, "9a01");
  assert.equal(read.notBefore.toISOString(), "2026-11-22T00:00:00.000Z");
  assert.equal(read.notAfter.toISOString(), "2027-11-22T14:59:59.000Z");
  assert.deepEqual(read.spki, PAIR.spki);
  assert.equal(read.policy, POLICY);
});

for (const [written, name] of /** @type {[Uint8Array, string][]} */ ([
  [characters("kim hana", TAG.PRINTABLE), "kim hana"],
  [bmpString("김하나(a)"), "김하나"],
  [characters("(no name)1"), "(no name)1"],
  [characters("a\u202Egnp.exe"), "a\uFFFDgnp.exe"],
])) {
  test(`a common name is shown as ${JSON.stringify(name)}`, async () => {
    const subject = nameOf("", written);
    const der = await makeCertificate({ ...WISH, subject });

    assert.equal(readCertificate(der).name, name);
  });
}

test("what means something in a name is escaped", async () => {
  const subject = nameOf("#a,b+c=d ");
  const der = await makeCertificate({ ...WISH, subject });

  assert.match(readCertificate(der).subject, /^CN=\\#a\\,b\\\+c=d\\ ,O=/);
});

test("years beyond 2049 and before 2000 are read", async () => {
  const times = [
    characters("990101000000Z", TAG.UTC_TIME),
    characters("20501231145959Z", TAG.GENERALIZED_TIME),
  ];
  const read = readCertificate(await makeCertificate({ ...WISH, times }));

  assert.equal(read.notBefore.getUTCFullYear(), 1999);
  assert.equal(read.notAfter.getUTCFullYear(), 2050);
});

for (const text of ["260230000000Z", "2611220000Z", "261122000000+0900", "x"]) {
  test(`the time ${text} is refused`, async () => {
    const times = [characters(text, TAG.UTC_TIME), characters(text, TAG.UTC_TIME)];
    const der = await makeCertificate({ ...WISH, times });

    assert.throws(() => readCertificate(der), { code: "bad_der" });
  });
}

test("whichever byte is changed or cut, the answer is a refusal of ours", async () => {
  const der = await makeCertificate(WISH);
  for (const at of der.keys()) {
    const changed = copy(der);
    changed[at] ^= 0x21;
    for (const hostile of [changed, der.subarray(0, at)]) {
      try {
        readCertificate(hostile);
      } catch (error) {
        assert.ok(error instanceof PkiError, `${at}: ${error}`);
      }
    }
  }
});

test("a certificate of 17 KiB is refused before it is read", () => {
  const der = element(TAG.SEQUENCE, new Uint8Array(17 * 1024));

  assert.throws(() => readCertificate(der), { code: "bad_der" });
});

test("characters that hide or reorder become visible", () => {
  const hidden = "a\u0000\u200F\u2066\u2028\u3164\uD800b";

  assert.equal(plainText(hidden), `a${"\uFFFD".repeat(6)}b`);
  assert.equal(plainText("김하나 Kim-O'Neil"), "김하나 Kim-O'Neil");
});
