import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../frontend/lib/bytes.js";
import { integer, octetString, oid, sequence } from "../../../frontend/pki/der/der_writer.js";
import { UnsupportedKeyError } from "../../../frontend/pki/errors.js";
import {
  isKeyPair,
  createBoundKeyPair,
  createKeyPair,
  importPrivateKey,
  importPublicKey,
  sign,
  signsFor,
} from "../../../frontend/pki/key_pair.js";
import { createRequest, readPublicKey } from "../../../frontend/pki/signing_request.js";
import { withRandomNumber } from "../../../frontend/npki/identity.js";

const R = new Uint8Array(20).fill(7);

/** @type {import("../../../frontend/pki/key_pair.js").KeyKind[]} */
const KINDS = ["rsa-2048", "p-256"];

for (const kind of KINDS) {
  test(`a ${kind} key that carries R signs and fits its own key only`, async () => {
    const [own, other] = [await createKeyPair(kind), await createKeyPair(kind)];
    const carrying = withRandomNumber(own.pkcs8, R);

    await sign(await importPrivateKey(carrying), utf8("hello"));

    assert.equal(await isKeyPair(carrying, own.spki), true);
    assert.equal(await isKeyPair(carrying, other.spki), false);
  });

  test(`a ${kind} request carries the key it was made for`, async () => {
    const pair = await createKeyPair(kind);

    assert.deepEqual(readPublicKey(await createRequest(pair)), pair.spki);
  });
}

test("keys of two kinds never belong together", async () => {
  const [rsa, ec] = [await createKeyPair("rsa-2048"), await createKeyPair("p-256")];

  assert.equal(await isKeyPair(rsa.pkcs8, ec.spki), false);
});

test("a key of a kind that we do not use, or no key, is refused by name", async () => {
  const x25519 = sequence(oid("1.3.101.110"));
  const key = octetString(new Uint8Array(34));
  const broken = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"));

  for (const pkcs8 of [sequence(integer(0), x25519, key), sequence(integer(0))]) {
    await assert.rejects(importPrivateKey(pkcs8), UnsupportedKeyError);
  }
  await assert.rejects(
    importPrivateKey(sequence(integer(0), broken, key)),
    UnsupportedKeyError,
  );
  await assert.rejects(importPublicKey(sequence(x25519, key)), UnsupportedKeyError);
});

for (const kind of KINDS) {
  test(`a bound ${kind} key signs for its own public key and is given to nobody`, async () => {
    const [own, other] = [await createBoundKeyPair(kind), await createKeyPair(kind)];

    assert.equal(own.privateKey.extractable, false);
    assert.equal(await signsFor(own.privateKey, own.spki), true);
    assert.equal(await signsFor(own.privateKey, other.spki), false);
    for (const format of /** @type {const} */ (["pkcs8", "jwk"]))
      await assert.rejects(crypto.subtle.exportKey(format, own.privateKey), {
        name: /^InvalidAccess/,
      });
    assert.deepEqual(readPublicKey(await createRequest(own)), own.spki);
  });
}
