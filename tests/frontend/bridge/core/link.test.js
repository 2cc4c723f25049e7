import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../../../frontend/lib/bytes.js";
import {
  LinkError, readLink, readScanRequest, readShowRequest, wipe, writeLink,
} from "../../../../frontend/bridge/core/link.js";
import { bytes, ORIGIN, random, vectors } from "../support/makers.js";

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
  ["a cut-off end", good[0].text.slice(0, -4), "link_cut"],
  ["nearly nothing", good[0].text.slice(0, ORIGIN.length + 5), "link_cut"],
  ["something foreign at the end", `${good[1].text.slice(0, 40)}...`, "link_cut"],
  ["nothing behind #", `${ORIGIN}/p#`, "link_empty"],
  ["no # at all", `${ORIGIN}/p`, "link_empty"],
  ["something else", "https://bank.example/", "link_unknown"],
];
for (const [reason, text, code] of REASONS) {
  test(`a person hears ${code} for ${reason}`, () => {
    assert.throws(() => readLink(text, ORIGIN), { code });
  });
}

test("what was cut off leaves them too, so that it can be said", () => {
  for (const { text } of good)
    for (const cut of [text.slice(0, -1), text.slice(0, 40), `${text.slice(0, 50)}%`]) {
      /** @type {string[]} */
      const urls = [];
      const url = new URL(cut);
      const wish = wipe(url, { replaceState: (_state, _unused, to) => urls.push(to) });

      assert.deepEqual(urls, ["/p"]);
      assert.ok(wish !== null && "secret" in wish);
    }
});

test("the secret leaves the address and the history", () => {
  const link = { dir: /** @type {const} */ ("GS"), seed: random(32), fp: random(16) };
  const url = new URL(writeLink(ORIGIN, link));
  /** @type {string[]} */
  const urls = [];

  const wish = wipe(url, { replaceState: (_state, _unused, to) => urls.push(to) });

  assert.deepEqual(urls, ["/p"]);
  assert.ok(wish !== null && "secret" in wish);
  assert.deepEqual(readLink(`${ORIGIN}/p#${wish.secret}`, ORIGIN), link);
});

/** What may stand after # and was never put there by us. */
const NOT_OURS = [
  "", "main", "views", "E", "Error:~:text=x", "EBook=1", ":~:text=receive", "send:~:text=x", "~", "%", "%EB%B3%B8",
  "Send", "send=", "send=a b", "send=x=y", "sender", "sending", "show-", "show-main",
  "show-send-x", "resend", "I-will-receive", "receive/", " send", "send\n", "=send",
  "A".repeat(65), `${"A".repeat(65)}=`, "A".repeat(513),
];

for (const fragment of NOT_OURS) {
  test(`#${fragment.slice(0, 20)} (${fragment.length}) is not ours and stays`, () => {
    /** @type {string[]} */
    const urls = [];
    const url = { pathname: "/p", search: "", hash: fragment && `#${fragment}` };

    const wish = wipe(url, { replaceState: (_state, _unused, to) => urls.push(to) });

    assert.deepEqual([wish, urls], [null, []]);
    assert.equal(readShowRequest(fragment), null);
  });
}

test("what our pages ask of each other is understood", () => {
  const id = "0a1b-_";

  assert.deepEqual(readShowRequest("send"),
    { dir: "GS", anyway: false, certificate: undefined });
  assert.deepEqual(readShowRequest(`show-send=${id}`),
    { dir: "GS", anyway: true, certificate: id });
  assert.deepEqual(readShowRequest("show-receive"),
    { dir: "SG", anyway: true, certificate: undefined });
  assert.deepEqual(readScanRequest(`send=${id}`), { what: "send", id });
  assert.deepEqual(readScanRequest("receive"), { what: "receive", id: undefined });
});

test("the page that scans takes no wish of the page that shows, nor the reverse", () => {
  assert.equal(readScanRequest("show-send"), null);
  assert.equal(readShowRequest("A".repeat(66)), null);
});
