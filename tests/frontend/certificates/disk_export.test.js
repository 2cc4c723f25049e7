import assert from "node:assert/strict";
import { test } from "node:test";
import { canWrite, exportToDisk } from "../../../frontend/certificates/disk_export.js";

const FILE = { name: "certificate-1a2b3c4d.p12", bytes: Uint8Array.of(1, 2, 3) };

/** A disk with files by name. */
class Disk {
  /** @type {Map<string, Uint8Array>} */ files = new Map();
  /** @type {(bytes: Uint8Array) => Uint8Array} */ store = (bytes) => bytes;
  name = "USB";

  /** @param {string} name @param {{create?: boolean}} [how] */
  getFileHandle = async (name, { create = false } = {}) => {
    if (!this.files.has(name) && !create) throw named("NotFoundError");
    if (!this.files.has(name)) this.files.set(name, new Uint8Array());
    return this.handle(name);
  };

  /** @param {string} name */
  removeEntry = async (name) => void this.files.delete(name);

  /** @param {string} name */
  handle = (name) => ({
    name,
    createWritable: async () => ({
      /** @param {Uint8Array} bytes */
      write: async (bytes) => void this.files.set(name, this.store(bytes)),
      close: async () => {},
    }),
    getFile: async () => new Blob([Uint8Array.from(this.files.get(name) ?? [])]),
  });
}

/** @param {string} name */
const named = (name) => Object.assign(new Error(), { name });

/** @param {Disk} disk */
const pickersOf = (disk) => ({
  showSaveFilePicker: async (/** @type {any} */ { suggestedName }) =>
    disk.getFileHandle(suggestedName, { create: true }),
  showDirectoryPicker: async () => disk,
});

for (const place of /** @type {const} */ (["hard-disk", "removable-disk"])) {
  test(`a file on a ${place} is what was written`, async () => {
    const disk = new Disk();

    const name = await exportToDisk(place, FILE, pickersOf(disk));

    assert.equal(name, FILE.name);
    assert.deepEqual(disk.files.get(name), FILE.bytes);
  });

  test(`a ${place} that gives back something else is refused`, async () => {
    const disk = new Disk();
    disk.store = (bytes) => bytes.subarray(1);

    await assert.rejects(exportToDisk(place, FILE, pickersOf(disk)), {
      code: "not_read_back",
    });
  });
}

test("half a file is taken away from a removable disk again", async () => {
  const disk = new Disk();
  disk.store = () => {
    throw named("QuotaExceededError");
  };

  await assert.rejects(exportToDisk("removable-disk", FILE, pickersOf(disk)), {
    code: "not_written",
  });
  assert.equal(disk.files.size, 0);
});

test("a file of that name is left alone", async () => {
  const disk = new Disk();
  disk.files.set(FILE.name, Uint8Array.of(9));

  const name = await exportToDisk("removable-disk", FILE, pickersOf(disk));

  assert.equal(name, "certificate-1a2b3c4d-2.p12");
  assert.deepEqual(disk.files.get(FILE.name), Uint8Array.of(9));
});

for (const [error, code] of [
  ["AbortError", "save_cancelled"],
  ["NotAllowedError", "save_not_allowed"],
  ["SecurityError", "save_not_allowed"],
  ["TypeError", "not_written"],
]) {
  test(`a window that ends in ${error} says ${code}`, async () => {
    const showSaveFilePicker = async () => {
      throw named(error);
    };

    await assert.rejects(exportToDisk("hard-disk", FILE, { showSaveFilePicker }), { code });
  });
}

test("without the pickers nothing is promised", () => {
  assert.equal(canWrite("hard-disk", {}), false);
  assert.equal(canWrite("hard-disk", pickersOf(new Disk())), true);
  assert.equal(canWrite("removable-disk", pickersOf(new Disk())), true);
});
