/**
 * What is done in a folder of a disk: reading, writing and reading back, copying.
 *
 * Knows of FileSystemDirectoryHandle what all browsers with folder pickers have: `move()`
 * is not among it, so a folder gets another name by being copied, read back and removed.
 */
import { equal } from "../../lib/bytes.js";
import { CodedError, errorName, withCodes } from "../../lib/errors.js";
import "./save_messages.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** FileSystemDirectoryHandle, as far as it is used. @typedef {any} FolderHandle */
/** A file of a folder by its name. @typedef {{name: string, octets: Bytes}} NamedFile */

const MAX_COPIES = 100;
/** Of a folder that is copied: a holder's has some four files. */
const MAX_COPIED = 200;
const MAX_COPIED_DEPTH = 4;
const MAX_COPIED_BYTES = 16 * 1024 * 1024;

/**
 * It was not saved. Codes: `save_cancelled` (the person closed the window),
 * `save_not_allowed`, `not_written`, `not_read_back`, `replacement_unfinished`.
 */
export class DiskExportError extends CodedError {}

/**
 * Do `work`; what the browser throws gets a code.
 * @template T
 * @param {() => Promise<T>} work
 */
export const withWriteErrors = (work) =>
  withCodes(work, DiskExportError, "not_written", ERROR_CODES);

const ERROR_CODES = {
  AbortError: "save_cancelled",
  NotAllowedError: "save_not_allowed",
  SecurityError: "save_not_allowed",
};

/**
 * Write one file and compare what is there then. A file that lay there is exchanged in one
 * step, when the new one is whole.
 * @param {any} handle FileSystemFileHandle
 * @param {Bytes} octets
 * @throws {DiskExportError} `not_read_back`
 */
export async function writeChecked(handle, octets) {
  const stream = await handle.createWritable();
  await stream.write(octets);
  await stream.close();
  const isSame = async () => equal(await readHandle(handle), octets);
  if (!(await withCodes(isSame, DiskExportError, "not_read_back")))
    throw new DiskExportError("not_read_back");
}

/**
 * Write files into a folder, each read back.
 * @param {FolderHandle} folder
 * @param {NamedFile[]} files
 */
export async function writeFiles(folder, files) {
  for (const { name, octets } of files)
    await writeChecked(await folder.getFileHandle(name, { create: true }), octets);
}

/**
 * Return the bytes of a file, null where there is none.
 * @param {FolderHandle} folder
 * @param {string} name
 * @returns {Promise<Bytes | null>}
 */
export async function readIfThere(folder, name) {
  try {
    return await readHandle(await folder.getFileHandle(name));
  } catch (error) {
    if (errorName(error) === "NotFoundError") return null;
    throw error;
  }
}

/**
 * Tell whether a folder has a file or folder of this name.
 * @param {FolderHandle} folder
 * @param {string} name
 */
export async function exists(folder, name) {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (errorName(error) === "NotFoundError") return false;
    if (errorName(error) === "TypeMismatchError") return true; // a folder of that name
    throw error;
  }
}

/**
 * Return a folder of a folder, null where there is none.
 * @param {FolderHandle} folder
 * @param {string} name
 * @returns {Promise<FolderHandle | null>}
 */
export async function folderIfThere(folder, name) {
  try {
    return await folder.getDirectoryHandle(name);
  } catch (error) {
    if (["NotFoundError", "TypeMismatchError"].includes(errorName(error))) return null;
    throw error;
  }
}

/**
 * Return what lies in a folder, listed at once: it is changed meanwhile.
 * @param {FolderHandle} folder
 * @returns {Promise<any[]>} handles
 */
export async function childrenOf(folder) {
  const children = [];
  for await (const child of folder.values()) children.push(child);
  return children;
}

/**
 * Return a name that nothing there has: nothing is overwritten.
 * @param {FolderHandle} folder
 * @param {string} name
 * @param {string} end what the name ends with, after the number
 * @throws {DiskExportError} `not_written` where all are taken
 */
export async function freeName(folder, name, end) {
  const stem = end !== "" && name.endsWith(end) ? name.slice(0, -end.length) : name;
  for (let copy = 1; copy < MAX_COPIES; copy += 1) {
    const candidate = copy === 1 ? name : `${stem}-${copy}${end}`;
    if (!(await exists(folder, candidate))) return candidate;
  }
  throw new DiskExportError("not_written");
}

/**
 * Copy a folder with all that is in it, each file read back. What was begun of it goes
 * away again where it fails.
 * @param {FolderHandle} source
 * @param {FolderHandle} parent of the copy
 * @param {string} name of the copy, which nothing there has
 * @throws {DiskExportError} `not_written` where there is more in it than a holder's folder has
 */
export async function copyFolder(source, parent, name) {
  const room = { files: MAX_COPIED, bytes: MAX_COPIED_BYTES };
  const target = await parent.getDirectoryHandle(name, { create: true });
  try {
    await copyInto(source, target, { room, depth: 0 });
  } catch (error) {
    await parent.removeEntry(name, { recursive: true }).catch(() => {});
    throw error;
  }
}

/**
 * @param {FolderHandle} source
 * @param {FolderHandle} target
 * @param {{room: {files: number, bytes: number}, depth: number}} limits
 */
async function copyInto(source, target, { room, depth }) {
  for (const child of await childrenOf(source)) {
    room.files -= 1;
    if (room.files < 0 || depth >= MAX_COPIED_DEPTH) throw new DiskExportError("not_written");
    if (child.kind === "directory") {
      const inside = await target.getDirectoryHandle(child.name, { create: true });
      await copyInto(child, inside, { room, depth: depth + 1 });
      continue;
    }
    room.bytes -= (await child.getFile()).size;
    if (room.bytes < 0) throw new DiskExportError("not_written");
    await writeFiles(target, [{ name: child.name, octets: await readHandle(child) }]);
  }
}

/**
 * Return all files of a folder by path; null where there is more than is copied.
 * @param {FolderHandle} folder
 * @returns {Promise<Map<string, Bytes> | null>}
 */
export async function readTree(folder) {
  const tree = new Map();
  const room = { files: MAX_COPIED, bytes: MAX_COPIED_BYTES };
  return (await readInto(tree, folder, { room, path: "", depth: 0 })) ? tree : null;
}

/**
 * @param {Map<string, Bytes>} tree
 * @param {FolderHandle} folder
 * @param {{room: {files: number, bytes: number}, path: string, depth: number}} limits
 * @returns {Promise<boolean>} whether there was room for all
 */
async function readInto(tree, folder, { room, path, depth }) {
  for (const child of await childrenOf(folder)) {
    room.files -= 1;
    if (room.files < 0 || depth >= MAX_COPIED_DEPTH) return false;
    const below = `${path}${child.name}`;
    if (child.kind === "directory") {
      if (!(await readInto(tree, child, { room, path: `${below}/`, depth: depth + 1 }))) return false;
      continue;
    }
    room.bytes -= (await child.getFile()).size;
    if (room.bytes < 0) return false;
    tree.set(below, await readHandle(child));
  }
  return true;
}

/** @param {any} handle @returns {Promise<Bytes>} */
const readHandle = async (handle) => new Uint8Array(await (await handle.getFile()).arrayBuffer());
