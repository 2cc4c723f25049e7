/**
 * Bundle the page scripts: frontend/**\/*_page.js and *_worker.js to static/dist/.
 *
 * One run makes everything that is served: a script for each page, the parts they
 * share, the QR reader's wasm, the licences of what is inside, and for each page the
 * list of sentences its script may say. The same sources give the same bytes, so that
 * a committed static/dist/ can be compared with a fresh one.
 *
 * The phone's page is far away and was never here. Its scripts share no parts, so that
 * each of them is one answer: a few kilobytes twice cost less than a round trip.
 */
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = join(ROOT, "frontend");
const OUT = join(ROOT, "static", "dist");
const WASM = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
const STYLES = ["site", "phone"].map((name) => join(ROOT, `static/css/${name}.css`));
/** What a far phone gets: its page's own script, and all that follows it. */
const WHOLE = [
  ...["phone_page", "phone_pairing"],
  ...["phone_key", "phone_scan_bundle", "phone_send_bundle"],
].map((name) => `bridge/pages/${name}.js`).concat("relying/pages/request_page.js");
/** A service worker is one classic script: not every browser loads modules there. */
const SERVICE_WORKER = "wallet/wallet_worker.js";
/** Somebody waits for it: one file is there sooner than its parts. */
const KDF_WORKER = "npki/encryption/kdf/kdf_worker.js";
/** The pages that a browser keeps for the time without a network: all of their files. */
const KEPT_OFFLINE = ["wallet_page.js", "site_page.js"];
/** Which module starts a worker: no import leads from it to the worker's file. */
const STARTS = new Map([["frontend/npki/encryption/kdf/slow_kdf.js", KDF_WORKER]]);
const KEPT = new Set([".gitkeep"]);
/** A call of `_` whose first argument is one string literal, after folding. */
const SENTENCE = new RegExp(
  String.raw`(?<![\w$.])_\(\s*` // the call itself, not a longer name
  + String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\x60(?:[^\x60\\]|\\.)*\x60)`,
  "gs",
);

/** Return every file below `folder` that is a page's or a worker's first module. */
async function entryPoints(folder) {
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  const entries = found.filter((path) => /_(page|worker)\.js$/.test(path)).sort();
  const names = entries.map((path) => basename(path));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new Error(`two entry points are called ${twice}`);
  return entries.map((path) => join(folder, path));
}

/** Bundle in memory and return esbuild's result. */
function bundled(entries, more) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir: OUT,
    entryNames: "[name]",
    chunkNames: "part-[hash]",
    bundle: true,
    format: "esm",
    minify: true,
    platform: "browser",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none", // the whole texts stand in LICENSES.txt
    metafile: true,
    write: false,
    logLevel: "warning",
    ...more,
  });
}

/**
 * Bundle `entry` as one file; what it loads later is one file each.
 * @returns {Promise<{files: [string, Uint8Array][], inputs: string[]}>} itself first;
 *   the modules of all
 */
async function whole(entry, entryNames) {
  const later = [];
  const alone = {
    name: "alone",
    setup(plugged) {
      plugged.onResolve({ filter: /./ }, async ({ kind, path, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        const from = { resolveDir, kind: "import-statement" };
        const found = await plugged.resolve(path, from);
        if (!found.path) return undefined; // what node alone has, and asks for by itself
        const made = await whole(found.path, "part-[hash]");
        later.push(made);
        // Not relative: a script with its words is served from another folder.
        return { path: `/static/dist/${made.files[0][0]}`, external: true };
      });
    },
  };
  const { outputFiles, metafile } = await bundled([entry], { entryNames, plugins: [alone] });
  const [{ inputs }] = Object.values(metafile.outputs);
  const load = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  return {
    files: [...named(outputFiles), ...later.flatMap(({ files }) => files)],
    inputs: [...load, ...later.flatMap((each) => each.inputs)],
  };
}

/** Return what esbuild made as pairs of name and content. */
function named(outputFiles) {
  return outputFiles.map(({ path, contents }) =>
    [relative(OUT, path).split(sep).join("/"), contents]);
}

/** Return the files that `output` needs, itself first, following every import. */
function reachable(metafile, output) {
  const seen = new Set([output]);
  for (const path of seen) {
    for (const { path: next, external } of metafile.outputs[path].imports) {
      if (!external) seen.add(next);
    }
  }
  return [...seen];
}

/** Return the sorted sentences that the modules in `inputs` pass to `_`. */
async function sentences(inputs) {
  const found = new Set();
  for (const path of inputs.filter((input) => input.startsWith("frontend/"))) {
    const source = await readFile(join(ROOT, path), "utf8");
    // Folding joins "a" + "b" and drops comments, so that a pattern is enough.
    const { code } = await transform(source, { minifySyntax: true, charset: "utf8" });
    for (const [, literal] of code.matchAll(SENTENCE)) {
      found.add(await valueOf(literal, path));
    }
  }
  return [...found].sort();
}

/** Return the text that a JavaScript string literal stands for. */
async function valueOf(literal, path) {
  if (literal.startsWith("`") && literal.includes("${")) {
    throw new Error(`${path}: a sentence with \${} in it cannot be translated`);
  }
  const module = `export default ${literal}`;
  return (await import(`data:text/javascript,${encodeURIComponent(module)}`)).default;
}

