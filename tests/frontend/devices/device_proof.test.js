import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { deviceMessage } from "../../../frontend/devices/device_proof.js";
import { fromHex, hex } from "../../../frontend/lib/bytes.js";

const vectors = JSON.parse(
  await readFile(new URL("../../vectors/device_proof.json", import.meta.url), "utf8"),
);

for (const { message, challenge, ...proof } of vectors)
  test(`a device signs the message that the centre checks: ${proof.purpose}`, async () => {
    const octets = await deviceMessage({ ...proof, challenge: fromHex(challenge) });

    assert.equal(hex(octets), message);
  });
