import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canWrite,
  canWriteFolder,
  exportFile,
  exportTree,
} from "../../../../frontend/certificates/files/disk_export.js";
import { Folder, named } from "./disk.js";

const FILE = { name: "certificate-1a2b3c4d.p12", bytes: Uint8Array.of(1, 2, 3) };
const HOLDER = "cn=김하나()00,o=centre,c=kr";
const TREE = [
  { path: `centre/USER/${HOLDER}/signCert.der`, octets: Uint8Array.of(1, 2) },
  { path: `centre/USER/${HOLDER}/signPri.key`, octets: Uint8Array.of(3, 4) },
];

/** @param {Folder} disk */
const pickersOf = (disk) => ({
  showSaveFilePicker: async (/** @type {any} */ { suggestedName }) =>
    disk.getFileHandle(suggestedName, { create: true }),
  showDirectoryPicker: async () => disk,
});

const unasked = async () => {
  throw new Error("asked for no reason");
};

/** @param {Folder} disk @param {object} [changes] @returns {any} */
const to = (disk, changes = {}) => ({
  disk: "hard-disk",
  pickers: pickersOf(disk),
  questions: {
    isRemovable: async () => true,
    resolveConflict: unasked,
    resolvePredecessors: unasked,
    tell: unasked,
  },
  ...changes,
});

for (const kind of ["hard-disk", "removable-disk"]) {
  test(`a file on a ${kind} is what was written`, async () => {
    const disk = new Folder();

    const { path } = await exportFile(FILE, to(disk, { disk: kind }));

    assert.equal(path, FILE.name);
    assert.deepEqual(disk.files, { [FILE.name]: FILE.bytes });
  });

  test(`a ${kind} that gives back something else is refused`, async () => {
    const disk = new Folder();
    disk.store = (bytes) => bytes.subarray(1);

    await assert.rejects(exportFile(FILE, to(disk, { disk: kind })), { code: "not_read_back" });
    await assert.rejects(exportTree(TREE, to(disk, { disk: kind })), { code: "not_read_back" });
  });
}

test("half a file is taken away from a removable disk again", async () => {
  const disk = new Folder();
  disk.store = () => {
    throw named("QuotaExceededError");
  };

  await assert.rejects(exportFile(FILE, to(disk, { disk: "removable-disk" })), {
    code: "not_written",
  });
  assert.deepEqual(disk.files, {});
});

test("a file of that name is left alone", async () => {
  const disk = new Folder();
  disk.entries.set(FILE.name, Uint8Array.of(9));

  const { path } = await exportFile(FILE, to(disk, { disk: "removable-disk" }));

  assert.equal(path, "certificate-1a2b3c4d-2.p12");
  assert.deepEqual(disk.files[FILE.name], Uint8Array.of(9));
});

for (const [chosen, root] of [["USB", "NPKI/"], ["NPKI", ""], ["npki", ""]])
  test(`a tree goes under NPKI: ${chosen} was chosen`, async () => {
    const disk = new Folder(chosen);

    const { folder, path } = await exportTree(TREE, to(disk));

    assert.equal(folder, disk);
    assert.equal(path, `${root}centre/USER/${HOLDER}`);
    assert.deepEqual(
      disk.files,
      Object.fromEntries(TREE.map((file) => [root + file.path, file.octets])),
    );
  });

test("the same files lying there are left as they are, without a question", async () => {
  const disk = new Folder("NPKI");
  await exportTree(TREE, to(disk));

  await exportTree(TREE, to(disk));

  assert.equal(Object.keys(disk.files).length, 2);
});

/** @param {"replace" | "beside" | null} answer */
async function exportOverAnother(answer) {
  const disk = new Folder("NPKI");
  const [certificate, key] = TREE;
  const old = { ...key, octets: Uint8Array.of(7, 7) };
  const second = { path: certificate.path.replace("signCert", "kmCert"), octets: old.octets };
  await exportTree([certificate, old, second], to(disk));
  const before = disk.files;
  const questions = { ...to(disk).questions, resolveConflict: async () => answer };
  return { disk, before, done: exportTree(TREE, to(disk, { questions })) };
}

test("another certificate that lies there is not touched unasked", async () => {
  const { disk, before, done } = await exportOverAnother(null);

  await assert.rejects(done, { code: "save_cancelled" });
  assert.deepEqual(disk.files, before);
});

test("both are kept where the person says so", async () => {
  const { disk, before, done } = await exportOverAnother("beside");

  const { path } = await done;

  assert.equal(path, `centre/USER/${HOLDER}-2`);
  assert.deepEqual({ ...disk.files, ...before }, disk.files);
  assert.equal(Object.keys(disk.files).length, 5);
});

test("what is replaced leaves no part of another set behind", async () => {
  const { disk, done } = await exportOverAnother("replace");

  await done;

  assert.deepEqual(disk.files, Object.fromEntries(TREE.map(({ path, octets }) => [path, octets])));
});

test("a tree that was not read back is taken away again", async () => {
  const disk = new Folder("NPKI");
  disk.store = (bytes) => bytes.subarray(1);

  await assert.rejects(exportTree(TREE, to(disk)), { code: "not_read_back" });

  assert.deepEqual(disk.files, {});
});

test("a folder that is not on the removable disk is not written to", async () => {
  const disk = new Folder("Documents");
  const questions = { isRemovable: async () => false, resolveConflict: async () => null };

  for (const done of [
    exportTree(TREE, to(disk, { disk: "removable-disk", questions })),
    exportFile(FILE, to(disk, { disk: "removable-disk", questions })),
  ])
    await assert.rejects(done, { code: "save_cancelled" });

  assert.deepEqual(disk.files, {});
});

test("a folder from before is used again only where it is allowed", async () => {
  const [disk, before] = [new Folder("other"), new Folder("NPKI")];
  before.permissions = ["denied", "granted"];

  await assert.rejects(exportTree(TREE, to(disk, { folder: before })), {
    code: "save_not_allowed",
  });
  const { folder } = await exportTree(TREE, to(disk, { folder: before }));

  assert.equal(folder, before);
  assert.deepEqual(disk.files, {});
});

test("nothing is written where another button was pressed meanwhile", async () => {
  const disk = new Folder();
  const onPicked = () => {
    throw named("AbortError");
  };

  await assert.rejects(exportTree(TREE, to(disk, { onPicked })));
  await assert.rejects(exportFile({ ...FILE }, to(disk, { onPicked, disk: "removable-disk" })));
  assert.deepEqual(disk.files, {});
});

for (const [name, code] of [
  ["AbortError", "save_cancelled"],
  ["NotAllowedError", "save_not_allowed"],
  ["SecurityError", "save_not_allowed"],
  ["NoModificationAllowedError", "not_written"],
]) {
  test(`a picker that throws ${name} means ${code}`, async () => {
    const refuse = async () => {
      throw named(name);
    };
    const pickers = { showSaveFilePicker: refuse, showDirectoryPicker: refuse };

    await assert.rejects(exportFile(FILE, to(new Folder(), { pickers })), { code });
    await assert.rejects(exportTree(TREE, to(new Folder(), { pickers })), { code });
  });
}

test("without the pickers nothing is promised", () => {
  assert.equal(canWrite("hard-disk", {}), false);
  assert.equal(canWriteFolder({}), false);
  assert.equal(canWrite("hard-disk", pickersOf(new Folder())), true);
  assert.equal(canWrite("removable-disk", pickersOf(new Folder())), true);
  assert.equal(canWriteFolder(pickersOf(new Folder())), true);
});
