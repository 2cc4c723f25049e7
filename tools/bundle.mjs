/**
 * Bundle the page scripts: frontend/**\/*_page.js and *_worker.js to static/dist/.
 *
 * One run makes everything that is served: a script for each page, the parts they
 * share, the QR reader's wasm, the licences of what is inside, and for each page the
 * list of sentences its script may say. The same sources give the same bytes, so that
 * a committed static/dist/ can be compared with a fresh one.
 */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = join(ROOT, "frontend");
const OUT = join(ROOT, "static", "dist");
const WASM = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
const STYLE = join(ROOT, "static", "css", "site.css");
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
function bundled(entries) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir: OUT,
    entryNames: "[name]",
    chunkNames: "part-[hash]",
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    platform: "browser",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none", // the whole texts stand in LICENSES.txt
    metafile: true,
    write: false,
    logLevel: "warning",
  });
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
    const name = basename(output).replace(/\.js$/, ".words.json");
    files.set(name, `${JSON.stringify(await sentences(inputs), null, 1)}\n`);
  }
  return files;
}

/** Return the licence texts of every npm package that went into a bundle. */
async function licences(metafile) {
  const packages = new Set(
    Object.keys(metafile.inputs)
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
  for (const name of await readdir(OUT)) {
    if (!files.has(name) && !KEPT.has(name)) await rm(join(OUT, name));
  }
  for (const [name, content] of files) await writeFile(join(OUT, name), content);
}

const entries = await entryPoints(SOURCES);
const files = new Map();
if (entries.length > 0) {
  const { outputFiles, metafile } = await bundled([...entries, STYLE]);
  for (const { path, contents } of outputFiles) {
    files.set(relative(OUT, path).split(sep).join("/"), contents);
  }
  for (const [name, text] of await wordFiles(metafile)) files.set(name, text);
  files.set("LICENSES.txt", await licences(metafile));
  if ("node_modules/zxing-wasm/dist/es/reader/index.js" in metafile.inputs) {
    files.set(basename(WASM), await readFile(join(ROOT, WASM)));
  }
}
await publish(files);
process.stdout.write(`${files.size} files from ${entries.length} scripts\n`);
