import assert from "node:assert/strict";
import { test } from "node:test";
import { missingParts } from "../../../frontend/pki/password_rule.js";

for (const [password, missing] of /** @type {[string, string[]][]} */ ([
  ["abcdefgh1!", []],
  ["Abcdefgh1!", []],
  ["", ["length", "digit", "letter", "special"]],
  ["abcdefg1!", ["length"]],
  ["abcdefghi!", ["digit"]],
  ["12345678 !", ["letter", "forbidden"]],
  ["123456789!", ["letter"]],
  ["abcdefgh12", ["special"]],
  ["abcdefgh1'", ["special", "forbidden"]],
  ["abcdefgh1\"!", ["forbidden"]],
  ["abcdefgh1\\!", ["forbidden"]],
  ["abcdefgh1|!", ["forbidden"]],
  ["비밀번호입니다1a!", ["forbidden"]],
  ["😀😀😀😀a1!", ["length", "forbidden"]],
])) {
  test(`${JSON.stringify(password)} lacks [${missing}]`, () => {
    assert.deepEqual(missingParts(password), missing);
  });
}

for (const special of "!#$%&()*+,-./:;<=>?@[]^_`{}~") {
  test(`${special} is a special character`, () => {
    assert.deepEqual(missingParts(`abcdefgh1${special}`), []);
  });
}
