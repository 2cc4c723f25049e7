/**
 * How long the browser's module takes to open a key file, in Node.
 *
 * Usage: node open_key.mjs FILE PASSWORD [TIMES]
 * Prints JSON: `first_ms`, with all that is loaded for it, and `median_ms` of the others.
 */
import { readFileSync } from "node:fs";
import { decryptKey, readForm } from "../frontend/npki/key_file.js";

const [path, password, times = "20"] = process.argv.slice(2);
const file = Uint8Array.from(readFileSync(path));

async function measure() {
  const begun = performance.now();
  await decryptKey(file, password);
  return performance.now() - begun;
}

const first = await measure();
const others = [];
while (others.length < Number(times)) others.push(await measure());
others.sort((one, other) => one - other);
const median = others[Math.floor(others.length / 2)];
const round = (ms) => Math.round(ms * 100) / 100;
const result = { form: readForm(file), first_ms: round(first), median_ms: round(median) };
process.stdout.write(`${JSON.stringify(result)}\n`);
