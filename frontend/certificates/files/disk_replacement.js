/**
 * A certificate in the place of another one on a disk: at every moment the old set or the
 * new one is whole.
 *
 * The new set is written into a folder beside, read back, and sealed by a note of what is
 * in it. Only then the old files are replaced, one by one, and the folder beside goes away.
 * Where that stops half way, the next saving to the same place finishes it by the note;
 * without a note the old set was not touched, and what was begun goes away.
 */
import { equal, utf8 } from "../../lib/bytes.js";
import { STAGED_ENDING } from "../../npki/files/folder.js";
import { fingerprint } from "../../pki/certificate.js";
import {
  DiskExportError,
  childrenOf,
  readIfThere,
  writeChecked,
  writeFiles,
} from "./disk_folder.js";
import { isSuccessorOf } from "../succession.js";
import "./save_messages.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./disk_folder.js").FolderHandle} FolderHandle */
/** @typedef {import("./disk_folder.js").NamedFile} NamedFile */
/** A set on the disk: its folder's name and its certificate. @typedef {{name: string, certificate: Bytes}} SetThere */
/**
 * What the certificate in a folder is to the one that is saved.
 * @typedef {"predecessor" | "same" | "successor" | "other"} Relation
 */

const NOTE = "certferry.json";
const CERTIFICATE = "signCert.der";
/** The files of a set, and CA certificates under the names that we write (npki/files/folder.js). */
const OWN_FILE = /^(?:(?:sign|km)(?:cert\.der|pri\.key)|ca-[0-9a-f]{16}\.der)$/i;
const MAX_NOTE_BYTES = 64 * 1024;
/** Folders of holders that are looked into. */
const MAX_SETS = 500;

/**
 * Return what the certificate that lies there is to a new one.
 * @param {Uint8Array} certificate the new one
 * @param {Uint8Array} there
 * @returns {Relation}
 */
export function relationOf(certificate, there) {
  if (equal(certificate, there)) return "same";
  if (isSuccessorOf(certificate, there)) return "predecessor";
  return isSuccessorOf(there, certificate) ? "successor" : "other";
}

/**
 * Return the sets in the folder USER of an issuer.
 * @param {FolderHandle} user
 * @returns {Promise<SetThere[]>}
 */
export async function listSets(user) {
  const sets = [];
  for (const child of (await childrenOf(user)).slice(0, MAX_SETS)) {
    if (child.kind !== "directory" || child.name.endsWith(STAGED_ENDING)) continue;
    const certificate = await readAnyCase(child, CERTIFICATE);
    if (certificate !== null) sets.push({ name: child.name, certificate });
  }
  return sets;
}

/**
 * Put a set in the place of the one that lies there.
 * @param {FolderHandle} user
 * @param {string} holder the name of the folder that is replaced
 * @param {NamedFile[]} files the new set
 * @param {() => Promise<void>} [keepOld] is called once the new set was read back and before
 *   the old one is touched; where it throws, nothing was changed
 * @throws {DiskExportError} `replacement_unfinished` where the old set may be half replaced:
 *   the new one is whole in the folder beside
 */
export async function replaceSet(user, holder, files, keepOld = async () => {}) {
  const staged = `${holder}${STAGED_ENDING}`;
  try {
    const beside = await user.getDirectoryHandle(staged, { create: true });
    await writeFiles(beside, files);
    await keepOld();
    await writeNote(beside, holder, files);
  } catch (error) {
    await user.removeEntry(staged, { recursive: true }).catch(() => {});
    throw error;
  }
  try {
    await exchange(user, holder, files);
  } catch {
    throw new DiskExportError("replacement_unfinished");
  }
}

/**
 * Finish what an earlier saving left unfinished, or take it away where it had not touched
 * anything yet.
 * @param {FolderHandle} user
 * @returns {Promise<string[]>} the names of the folders that have their new set now
 */