/** Return the words file of each page, by file name. */
async function wordFiles(metafile) {
  const files = new Map();
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint?.endsWith("_page.js")) continue;
    const inputs = reachable(metafile, output)
      .flatMap((path) => Object.keys(metafile.outputs[path].inputs));
    files.set(...await wordFile(output, inputs));
  }
  return files;
}

/** Return for each page of `KEPT_OFFLINE` the list of its files, by file name. */
function fileLists(metafile) {
  return Object.keys(metafile.outputs)
    .filter((output) => KEPT_OFFLINE.includes(basename(output)))
    .map((output) => {
      const own = reachable(metafile, output);
      const names = [...own, ...workersOf(metafile, own)].map((path) => basename(path)).sort();
      return [`${basename(output, ".js")}.files.json`, `${JSON.stringify(names)}\n`];
    });
}

/** Return the workers that the files in `outputs` start. */
function workersOf(metafile, outputs) {
  const modules = outputs.flatMap((path) => Object.keys(metafile.outputs[path].inputs));
  return [...STARTS].filter(([path]) => modules.includes(path)).map(([, worker]) => worker);
}

/** Return name and content of the words file of the script `name`. */
async function wordFile(name, inputs) {
  const content = `${JSON.stringify(await sentences(inputs), null, 1)}\n`;
  return [basename(name).replace(/\.js$/, ".words.json"), content];
}

/** Return the licence texts of every npm package that went into a bundle. */
async function licences(inputs) {
  const packages = new Set(
    inputs
      .map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
      .filter((name) => name !== undefined),
  );
  const texts = [];
  for (const name of [...packages].sort()) texts.push(await licence(name));
  if (packages.has("zxing-wasm")) texts.push(await zxingCpp());
  return `${texts.join(`\n${"=".repeat(72)}\n\n`)}`;
}

/** Return the licence of the C++ inside the QR reader's wasm; npm does not carry it. */
async function zxingCpp() {
  const apache = await readFile(join(ROOT, "node_modules/qr/LICENSE"), "utf8");
  if (!apache.includes("Apache License")) throw new Error("no Apache text in qr");
  return `zxing-cpp, compiled into ${basename(WASM)} (Apache-2.0)\n\n`
    + "Copyright (c) the ZXing authors and the zxing-cpp contributors.\n"
    + "The text of the Apache License 2.0 stands above, under qr.\n";
}

/** Return name, version and licence text of one npm package. */
async function licence(name) {
  const folder = join(ROOT, "node_modules", name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^licen[cs]e/i.test(file));
  const texts = await Promise.all(
    files.sort().map((file) => readFile(join(folder, file), "utf8")),
  );
  const text = texts.map((each) => each.trim()).join("\n\n");
  return `${name} ${about.version} (${about.license})\n\n${text || "(no text)"}\n`;
}

/** Write `files` to static/dist/ and remove what an earlier run left there. */
async function publish(files) {
  await mkdir(OUT, { recursive: true });
  for (const [name, content] of files) {
    // A server that runs meanwhile sees the old file or the new one, whole.
    const fresh = join(OUT, `.${name}.new`);
    await writeFile(fresh, content);
    await rename(fresh, join(OUT, name));
  }
  for (const name of await readdir(OUT)) {
    if (!files.has(name) && !KEPT.has(name)) await rm(join(OUT, name));
  }
}

const entries = await entryPoints(SOURCES);
const alone = WHOLE.map((path) => join(SOURCES, path));
const workers = [SERVICE_WORKER, KDF_WORKER].map((path) => join(SOURCES, path));
const shared = entries.filter((path) => ![...alone, ...workers].includes(path));
const { outputFiles, metafile } =
  await bundled([...shared, ...STYLES], { splitting: true });
const files = new Map(named(outputFiles));
const inputs = Object.keys(metafile.inputs);
for (const [name, text] of await wordFiles(metafile)) files.set(name, text);
for (const entry of alone) {
  const made = await whole(entry, "[name]");
  for (const [name, content] of made.files) files.set(name, content);
  files.set(...await wordFile(entry, made.inputs));
  inputs.push(...made.inputs);
}
for (const entry of workers) {
  const made = await whole(entry, "[name]");
  for (const [name, content] of made.files) files.set(name, content);
  inputs.push(...made.inputs);
}
for (const [name, content] of fileLists(metafile)) files.set(name, content);
files.set("LICENSES.txt", await licences(inputs));
files.set(basename(WASM), await readFile(join(ROOT, WASM)));
await publish(files);
process.stdout.write(`${files.size} files from ${entries.length} scripts\n`);
