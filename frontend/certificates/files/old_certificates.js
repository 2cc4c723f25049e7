/**
 * Where old certificates of a disk lie, and how they come there: copied, read back, and
 * only then removed, since browsers move nothing. What stopped half way is swept by the
 * next saving; what goes then lies whole in the other place.
 */
import { equal } from "../../lib/bytes.js";
import {
  DiskExportError,
  childrenOf,
  copyFolder,
  folderIfThere,
  freeName,
  readIfThere,
  readTree,
  writeChecked,
} from "./disk_folder.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./disk_folder.js").FolderHandle} FolderHandle */
/** @typedef {import("../file_relation.js").FileRelation} FileRelation */

/** Below NPKI, or below the folder that was chosen: no program looks for certificates there. */
export const PUT_AWAY = "old-certificates";
const CERTIFICATE = "signcert.der";
const PFX_FILE = /\.(?:p12|pfx)$/i;
/** Folders that are looked into. */
const MAX_SETS = 500;
/** Files whose password is tried: each takes its time. */
const MAX_PFX_FILES = 10;
const MAX_PFX_BYTES = 128 * 1024;

/**
 * Copy a set to where it counts no more, and return the name that it has there.
 * @param {FolderHandle} npki
 * @param {{authority: string, user: FolderHandle, name: string}} set
 * @returns {Promise<string>} below NPKI
 */
export async function copyAway(npki, { authority, user, name }) {
  const old = await npki.getDirectoryHandle(PUT_AWAY, { create: true });
  const parent = await old.getDirectoryHandle(authority, { create: true });
  const source = await user.getDirectoryHandle(name);
  const copy = (await findCopy(parent, name, source)) ?? (await freeName(parent, name, ""));
  if ((await folderIfThere(parent, copy)) === null) await copyFolder(source, parent, copy);
  return [PUT_AWAY, authority, copy].join("/");
}

/**
 * Remove a set that was copied away.
 * @param {FolderHandle} user
 * @param {string} name
 */
export async function removeSet(user, name) {
  // Without its certificate no program lists it, should the rest not go away.
  const folder = await user.getDirectoryHandle(name);
  for (const child of await childrenOf(folder))
    if (child.kind === "file" && child.name.toLowerCase() === CERTIFICATE) await folder.removeEntry(child.name);
  await user.removeEntry(name, { recursive: true });
}

/**
 * Take away what an interrupted saving left: a copy that is not whole, whose original is,
 * and the rest of an original, whose copy is whole.
 * @param {FolderHandle} npki
 * @param {string} authority
 * @param {FolderHandle} user
 */
export async function sweepHalves(npki, authority, user) {
  const old = await folderIfThere(npki, PUT_AWAY);
  const parent = old && (await folderIfThere(old, authority));
  if (parent === null) return;
  for (const copy of (await childrenOf(parent)).slice(0, MAX_SETS))
    for (const name of copy.kind === "directory" ? namesBefore(copy.name) : []) {
      const original = await folderIfThere(user, name);
      if (original !== null && (await sweepPair({ parent, copy, user, original }))) break;
    }
}

/**
 * @param {{parent: FolderHandle, copy: FolderHandle, user: FolderHandle, original: FolderHandle}} pair
 * @returns {Promise<boolean>} whether one of the two is gone
 */
async function sweepPair({ parent, copy, user, original }) {
  const [copied, there] = [await readTree(copy), await readTree(original)];
  if (copied === null || there === null) return false;
  if (isBegunCopy(copied, there)) {
    await parent.removeEntry(copy.name, { recursive: true });
    return true;
  }
  const isRest = !hasCertificate(there) && hasCertificate(copied) && isPartOf(there, copied);
  if (isRest) await user.removeEntry(original.name, { recursive: true });
  return isRest;
}

/**
 * Return which files of a folder are of the certificate before the one that is saved, and
 * which could not be looked into.
 * @param {FolderHandle} folder
 * @param {(octets: Bytes) => Promise<FileRelation>} relate
 * @returns {Promise<{predecessors: string[], locked: string[]}>} names
 */
export async function findOldFiles(folder, relate) {
  /** @type {Record<FileRelation, string[]>} */
  const names = { predecessor: [], other: [], locked: [] };
  const files = (await childrenOf(folder)).filter(
    ({ kind, name }) => kind === "file" && PFX_FILE.test(name),
  );
  for (const [at, file] of files.entries()) {
    const content = await file.getFile();
    const isTried = at < MAX_PFX_FILES && content.size <= MAX_PFX_BYTES;
    const relation = isTried ? await relate(new Uint8Array(await content.arrayBuffer())) : "locked";
    names[relation].push(file.name);
  }
  return { predecessors: names.predecessor, locked: names.locked };
}

/**
 * Move a file to where it counts no more.
 * @param {FolderHandle} folder
 * @param {string} name
 */
export async function putFileAway(folder, name) {
  const octets = await readIfThere(folder, name);
  if (octets === null) return;
  const old = await folder.getDirectoryHandle(PUT_AWAY, { create: true });
  const begun = await readIfThere(old, name);
  // Cut off before, it lies there whole, or empty: a file gets its contents in one step.
  const isOurs = begun !== null && (begun.length === 0 || equal(begun, octets));
  const end = PFX_FILE.exec(name)?.[0] ?? "";
  const copy = isOurs ? name : await freeName(old, name, end);
  await writeChecked(await old.getFileHandle(copy, { create: true }), octets);
  await folder.removeEntry(name);
}

/**
 * Return the name of a whole copy that is there already, of a saving that was interrupted.
 * @param {FolderHandle} parent
 * @param {string} name
 * @param {FolderHandle} source
 */
async function findCopy(parent, name, source) {
  const there = await readTree(source);
  if (there === null) throw new DiskExportError("not_written");
  for (const copy of (await childrenOf(parent)).slice(0, MAX_SETS)) {
    if (copy.kind !== "directory" || !namesBefore(copy.name).includes(name)) continue;
    const copied = await readTree(copy);
    if (copied?.size === there.size && isPartOf(there, copied)) return copy.name;
  }
  return null;
}

/** Return the names that a copy's original may have had: copies are numbered. @param {string} copy */
const namesBefore = (copy) => [...new Set([copy, copy.replace(/-\d+$/, "")])];

/** @param {Map<string, Bytes>} copied @param {Map<string, Bytes>} original */
function isBegunCopy(copied, original) {
  if (!hasCertificate(original)) return false;
  const written = new Map([...copied].filter(([, octets]) => octets.length > 0));
  const isBegun = [...copied.keys()].every((path) => original.has(path));
  return isBegun && isPartOf(written, original) && !isPartOf(original, copied);
}

/** @param {Map<string, Bytes>} part @param {Map<string, Bytes>} whole */
const isPartOf = (part, whole) =>
  [...part].every(([path, octets]) => {
    const same = whole.get(path);
    return same !== undefined && equal(same, octets);
  });

/** @param {Map<string, Bytes>} tree */
const hasCertificate = (tree) => [...tree.keys()].some((path) => path.toLowerCase() === CERTIFICATE);
