/**
 * Writing a file where a person points, and reading it back.
 *
 * With the File System Access API the page learns that the file is complete; without
 * it a file can only be downloaded, and nobody here knows what became of it.
 */
import { equal } from "../lib/bytes.js";
import { CodedError, errorName, withCodes } from "../lib/errors.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {"hard-disk" | "removable-disk"} Disk */
/** @typedef {{name: string, bytes: Bytes}} ExportFile */

/**
 * What of the browser's own is needed; all of it may be missing.
 * @typedef {object} Pickers
 * @property {(options: object) => Promise<any>} [showSaveFilePicker]
 * @property {(options: object) => Promise<any>} [showDirectoryPicker]
 */

const TYPE = "application/x-pkcs12";
const MAX_COPIES = 100;

/**
 * It was not saved. Codes: `save_cancelled` (the person closed the window),
 * `save_not_allowed`, `not_written`, `not_read_back`.
 */
export class DiskExportError extends CodedError {}

/**
 * Tell whether a file can be written to `disk` and read back here.
 * @param {Disk} disk
 * @param {Pickers} pickers
 */
export function canWrite(disk, pickers) {
  return typeof pickers[PICKERS[disk]] === "function";
}

/**
 * Ask for the place, write the file, read it back and compare.
 * @param {Disk} disk
 * @param {ExportFile} file
 * @param {Pickers} pickers
 * @param {() => void} [picked] called when the place is chosen, before it is written
 * @returns {Promise<string>} the name it got
 * @throws {DiskExportError}
 */
export async function exportToDisk(disk, file, pickers, picked = () => {}) {
  const pick = disk === "hard-disk" ? pickFile : pickFolder;
  const { handle, undo } =
    await withCodes(() => pick(file, pickers), DiskExportError, "not_written", ERROR_CODES);
  try {
    picked();
    await withCodes(() => write(handle, file.bytes), DiskExportError, "not_written");
    await withCodes(() => readBack(handle, file.bytes), DiskExportError, "not_read_back");
  } catch (error) {
    await undo().catch(() => {});
    throw error;
  }
  return handle.name;
}

/** @type {Record<Disk, keyof Pickers>} */
const PICKERS = {
  "hard-disk": "showSaveFilePicker",
  "removable-disk": "showDirectoryPicker",
};

/** @param {ExportFile} file @param {Pickers} pickers */
async function pickFile({ name }, pickers) {
  const handle = await pickers.showSaveFilePicker?.({
    id: "certificate",
    startIn: "documents",
    suggestedName: name,
    types: [{ accept: { [TYPE]: [".p12"] } }],
  });
  // What the person chose to overwrite is theirs; an empty file says that it went wrong.
  return { handle, undo: async () => {} };
}

/** @param {ExportFile} file @param {Pickers} pickers */
async function pickFolder({ name }, pickers) {
  const options = { id: "removable", mode: "readwrite" };
  const folder = await pickers.showDirectoryPicker?.(options);
  const free = await freeName(folder, name);
  const handle = await folder.getFileHandle(free, { create: true });
  return { handle, undo: () => folder.removeEntry(free) };
}

/**
 * Return a name that no file there has: nothing is ever overwritten.
 * @param {any} folder
 * @param {string} name
 */
async function freeName(folder, name) {
  const [stem, end] = [name.replace(/\.p12$/, ""), ".p12"];
  for (let copy = 1; copy < MAX_COPIES; copy += 1) {
    const candidate = copy === 1 ? name : `${stem}-${copy}${end}`;
    if (!(await exists(folder, candidate))) return candidate;
  }
  throw new DiskExportError("not_written");
}

/** @param {any} folder @param {string} name */
async function exists(folder, name) {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (errorName(error) === "NotFoundError") return false;
    if (errorName(error) === "TypeMismatchError") return true; // a folder of that name
    throw error;
  }
}

/** @param {any} handle @param {Bytes} bytes */
async function write(handle, bytes) {
  const stream = await handle.createWritable();
  await stream.write(bytes);
  await stream.close();
}

/** @param {any} handle @param {Bytes} bytes */
async function readBack(handle, bytes) {
  const stored = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  if (!equal(stored, bytes)) throw new DiskExportError("not_read_back");
}

const ERROR_CODES = {
  AbortError: "save_cancelled",
  NotAllowedError: "save_not_allowed",
  SecurityError: "save_not_allowed",
};
