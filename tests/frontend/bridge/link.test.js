import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../frontend/lib/bytes.js";
import { LinkError, readLink, wipe, writeLink } from "../../../frontend/bridge/link.js";
import { bytes, ORIGIN, random, vectors } from "./makers.js";

const { good, refused } = vectors("brg1_links");

for (const { origin, dir, seed, fp, text } of good) {
  test(`a link that says ${dir} is written and read as in the vector`, () => {
    const read = readLink(text, origin);

    assert.equal(writeLink(origin, { dir, seed: bytes(seed), fp: bytes(fp) }), text);
    assert.deepEqual([read.dir, hex(read.seed), hex(read.fp)], [dir, seed, fp]);
  });
}

for (const { what, text } of refused) {
  test(`a link is refused: ${what}`, () => {
    assert.throws(() => readLink(text, ORIGIN), LinkError);
  });
}

/** @type {[string, string, string][]} */
const REASONS = [
  ["another site's", `https://other.example/p#${"A".repeat(66)}`, "link_elsewhere"],
  ["a later version", good[0].text.replace("#E", "#I"), "link_other_version"],
  ["nothing behind #", `${ORIGIN}/p#`, "link_empty"],
  ["no # at all", `${ORIGIN}/p`, "link_empty"],
  ["something else", "https://bank.example/", "link_unknown"],
];
for (const [what, text, code] of REASONS) {
  test(`a person hears ${code} for ${what}`, () => {
    assert.throws(() => readLink(text, ORIGIN), { code });
  });
}

test("the secret leaves the address and the history", () => {
  const link = { dir: /** @type {const} */ ("GS"), seed: random(32), fp: random(16) };
  const url = new URL(writeLink(ORIGIN, link));
  /** @type {string[]} */
  const urls = [];

  const secret = wipe(url, { replaceState: (_state, _unused, to) => urls.push(to) });

  assert.deepEqual(urls, ["/p"]);
  assert.deepEqual(readLink(`${ORIGIN}/p#${secret}`, ORIGIN), link);
});
