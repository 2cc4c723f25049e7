/** Only pages, views and lib/dom know the page they run in; everything else runs in node. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { transform } from "esbuild";

const ROOT = new URL("../../frontend/", import.meta.url);
const MARK = "PAGE_GLOBAL";
const NAMES = [
  ...["window", "document", "addEventListener", "removeEventListener"],
  ...["history", "localStorage", "sessionStorage"],
];
// esbuild replaces free names only: neither parameters nor properties of that name.
const define = Object.fromEntries(
  NAMES.flatMap((name) => [[name, MARK], [`globalThis.${name}`, MARK]]),
);

/** @param {string} source */
const usesPage = async (source) => (await transform(source, { define })).code.includes(MARK);

for (const path of await readdir(ROOT, { recursive: true })) {
  if (!path.endsWith(".js") || /(^|\/)(pages|views)\/|^lib\/dom\//.test(path)) continue;
  test(`${path} runs without a page`, async () => {
    assert.equal(await usesPage(await readFile(new URL(path, ROOT), "utf8")), false);
  });
}

test("a name is found where it is the page's own, and only there", async () => {
  assert.equal(await usesPage("export const x = () => document.title;"), true);
  assert.equal(await usesPage("export const x = () => globalThis.document?.title;"), true);
  assert.equal(await usesPage("export const x = ({ document }) => document.title;"), false);
});
