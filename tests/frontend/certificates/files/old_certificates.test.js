/** Old .p12 files are put away too, and nothing is lost or doubled whenever the disk stops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exportFile, exportTree } from "../../../../frontend/certificates/files/disk_export.js";
import { PUT_AWAY } from "../../../../frontend/certificates/files/old_certificates.js";
import { relateFile } from "../../../../frontend/certificates/file_relation.js";
import { writePfx } from "../../../../frontend/npki/pfx.js";
import { createKeyPair } from "../../../../frontend/pki/key_pair.js";
import { NEW, OF_ANOTHER, OLD } from "../successors.js";
import { Folder } from "./disk.js";

const PASSWORD = "Correct-Horse-7";
const FILE = { name: "certificate-0000-0002.p12", bytes: Uint8Array.of(1, 2, 3) };
const { privateKey } = await createKeyPair("p-256");
const privateKeyInfo = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));

/** @param {Uint8Array} certificate @param {string} [password] */
const pfx = (certificate, password = PASSWORD) =>
  writePfx(
    { privateKeyInfo, certificate, chain: [], password, friendlyName: "" },
    { rounds: 2, macRounds: 2 },
  );
const [OF_OLD, OF_OTHER, OTHER_PASSWORD] = [
  await pfx(OLD),
  await pfx(OF_ANOTHER),
  await pfx(OLD, "Another-Horse-8"),
];

/** @param {Record<string, Uint8Array>} files */
function diskWith(files) {
  const disk = new Folder("USB");
  for (const [name, octets] of Object.entries(files)) disk.entries.set(name, octets);
  return disk;
}

/** @param {Folder} disk @param {object} [questions] @returns {any} */
const to = (disk, questions = {}) => ({
  disk: "removable-disk",
  pickers: { showDirectoryPicker: async () => disk },
  relate: relateFile(NEW, PASSWORD),
  questions: {
    isRemovable: async () => true,
    resolveConflict: async () => assert.fail("asked for no reason"),
    resolvePredecessors: async () => "put-away",
    tell: async () => {},
    ...questions,
  },
});

test("a .p12 of the certificate before is put away, and others stay", async () => {
  const disk = diskWith({ "mine.p12": OF_OLD, "other.pfx": OF_OTHER, "a.p12": Uint8Array.of(0) });
  /** @type {string[]} */
  const asked = [];

  await exportFile(FILE, to(disk, { resolvePredecessors: async (/** @type {string[]} */ names) => (asked.push(...names), "put-away") }));

  assert.deepEqual(asked, ["mine.p12"]);
  assert.deepEqual(disk.files, {
    [FILE.name]: FILE.bytes,
    "other.pfx": OF_OTHER,
    "a.p12": Uint8Array.of(0),
    [`${PUT_AWAY}/mine.p12`]: OF_OLD,
  });
});

test("one that another password opens is named and left", async () => {
  const disk = diskWith({ "mine.p12": OTHER_PASSWORD });
  /** @type {string[][]} */
  const reports = [];

  await exportFile(FILE, to(disk, { tell: async (/** @type {string[]} */ ...words) => void reports.push(words) }));

  assert.deepEqual(reports, [["locked", "mine.p12"]]);
  assert.deepEqual(disk.files, { [FILE.name]: FILE.bytes, "mine.p12": OTHER_PASSWORD });
});

test("both are kept where the person says so, and nothing is written where it was refused", async () => {
  const [kept, refused] = [diskWith({ "mine.p12": OF_OLD }), diskWith({ "mine.p12": OF_OLD })];

  await exportFile(FILE, to(kept, { resolvePredecessors: async () => "beside" }));
  const closed = exportFile(FILE, to(refused, { resolvePredecessors: async () => null }));

  await assert.rejects(closed, { code: "save_cancelled" });
  assert.deepEqual(kept.files, { [FILE.name]: FILE.bytes, "mine.p12": OF_OLD });
  assert.deepEqual(refused.files, { "mine.p12": OF_OLD });
});

test("where the new one is not read back the old one stays", async () => {
  const disk = diskWith({ "mine.p12": OF_OLD });
  disk.store = (bytes) => bytes.subarray(1);

  await assert.rejects(exportFile(FILE, to(disk)), { code: "not_read_back" });

  assert.deepEqual(disk.files, { "mine.p12": OF_OLD });
});

test("a folder NPKI that is saved beside it puts it away too", async () => {
  const disk = diskWith({ "mine.p12": OF_OLD });
  const folder = "centre/USER/cn=new";
  const files = [{ path: `${folder}/signCert.der`, octets: Uint8Array.from(NEW) }];

  await exportTree(files, to(disk));

  assert.deepEqual(disk.files, {
    [`NPKI/${folder}/signCert.der`]: NEW,
    [`${PUT_AWAY}/mine.p12`]: OF_OLD,
  });
});

test("another one of its name that was put away before stays", async () => {
  const disk = diskWith({ "mine.p12": OF_OLD });
  const away = await disk.getDirectoryHandle(PUT_AWAY, { create: true });
  away.entries.set("mine.p12", OF_OTHER);

  await exportFile(FILE, to(disk));

  assert.deepEqual(disk.files[`${PUT_AWAY}/mine.p12`], OF_OTHER);
  assert.deepEqual(disk.files[`${PUT_AWAY}/mine-2.p12`], OF_OLD);
});

test("whenever the disk stops the old one is whole somewhere, and the next saving leaves one", async () => {
  let isOver = false;
  for (let changes = 0; !isOver; changes += 1) {
    const disk = diskWith({ "mine.p12": OF_OLD });
    disk.stopAfter(changes);
    /** @type {string[]} */
    const reports = [];
    const tell = async (/** @type {string} */ event) => void reports.push(event);
    const isSaved = await exportFile(FILE, to(disk, { tell })).then(() => true, () => false);
    isOver = isSaved && reports.length === 0;
    const isOld = (/** @type {Uint8Array} */ octets) => Buffer.compare(octets, OF_OLD) === 0;
    assert.ok(Object.values(disk.files).some(isOld), `after ${changes} changes`);

    disk.stopAfter(Infinity);
    await exportFile(FILE, to(disk));

    const paths = Object.entries(disk.files).filter(([, octets]) => isOld(octets));
    assert.deepEqual(paths.map(([path]) => path), [`${PUT_AWAY}/mine.p12`], `after ${changes} changes`);
  }
});
