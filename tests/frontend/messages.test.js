/** Each script carries the sentences of the codes that it can come across, and no others. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";

const ROOT = new URL("../../", import.meta.url).pathname;
const COMMON = "frontend/lib/error_messages.js";
const CODE = /^ {2}([a-z_]+): (?:\(\) => \[|\w+Message,)/gm;
/** Loaded later with words of their own: what they say where they are loaded from. */
const PHONE = "frontend/bridge/pages/phone_pairing.js";
/** What the phone shows at its scanner alone, which is a script of its own. */
const OF_SCANNER = "frontend/bridge/views/camera/camera_messages.js";
/** What the forms for a new key and for a password say themselves. */
const OF_FORMS = /\/((identity|issuance)_messages|dom\/stoppable)\.js$/;
/** What each of the phone's own scripts throws to the one that loaded it. */
const THROWN = ["phone_send_bundle", "phone_key"].map(
  (name) => `frontend/bridge/pages/${name}.js`,
);

/** @param {string} path */
const read = (path) => readFile(ROOT + path, "utf8");

/** Return the tables of the packages, and which codes are in them. */
async function tables() {
  const files = await readdir(`${ROOT}frontend`, { recursive: true });
  const paths = files.filter((name) => name.endsWith(".js")).map((name) => `frontend/${name}`);
  /** @type {Map<string, string[]>} */
  const codesByFile = new Map();
  for (const path of paths) {
    const source = await read(path);
    if (!/^addMessages\(/m.test(source)) continue;
    codesByFile.set(path, [...source.matchAll(CODE)].map(([, code]) => code));
  }
  return codesByFile;
}

/** Return the modules that go into a script. @param {string} entry */
async function modulesOf(entry) {
  const { metafile } = await build({
    absWorkingDir: ROOT, entryPoints: [entry], bundle: true, format: "esm", metafile: true,
    platform: "browser", write: false, outdir: "out", splitting: true, logLevel: "error",
  });
  return Object.keys(metafile.inputs).filter((path) => path.startsWith("frontend/"));
}

/** Return the classes and functions' own codes: what a module throws. @param {string} path */
async function thrownBy(path) {
  const source = await read(path);
  const quoted = /(?:code = |Error\(\s*|fallback: |code: |[a-zA-Z]+: )"([a-z_]+)"/g;
  return [...source.matchAll(quoted)].map(([, code]) => code);
}

const TABLES = await tables();
const CODES = [...TABLES.values()].flat();
const ENTRIES = (await readdir(`${ROOT}frontend`, { recursive: true }))
  .filter((name) => /_page\.js$|phone_(pairing|key|scan_bundle|send_bundle)\.js$/.test(name))
  .map((name) => `frontend/${name}`);

/** Codes of a class that stands apart from the one module that throws it. */
const THROWER = new Map([["password_not_ascii", "frontend/npki/pfx.js"]]);
/** Codes that are elsewhere the states of a certificate. */
const OF_PAIRING = TABLES.get("frontend/bridge/core/pairing_messages.js") ?? [];

/** @param {string} code @param {string} path @param {string[]} modules */
function isThrown(code, path, modules) {
  if (OF_PAIRING.includes(code) && !path.startsWith("frontend/bridge/")) return false;
  return CODES.includes(code) && modules.includes(THROWER.get(code) ?? path);
}

/** @param {string[]} modules */
const messagesOf = (modules) => new Set(modules.flatMap((path) => TABLES.get(path) ?? []));

test("a code has one sentence", () => {
  assert.ok(CODES.length > 70, String(CODES.length));
  assert.equal(new Set(CODES).size, CODES.length);
});

for (const entry of ENTRIES) {
  test(`${entry} says every refusal that it can get`, async () => {
    const modules = await modulesOf(entry);
    if (!modules.includes(COMMON)) return; // it says none
    const carried = messagesOf(modules);
    for (const path of modules.filter((name) => !TABLES.has(name)))
      for (const code of (await thrownBy(path)).filter((name) => isThrown(name, path, modules)))
        assert.ok(carried.has(code), `${code} of ${path}`);
  });
}

test("the phone says at the end what its later scripts throw to it", async () => {
  const carried = messagesOf(await modulesOf(PHONE));
  for (const later of THROWN)
    for (const code of messagesOf((await modulesOf(later)).filter((path) => !OF_FORMS.test(path))))
      assert.ok(carried.has(code), `${code} of ${later}`);
});

test("the phone's first script says nothing of the camera, of files or of documents", async () => {
  const modules = await modulesOf(PHONE);

  assert.ok(!modules.includes(OF_SCANNER));
  for (const path of TABLES.keys())
    if (/\/(relying|wallet|files|share_messages)/.test(path)) assert.ok(!modules.includes(path), path);
});
