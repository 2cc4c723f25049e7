import assert from "node:assert/strict";
import { test } from "node:test";
import { setMessages } from "../../../frontend/lib/i18n.js";
import { issuerCalled } from "../../../frontend/pki/issuers.js";
import { vectors } from "../bridge/support/makers.js";

/** @type {{name: string, en: string, ko: string}[]} */
const CASES = vectors("issuers");
const KOREAN = Object.fromEntries(CASES.map(({ en, ko }) => [en, ko]));

for (const { name, en, ko } of CASES)
  test(`an issuer is called so: ${name}`, () => {
    setMessages({});
    assert.equal(issuerCalled(name), en);
    setMessages(KOREAN);
    assert.equal(issuerCalled(name), ko);
  });
