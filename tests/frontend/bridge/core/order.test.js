/** The order, the request and the certificate as the vectors have them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hex, utf8 } from "../../../../frontend/lib/bytes.js";
import {
  checkIssued, packAnswer, packRequest, publicKeyIn, readOrder, unpackAnswer,
  unpackRequest, writeOrder,
} from "../../../../frontend/bridge/core/order.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import { FILES } from "../support/transcript_runner.js";

const ISSUING = FILES.brg1_issuing;
const request = fromHex(ISSUING.request.request);

for (const { what, order } of ISSUING.good_orders) {
  test(`an order is read: ${what}`, () => {
    const read = readOrder(utf8(order));

    assert.deepEqual(read, JSON.parse(order));
    assert.deepEqual(readOrder(writeOrder(read)), read);
  });
}

for (const { what, order } of ISSUING.refused_orders) {
  test(`an order is refused: ${what}`, () => {
    assert.throws(() => readOrder(utf8(order)), ProtocolError);
  });
}

for (const [at, good] of ISSUING.good_requests.entries()) {
  test(`request ${at} is read and written`, () => {
    const read = unpackRequest(fromHex(good.content));

    assert.equal(read.idempotencyKey, good.idempotency_key);
    assert.equal(hex(read.request), good.request);
    assert.equal(hex(read.sealed), good.sealed);
    assert.equal(hex(packRequest(read)), good.content);
  });
}

for (const { what, content } of ISSUING.refused_requests) {
  test(`a request is refused: ${what}`, () => {
    assert.throws(() => unpackRequest(fromHex(content)), ProtocolError);
  });
}

test("an answer is read and written", () => {
  const { certificate, chain, issued, refusal } = ISSUING;

  const read = /** @type {any} */ (unpackAnswer(fromHex(issued)));

  assert.equal(hex(read.certificate), certificate);
  assert.deepEqual(read.chain.map(hex), chain);
  assert.equal(hex(packAnswer(read)), issued);
  assert.deepEqual(unpackAnswer(fromHex(refusal.content)), { code: refusal.code });
  assert.equal(hex(packAnswer({ code: refusal.code })), refusal.content);
});

for (const { what, content } of ISSUING.refused_answers) {
  test(`an answer is refused: ${what}`, () => {
    assert.throws(() => unpackAnswer(fromHex(content)), ProtocolError);
  });
}

test("the certificate for the request is what was ordered", () => {
  const issued = /** @type {any} */ (unpackAnswer(fromHex(ISSUING.issued)));

  checkIssued(ISSUING.order, request, issued, readCertificate);

  assert.deepEqual(publicKeyIn(request), readCertificate(issued.certificate).spki);
});

for (const { what, order, content } of ISSUING.foreign) {
  test(`another certificate is not kept: ${what}`, () => {
    const issued = /** @type {any} */ (unpackAnswer(fromHex(content)));

    assert.throws(
      () => checkIssued(readOrder(utf8(order)), request, issued, readCertificate),
      { code: "foreign_certificate" },
    );
  });
}
