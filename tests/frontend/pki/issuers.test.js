import assert from "node:assert/strict";
import { test } from "node:test";
import { issuerCalled } from "../../../frontend/pki/issuers.js";
import { vectors } from "../bridge/support/makers.js";

for (const { name, ...called } of vectors("issuers"))
  test(`an issuer is called so: ${name}`, () => {
    for (const language of ["ko", "en"])
      assert.equal(issuerCalled(name, language), called[language]);
  });
