import assert from "node:assert/strict";
import { test } from "node:test";
import { PasswordNotAsciiError } from "../../../frontend/npki/errors.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { createPkcs12 } from "../../../frontend/npki/pkcs12_writer.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { makeCertificate, PASSWORD } from "../pki/makers.js";

// That other programs open these files is tested in tests/interop.
const PAIR = await createKeyPair("p-256");
const CONTENTS = {
  key: PAIR.pkcs8,
  certificate: await makeCertificate({ spki: PAIR.spki, signer: PAIR.privateKey }),
  chain: [],
  password: PASSWORD,
  friendlyName: "김하나",
};
const FEW = { rounds: 1000 };

for (const password of ["비밀번호-1234", "tab\there-1", ""]) {
  test(`the password ${JSON.stringify(password)} is refused`, async () => {
    const making = createPkcs12({ ...CONTENTS, password }, FEW);

    await assert.rejects(making, PasswordNotAsciiError);
  });
}

test("the MAC is no shortcut for guessing the password", async () => {
  const [, , mac] = read(await createPkcs12(CONTENTS, FEW)).children();

  assert.equal(mac.children()[2].number(), 100_000);
});

test("neither name nor certificate stands open in the file", async () => {
  const file = Buffer.from(await createPkcs12(CONTENTS, { ...FEW, macRounds: 1 }));

  assert.equal(file.indexOf(Buffer.from("KIM HANA")), -1);
  assert.equal(file.indexOf(Buffer.from(PAIR.spki)), -1);
});
