import assert from "node:assert/strict";
import { test } from "node:test";
import { registrationToJson, assertionToJson, parseCreationOptions, parseRequestOptions, explainError } from "../../../frontend/authenticators/webauthn.js";

const bytes = (/** @type {number[]} */ ...list) => Uint8Array.from(list).buffer;

test("what the server sends becomes bytes for the browser", () => {
  const options = parseCreationOptions({
    challenge: "AQI",
    rp: { id: "ca.example", name: "certferry" },
    user: { id: "Aw", name: "hana", displayName: "hana" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    excludeCredentials: [{ id: "BA", type: "public-key" }],
    authenticatorSelection: { userVerification: "required" },
  });

  assert.deepEqual(options.challenge, Uint8Array.of(1, 2));
  assert.deepEqual(options.user.id, Uint8Array.of(3));
  assert.deepEqual(options.excludeCredentials?.[0].id, Uint8Array.of(4));
  assert.equal(options.authenticatorSelection?.userVerification, "required");
  assert.equal(options.attestation, "none");
});

test("without known passkeys any of this site may sign", () => {
  const options = parseRequestOptions({ challenge: "AQI", rpId: "ca.example" });

  assert.deepEqual(options.allowCredentials, []);
  assert.deepEqual(options.challenge, Uint8Array.of(1, 2));
});

test("what the browser answers becomes text for the server", () => {
  const head = { id: "BA", rawId: bytes(4), type: "public-key" };
  const registration = registrationToJson(/** @type {any} */ ({
    ...head,
    response: { clientDataJSON: bytes(1), attestationObject: bytes(255, 254) },
  }));
  const signed = assertionToJson(/** @type {any} */ ({
    ...head,
    response: { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null },
  }));

  assert.deepEqual(registration, {
    id: "BA", rawId: "BA", type: "public-key",
    response: { clientDataJSON: "AQ", attestationObject: "__4" },
  });
  assert.deepEqual(signed.response, {
    clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw", userHandle: null,
  });
});

test("each reason of the browser has a sentence, and what is not its own has none", () => {
  for (const name of ["NotAllowedError", "AbortError", "InvalidStateError", "SecurityError"]) {
    const json = explainError({ name });
    assert.ok(json && json.sentence && json.next && json.code.startsWith("passkey_"));
  }
  assert.equal(explainError(new Error("x")), null);
  assert.equal(explainError(null), null);
});
