/** In the place of another set: one of the two is whole whenever the disk stops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exportTree } from "../../../../frontend/certificates/files/disk_export.js";
import {
  finishReplacements,
  listSets,
  relationOf,
} from "../../../../frontend/certificates/files/disk_replacement.js";
import { PUT_AWAY } from "../../../../frontend/certificates/files/old_certificates.js";
import { STAGED_ENDING, findHolders } from "../../../../frontend/npki/files/folder.js";
import { Folder } from "./disk.js";
import { NEW, OF_ANOTHER, OLD } from "../successors.js";

const HOLDER = "cn=김하나()00,o=centre,c=kr";
const USER = "centre/USER";
const key = (/** @type {number} */ byte) => Uint8Array.of(byte, byte);
/** @param {Uint8Array} certificate @param {number} byte @param {string} [holder] */
const setOf = (certificate, byte, holder = HOLDER) => [
  { path: `${USER}/${holder}/signCert.der`, octets: Uint8Array.from(certificate) },
  { path: `${USER}/${holder}/signPri.key`, octets: key(byte) },
];
const [OLD_SET, NEW_SET] = [setOf(OLD, 1), setOf(NEW, 2)];
/** The old one has a second pair, which the new one has not. */
const SECOND = { path: `${USER}/${HOLDER}/kmPri.key`, octets: key(9) };

/** @param {Folder} disk @param {object} [questions] @returns {any} */
const to = (disk, questions = {}) => ({
  disk: "hard-disk",
  pickers: { showDirectoryPicker: async () => disk },
  questions: {
    isRemovable: unasked,
    resolveConflict: unasked,
    resolvePredecessors: unasked,
    tell: unasked,
    ...questions,
  },
});

const unasked = async () => {
  throw new Error("asked for no reason");
};

/** @param {{path: string, octets: Uint8Array}[]} files */
const byPath = (files) => Object.fromEntries(files.map(({ path, octets }) => [path, octets]));

/** @param {Folder} disk @param {{path: string, octets: Uint8Array}[]} files */
const hasWhole = (disk, files) => {
  const expected = files.map(({ path, octets }) => `${path.split("/").at(-1)}:${octets}`);
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  for (const [path, octets] of Object.entries(disk.files)) {
    const parts = path.split("/");
    const name = parts.pop();
    const folder = parts.join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), `${name}:${octets}`]);
  }
  return [...folders.values()].some((inside) => expected.every((file) => inside.includes(file)));
};

/** A disk with sets on it. @param {...{path: string, octets: Uint8Array}[]} sets */
async function diskWith(...sets) {
  const disk = new Folder("NPKI");
  for (const files of sets)
    for (const { path, octets } of files) {
      /** @type {Folder} */ let folder = disk;
      const names = path.split("/");
      const name = /** @type {string} */ (names.pop());
      for (const part of names) folder = await folder.getDirectoryHandle(part, { create: true });
      folder.entries.set(name, octets);
    }
  return disk;
}

const PUTS_AWAY = { resolvePredecessors: async () => "put-away" };
const REPLACES = { resolveConflict: async () => "replace" };
const WAYS = [
  { name: "put away", questions: PUTS_AWAY, old: [...OLD_SET, SECOND] },
  {
    name: "put away from a folder of another name",
    questions: PUTS_AWAY,
    old: setOf(OLD, 1, "cn=an older program's name").concat([
      { ...SECOND, path: `${USER}/cn=an older program's name/kmPri.key` },
    ]),
  },
  {
    name: "replaced",
    questions: REPLACES,
    old: [...setOf(NEW, 1), SECOND],
  },
];

test("the certificate before is put away, and the new one has its place", async () => {
  const disk = await diskWith([...OLD_SET, SECOND]);
  /** @type {string[]} */
  const asked = [];
  const resolvePredecessors = async (/** @type {string[]} */ folders) => {
    asked.push(...folders);
    return "put-away";
  };

  const { path } = await exportTree(NEW_SET, to(disk, { resolvePredecessors }));

  assert.deepEqual(asked, [HOLDER]);
  assert.equal(path, `${USER}/${HOLDER}`);
  const away = [...OLD_SET, SECOND].map(({ path: from, octets }) => ({
    path: from.replace(USER, `${PUT_AWAY}/centre`),
    octets,
  }));
  assert.deepEqual(disk.files, { ...byPath(NEW_SET), ...byPath(away) });
});

test("a certificate before it in a folder of another name is put away too", async () => {
  const elsewhere = setOf(OLD, 1, "cn=an older program's name");
  const disk = await diskWith(elsewhere, setOf(OF_ANOTHER, 3, "cn=another"));

  await exportTree(NEW_SET, to(disk, PUTS_AWAY));

  const sets = await listSets(await (await disk.getDirectoryHandle("centre")).getDirectoryHandle("USER"));
  assert.deepEqual(sets.map(({ name }) => name), ["cn=another", HOLDER]);
  assert.ok(hasWhole(disk, elsewhere));
});

test("both are kept where the person says so, and nothing is written where it was refused", async () => {
  const kept = await diskWith(OLD_SET);
  const refused = await diskWith(OLD_SET);

  await exportTree(NEW_SET, to(kept, { resolvePredecessors: async () => "beside" }));
  const closed = exportTree(NEW_SET, to(refused, { resolvePredecessors: async () => null }));

  await assert.rejects(closed, { code: "save_cancelled" });
  assert.deepEqual(kept.files, { ...byPath(OLD_SET), ...byPath(setOf(NEW, 2, `${HOLDER}-2`)) });
  assert.deepEqual(refused.files, byPath(OLD_SET));
});

