/** Browsers inside other apps are known, others are left alone, and nothing secret leaves. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { detectInAppBrowser, stripUrl, externalBrowserUrl } from "../../../frontend/lib/in_app.js";

const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/in_app_browsers.json", import.meta.url), "utf8"),
);
const SECRET = "EAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";
const LINK = `https://ca.example/p?certificate=1#${SECRET}`;

for (const { app, system, agent } of vectors.inside)
  test(`inside ${app} on ${system}: ${agent.slice(-40)}`, () => {
    assert.deepEqual(detectInAppBrowser(agent), { app, system });
  });

for (const agent of vectors.own)
  test(`a browser of its own: ${agent.slice(-40)}`, () => {
    assert.equal(detectInAppBrowser(agent), null);
  });

test("a page on the home screen of iOS is inside no app", () => {
  const [agent] = vectors.inside.flatMap(
    (/** @type {any} */ entry) =>
      entry.app === "other" && entry.agent.includes("iPhone") ? [entry.agent] : [],
  );

  assert.equal(detectInAppBrowser(agent, { isStandalone: true }), null);
});

test("each app is left in its own way, and Android's by an intent", () => {
  const out = (/** @type {any} */ app, /** @type {any} */ system) =>
    externalBrowserUrl({ app, system }, "https://ca.example/wallet");

  assert.equal(
    out("kakaotalk", "ios"),
    "kakaotalk://web/openExternal?url=https%3A%2F%2Fca.example%2Fwallet",
  );
  assert.equal(out("line", "android"), "https://ca.example/wallet?openExternalBrowser=1");
  assert.match(
    out("naver", "android") ?? "",
    /^intent:\/\/ca\.example\/wallet#Intent;scheme=https;.*;end$/,
  );
  assert.equal(out("naver", "ios"), null);
  assert.equal(out("other", "other"), null);
});

test("an address with a port and plain HTTP stays that", () => {
  const out = externalBrowserUrl({ app: "other", system: "android" }, "http://10.0.0.2:8000/p");

  assert.match(out ?? "", /^intent:\/\/10\.0\.0\.2:8000\/p#Intent;scheme=http;/);
});

test("nothing after the number sign, and no query, is handed on", () => {
  for (const { app, system } of vectors.inside) {
    const out = decodeURIComponent(externalBrowserUrl({ app, system }, LINK) ?? "");
    assert.ok(!out.includes(SECRET) && !out.includes("certificate"), app);
  }
  assert.equal(stripUrl(LINK), "https://ca.example/p");
});
