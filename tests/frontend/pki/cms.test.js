import assert from "node:assert/strict";
import { test } from "node:test";
import { copy, hex, utf8 } from "../../../frontend/lib/bytes.js";
import { detachedSignature, signedAttributes } from "../../../frontend/pki/cms.js";
import { read } from "../../../frontend/pki/der/der_reader.js";
import { OID } from "../../../frontend/pki/der/oids.js";
import { octetString, oid } from "../../../frontend/pki/der/der_writer.js";
import { createKeyPair, sign } from "../../../frontend/pki/key_pair.js";
import { makeCertificate } from "./makers.js";

/** @param {Uint8Array} bytes */
const sha256 = async (bytes) => copy(await crypto.subtle.digest("SHA-256", copy(bytes)));

async function signer() {
  const pair = await createKeyPair("p-256");
  const certificate = await makeCertificate({ spki: pair.spki, signer: pair.privateKey });
  return { ...pair, certificate };
}

/** @param {Uint8Array} attributes */
const typesOf = (attributes) => read(attributes).children().map((one) => one.children()[0].oid());

test("attributes bind the document, its kind, the certificate and the time", async () => {
  const { certificate } = await signer();
  const digest = await sha256(utf8("contract"));

  const attributes = await signedAttributes({ digest, certificate, signingTime: new Date(0) });

  const names = [OID.contentType, OID.messageDigest, OID.signingCertificateV2, OID.signingTime];
  assert.deepEqual(typesOf(attributes).sort(), [...names].sort());
  assert.ok(hex(attributes).includes(hex(octetString(digest))));
  assert.ok(hex(attributes).includes(hex(octetString(await sha256(certificate)))));
});

test("without a time of its own the signature has none: a PDF has it elsewhere", async () => {
  const { certificate } = await signer();
  const digest = await sha256(utf8("contract"));

  const attributes = await signedAttributes({ digest, certificate, signingTime: null });

  assert.ok(!typesOf(attributes).includes(OID.signingTime));
});

test("a time stamp stands outside of what is signed", async () => {
  const { certificate, privateKey } = await signer();
  const digest = await sha256(utf8("contract"));
  const attributes = await signedAttributes({ digest, certificate, signingTime: new Date() });
  const signature = await sign(privateKey, attributes);
  const parts = { certificate, chain: [], attributes, signature };

  const [plain, stamped] = [null, octetString(digest)].map((timestamp) =>
    hex(detachedSignature({ ...parts, timestamp })),
  );

  const name = hex(oid(OID.signatureTimeStampToken));
  assert.ok(!plain.includes(name));
  assert.ok(stamped.includes(name));
});