test("an old one is left where the new one was not read back", async () => {
  const disk = await diskWith(setOf(OLD, 1, "cn=elsewhere"), OLD_SET);
  const before = disk.files;
  const user = await (await disk.getDirectoryHandle("centre")).getDirectoryHandle("USER");
  user.store = (/** @type {Uint8Array} */ bytes) => bytes.subarray(1);

  await assert.rejects(exportTree(NEW_SET, to(disk, PUTS_AWAY)), { code: "not_read_back" });

  assert.deepEqual(disk.files, before);
});

test("an old one that cannot be put away is said to lie there still", async () => {
  const disk = await diskWith(setOf(OLD, 1, "cn=elsewhere"), [
    { path: `${PUT_AWAY}/centre`, octets: key(0) }, // a file where a folder should be
  ]);
  /** @type {string[][]} */
  const told = [];
  const tell = async (/** @type {string[]} */ ...words) => void told.push(words);

  await exportTree(NEW_SET, to(disk, { ...PUTS_AWAY, tell }));

  assert.deepEqual(told, [["left", "cn=elsewhere"]]);
  assert.ok(hasWhole(disk, NEW_SET));
  assert.ok(hasWhole(disk, setOf(OLD, 1, "cn=elsewhere")));
});

for (const { name, questions, old } of WAYS)
  test(`whenever the disk stops, a set is whole, and the next saving finishes: ${name}`, async () => {
    let isOver = false;
    for (let changes = 0; !isOver; changes += 1) {
      const disk = await diskWith(old);
      disk.stopAfter(changes);
      isOver = await exportTree(NEW_SET, to(disk, questions)).then(() => true, () => false);

      assert.ok(hasWhole(disk, old) || hasWhole(disk, NEW_SET), `after ${changes} changes`);
      disk.stopAfter(Infinity);
      await exportTree(NEW_SET, to(disk, { ...questions, tell: async () => {} }));
      const user = await (await disk.getDirectoryHandle("centre")).getDirectoryHandle("USER");
      assert.deepEqual([...user.entries.keys()], [HOLDER], `after ${changes} changes`);
      assert.deepEqual(
        Object.fromEntries(Object.entries(disk.files).filter(([path]) => path.startsWith("centre"))),
        byPath(NEW_SET),
      );
      if (questions !== PUTS_AWAY) continue;
      const away = Object.entries(disk.files).filter(([path]) => !path.startsWith("centre"));
      assert.ok(hasWhole(disk, old), `after ${changes} changes`);
      assert.equal(away.length, old.length, `one copy and no half one, after ${changes} changes`);
    }
  });

test("what stopped half way is said, and told when it is finished", async () => {
  const disk = await diskWith(setOf(NEW, 1));
  /** @type {Error & {code?: string}} */
  let refusal = new Error();
  for (let changes = 0; refusal.code !== "replacement_unfinished"; changes += 1) {
    disk.stopAfter(changes);
    refusal = await exportTree(NEW_SET, to(disk, REPLACES)).catch((error) => error);
    disk.stopAfter(Infinity);
  }
  const staged = `${USER}/${HOLDER}${STAGED_ENDING}`;
  const tree = Object.entries(disk.files).map(([path, octets]) => ({ path, octets: Uint8Array.from(octets) }));
  assert.deepEqual(findHolders(tree).problems.filter(({ code }) => code === "replacement_left"), [
    { path: staged, code: "replacement_left" },
  ]);
  /** @type {string[][]} */
  const told = [];

  await exportTree(NEW_SET, to(disk, { tell: async (/** @type {string[]} */ ...words) => void told.push(words) }));

  assert.deepEqual(told, [["finished", HOLDER]]);
  assert.deepEqual(disk.files, byPath(NEW_SET));
});

for (const [kind, note] of [
  ["none", ""],
  ["no JSON", "{"],
  ["of another folder", JSON.stringify({ holder: "cn=x", sha256: {} })],
  ["of files that are none of a set", JSON.stringify({ holder: HOLDER, sha256: { "../a": "0", "signCert.der": "0" } })],
  ["of other contents", JSON.stringify({ holder: HOLDER, sha256: { "signCert.der": "0".repeat(64) } })],
])
  test(`a folder beside with a note like this replaces nothing: ${kind}`, async () => {
    const beside = setOf(NEW, 2, `${HOLDER}${STAGED_ENDING}`);
    const path = `${USER}/${HOLDER}${STAGED_ENDING}/certferry.json`;
    const disk = await diskWith(OLD_SET, beside, [{ path, octets: new TextEncoder().encode(note) }]);
    const user = await (await disk.getDirectoryHandle("centre")).getDirectoryHandle("USER");

    assert.deepEqual(await finishReplacements(user), []);
    assert.deepEqual(disk.files, byPath(OLD_SET));
  });

test("file names in capitals are those of a set too", async () => {
  const old = setOf(NEW, 1).map(({ path, octets }) => ({
    path: path.replace("signCert.der", "SIGNCERT.DER").replace("signPri.key", "SIGNPRI.KEY"),
    octets,
  }));
  const disk = await diskWith(old);
  /** @type {string[]} */
  const relations = [];
  const resolveConflict = async (/** @type {string} */ _folder, /** @type {string} */ relation) => {
    relations.push(relation);
    return "replace";
  };

  await exportTree(NEW_SET, to(disk, { resolveConflict }));

  assert.deepEqual(relations, ["same"]);
  assert.deepEqual(disk.files, byPath(NEW_SET));
});

test("what lies there is told by the two certificates", () => {
  assert.equal(relationOf(NEW, OLD), "predecessor");
  assert.equal(relationOf(OLD, NEW), "successor");
  assert.equal(relationOf(NEW, Uint8Array.from(NEW)), "same");
  assert.equal(relationOf(NEW, OF_ANOTHER), "other");
});
