import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { WORDS } from "../../../frontend/accounts/common_passwords.js";
import { missingRequirements, weakness } from "../../../frontend/accounts/password_policy.js";

const rule = new URL("../../vectors/password_rule.json", import.meta.url);
/** @type {{password: string, missing: string[]}[]} */
const requirements = JSON.parse(readFileSync(rule, "utf8"));
for (const { password, missing } of requirements) {
  test(`${JSON.stringify(password)} lacks [${missing}]`, () => {
    assert.deepEqual(missingRequirements(password), missing);
  });
}

for (const special of "!#$%&()*+,-./:;<=>?@[]^_`{}~") {
  test(`${special} is a special character`, () => {
    assert.deepEqual(missingRequirements(`abcdefgh1${special}`), []);
  });
}

const file = new URL("../../vectors/passwords.json", import.meta.url);
const { known, cases, facts } = JSON.parse(readFileSync(file, "utf8"));

for (const { password, weakness: expected } of cases) {
  test(`${JSON.stringify(password)} is ${expected ?? "taken"}`, () => {
    assert.equal(weakness(password, known), expected);
  });
}

for (const { known: own, password, weakness: expected } of facts) {
  test(`${JSON.stringify(password)} of ${own} is ${expected ?? "taken"}`, () => {
    assert.equal(weakness(password, own), expected);
  });
}

test("each of the commonest words is refused with what people add to it", () => {
  for (const word of WORDS)
    for (const password of [word, `${word}1!`, `${word}1234!@`, `!${word}2026`])
      assert.notEqual(weakness(password, []), null, password);
});

test("the words are the same as the centre's, and few bytes", () => {
  const source = new URL(
    "../../../webapp/accounts/common_passwords.py",
    import.meta.url,
  );
  const [, listed] =
    readFileSync(source, "utf8").match(/_LIST: Final = """([^"]*)"""/) ?? [];

  assert.deepEqual([...WORDS], listed.trim().split(/\s+/));
  assert.ok(WORDS.join(" ").length < 1500);
});
