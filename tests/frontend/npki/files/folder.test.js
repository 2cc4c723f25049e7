/** Whose certificates lie in a tree, by the vectors that Python reads too. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { base64, fromBase64 } from "../../../../frontend/lib/bytes.js";
import {
  MAX_FILES,
  findHolders,
  folderParts,
  maxBytes,
  normalisePath,
  treeFor,
} from "../../../../frontend/npki/files/folder.js";

/** @typedef {import("../../../../frontend/npki/files/folder.js").Holder} Holder */

const VECTORS = JSON.parse(
  await readFile(new URL("../../../vectors/npki_folders.json", import.meta.url), "utf8"),
);
/** @type {Map<string, string>} what each octets are called in the vectors */
const LABELS = new Map(
  Object.entries(VECTORS.material).map(([label, octets]) => [String(octets), label]),
);

/** @param {Record<string, string>} files by path, in base64 */
const treeOf = (files) =>
  Object.entries(files).map(([path, octets]) => ({ path, octets: fromBase64(octets) }));

/** @param {Uint8Array | null} octets */
const labelOf = (octets) => (octets === null ? null : (LABELS.get(base64(octets)) ?? "unknown"));

/** @param {Holder} holder */
const described = ({ kind, path, authority, sources, ...files }) => ({
  kind,
  path,
  authority,
  sources,
  sign_cert: labelOf(files.signCert),
  sign_key: labelOf(files.signKey),
  km_cert: labelOf(files.kmCert),
  km_key: labelOf(files.kmKey),
  candidates: files.candidates.map(labelOf),
  ca: files.ca.map(labelOf),
});

for (const { name, files, holders, pfx_files, problems } of VECTORS.trees)
  test(`a tree is understood: ${name}`, () => {
    const tree = findHolders(treeOf(files));

    assert.deepEqual(tree.holders.map(described), holders);
    assert.deepEqual(tree.pfxFiles.map(({ path }) => path), pfx_files);
    assert.deepEqual(tree.problems, problems);
  });

for (const { certificate, parts } of VECTORS.names)
  test(`a certificate names its folder: ${parts.at(-1)}`, async () => {
    assert.deepEqual(await folderParts(fromBase64(certificate)), parts);
  });

test("how much of a file is read is told by its name", () => {
  for (const [path, maximum] of VECTORS.max_bytes) assert.equal(maxBytes(path), maximum, path);
});

test("more files than are looked through are refused before any is read", () => {
  const file = { path: "a.der", octets: new Uint8Array(1) };

  assert.throws(() => findHolders(Array.from({ length: MAX_FILES + 1 }, () => file)), {
    code: "tree_too_large",
  });
});

test("what is written is found again, byte for byte", async () => {
  const { files } = VECTORS.trees.find(
    (/** @type {any} */ { holders: [holder] }) => holder?.km_key && holder.sign_key,
  );
  const [holder] = findHolders(treeOf(files)).holders;
  const signCert = /** @type {any} */ (holder.signCert);

  const written = await treeFor({ ...holder, signCert });
  const [again] = findHolders(written).holders;

  for (const part of /** @type {const} */ (["signCert", "signKey", "kmCert", "kmKey"]))
    assert.deepEqual(again[part], holder[part]);
  assert.match(written[0].path, /\/USER\/cn=/);
});

test("a path has one form, whatever the system writes", () => {
  assert.equal(normalisePath("NPKI\\yessign\\\u1100\u1161"), "NPKI/yessign/\uac00");
});
