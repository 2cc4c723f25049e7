import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deviceFamily } from "../../../../../frontend/certificates/views/export/device_family.js";

const CASES = JSON.parse(
  readFileSync(new URL("../../../../vectors/device_families.json", import.meta.url), "utf8"),
);

for (const { user_agent: userAgent, family } of CASES)
  test(`${userAgent.slice(0, 40) || "nothing"} is ${family}`, () => {
    assert.equal(deviceFamily(userAgent), family);
  });

test("a name without end is not read to its end", () => {
  assert.equal(deviceFamily(`${" ".repeat(500)}iPhone`), "windows");
});