export async function finishReplacements(user) {
  const finished = [];
  for (const child of await childrenOf(user)) {
    if (child.kind !== "directory" || !child.name.endsWith(STAGED_ENDING)) continue;
    const holder = child.name.slice(0, -STAGED_ENDING.length);
    const files = await readStaged(child, holder);
    if (files === null) {
      await user.removeEntry(child.name, { recursive: true });
      continue;
    }
    await exchange(user, holder, files);
    finished.push(holder);
  }
  return finished;
}

/**
 * Tell whether what a folder has of these files is the same, and nothing of another set is
 * there. An empty file is nothing: a saving that was interrupted leaves such.
 * @param {FolderHandle} folder
 * @param {NamedFile[]} files
 */
export async function holdsNothingElse(folder, files) {
  const expected = new Map(files.map(({ name, octets }) => [name.toLowerCase(), octets]));
  for (const child of await childrenOf(folder)) {
    const octets = expected.get(child.name.toLowerCase());
    if (octets === undefined) continue;
    const there = child.kind === "file" ? await readIfThere(folder, child.name) : null;
    if (there === null || (there.length > 0 && !equal(there, octets))) return false;
  }
  return true;
}

/**
 * Write the new files over the old ones, and take the folder beside away.
 * @param {FolderHandle} user
 * @param {string} holder
 * @param {NamedFile[]} files
 */
async function exchange(user, holder, files) {
  const target = await user.getDirectoryHandle(holder, { create: true });
  // The second pair of another certificate would not fit the new one; and a name in capitals
  // is the same file on one disk and another one on the next.
  await removeNames(target, (name) => OWN_FILE.test(name) && !files.some((file) => file.name === name));
  await writeFiles(target, files);
  await user.removeEntry(`${holder}${STAGED_ENDING}`, { recursive: true });
}

/** @param {FolderHandle} folder @param {(name: string) => boolean} isRemoved */
async function removeNames(folder, isRemoved) {
  for (const { kind, name } of await childrenOf(folder))
    if (kind === "file" && isRemoved(name)) await folder.removeEntry(name);
}

/** @param {FolderHandle} beside @param {string} holder @param {NamedFile[]} files */
async function writeNote(beside, holder, files) {
  const hashes = await Promise.all(
    files.map(async ({ name, octets }) => [name, await fingerprint(octets)]),
  );
  const note = utf8(JSON.stringify({ holder, sha256: Object.fromEntries(hashes) }));
  await writeChecked(await beside.getFileHandle(NOTE, { create: true }), note);
}

/**
 * Return the set that a note says is whole; null where it is not.
 * @param {FolderHandle} beside
 * @param {string} holder
 * @returns {Promise<NamedFile[] | null>}
 */
async function readStaged(beside, holder) {
  const hashes = readNote(await readIfThere(beside, NOTE), holder);
  if (hashes === null) return null;
  const files = [];
  for (const [name, sha256] of hashes) {
    const octets = await readIfThere(beside, name);
    if (octets === null || (await fingerprint(octets)) !== sha256) return null;
    files.push({ name, octets });
  }
  return files;
}

/**
 * @param {Uint8Array | null} note
 * @param {string} holder
 * @returns {[string, string][] | null} names and hashes; null where it is no note of ours
 */
function readNote(note, holder) {
  if (note === null || note.length > MAX_NOTE_BYTES) return null;
  try {
    const content = JSON.parse(new TextDecoder().decode(note));
    /** @type {[string, unknown][]} */
    const hashes = Object.entries(content.sha256);
    const isOurs =
      content.holder === holder &&
      hashes.some(([name]) => name === CERTIFICATE) &&
      hashes.every(([name, hash]) => OWN_FILE.test(name) && typeof hash === "string");
    return isOurs ? /** @type {[string, string][]} */ (hashes) : null;
  } catch {
    return null;
  }
}

/** @param {FolderHandle} folder @param {string} name @returns {Promise<Bytes | null>} */
async function readAnyCase(folder, name) {
  const same = (await childrenOf(folder)).find(
    (child) => child.kind === "file" && child.name.toLowerCase() === name.toLowerCase(),
  );
  return same === undefined ? null : readIfThere(folder, same.name);
}
