/**
 * Writing certificates where a person points, and reading them back.
 *
 * With the File System Access API the page learns that all is written; without it a file
 * can only be downloaded, and nobody here knows what became of it. Nothing that lies there
 * is overwritten without a question.
 */
import { equal } from "../../lib/bytes.js";
import { CodedError, errorName, withCodes } from "../../lib/errors.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../npki/folder.js").TreeFile} TreeFile */
/** @typedef {"hard-disk" | "removable-disk"} Disk */
/** @typedef {{name: string, bytes: Bytes}} ExportFile */
/** FileSystemDirectoryHandle, as far as it is used. @typedef {any} FolderHandle */

/**
 * What of the browser's own is needed; all of it may be missing.
 * @typedef {object} Pickers
 * @property {(options: object) => Promise<any>} [showSaveFilePicker]
 * @property {(options: object) => Promise<any>} [showDirectoryPicker]
 */

/**
 * What a person is asked meanwhile.
 * @typedef {object} Questions
 * @property {(folder: string) => Promise<boolean>} isRemovable whether the folder of this
 *   name is on their removable disk
 * @property {(folder: string) => Promise<"replace" | "beside" | null>} resolveConflict what
 *   becomes of another certificate that lies in the folder of this name; null: nothing
 */

/**
 * Where something is written, and who is asked.
 * @typedef {object} Destination
 * @property {Disk} disk
 * @property {FolderHandle | null} [folder] one that was chosen before
 * @property {Pickers} pickers
 * @property {Questions} questions
 * @property {() => void} [onPicked] called when the place is chosen, before it is written;
 *   what it throws ends it
 */
/**
 * What was written: its path below the folder that was chosen; null where the browser's
 * window named a file alone.
 * @typedef {{folder: FolderHandle | null, path: string}} Written
 */

const TYPE = "application/x-pkcs12";
const NPKI = "NPKI";
/** The files of a set (frontend/npki/folder.js). */
const SET = ["signCert.der", "signPri.key", "kmCert.der", "kmPri.key"];
const MAX_COPIES = 100;

/**
 * It was not saved. Codes: `save_cancelled` (the person closed the window),
 * `save_not_allowed`, `not_written`, `not_read_back`.
 */
export class DiskExportError extends CodedError {}

/** Tell whether a folder can be written to and read back here. @param {Pickers} pickers */
export const canWriteFolder = (pickers) => typeof pickers.showDirectoryPicker === "function";

/**
 * Tell whether a file can be written to `disk` and read back here.
 * @param {Disk} disk
 * @param {Pickers} pickers
 */
export function canWrite(disk, pickers) {
  return typeof pickers[PICKERS[disk]] === "function";
}

/**
 * Ask for the place, write a file, read it back and compare.
 * @param {ExportFile} file
 * @param {Destination} destination
 * @returns {Promise<Written>}
 * @throws {DiskExportError}
 */
export async function exportFile(file, destination) {
  const { disk, pickers, onPicked } = destination;
  if (disk === "removable-disk") {
    const folder = await chooseFolder(destination);
    return withWriteErrors(async () => ({ folder, path: await writeFree(folder, file) }));
  }
  const handle = await withWriteErrors(() => pickFile(file, pickers));
  onPicked?.();
  // What the person chose to overwrite is theirs; an empty file says that it went wrong.
  await withWriteErrors(() => writeChecked(handle, file.bytes));
  return { folder: null, path: handle.name };
}

/**
 * Write the folder of a certificate under NPKI on a disk, read it back and compare.
 *
 * The same files lying there already are left as they are. Those of another certificate
 * are replaced, or stay beside the new ones, as the person says.
 * @param {TreeFile[]} files below the folder NPKI, all of one certificate
 * @param {Destination} destination
 * @returns {Promise<Written>}
 * @throws {DiskExportError}
 */
export async function exportTree(files, destination) {
  const folder = await chooseFolder(destination);
  return withWriteErrors(async () => ({
    folder,
    path: await writeTree(folder, files, destination.questions),
  }));
}

/**
 * Return the folder to write in: the one from before, where the person still allows it, or
 * one that is chosen now.
 * @param {Destination} destination
 * @returns {Promise<FolderHandle>}
 */
async function chooseFolder({ disk, folder = null, pickers, questions, onPicked }) {
  const chosen = await withWriteErrors(() => pickFolder(disk, folder, pickers));
  const isRight = disk !== "removable-disk" || (await questions.isRemovable(chosen.name));
  if (!isRight) throw new DiskExportError("save_cancelled");
  onPicked?.();
  return chosen;
}

/** @param {Disk} disk @param {FolderHandle | null} before @param {Pickers} pickers */
async function pickFolder(disk, before, pickers) {
  const options = { mode: "readwrite" };
  if (before === null) return pickers.showDirectoryPicker?.({ id: disk, ...options });
  const answer = await before.requestPermission(options);
  if (answer !== "granted") throw new DiskExportError("save_not_allowed");
  return before;
}

/**
 * @param {FolderHandle} chosen
 * @param {TreeFile[]} files
 * @param {Questions} questions
 * @returns {Promise<string>} the path of the certificate's folder below `chosen`
 */
async function writeTree(chosen, files, questions) {
  const isNpki = chosen.name.toUpperCase() === NPKI;
  const [authority, user, holder] = files[0].path.split("/");
  const parents = [...(isNpki ? [] : [NPKI]), authority, user];
  let parent = chosen;
  for (const name of parents) parent = await parent.getDirectoryHandle(name, { create: true });
  const contents = files.map(({ path, octets }) => ({ name: path.split("/")[3], octets }));
  const name = await placeFor(parent, holder, contents, questions);
  const isNew = !(await exists(parent, name));
  const target = await parent.getDirectoryHandle(name, { create: true });
  try {
    for (const { name: file, octets } of contents)
      await writeChecked(await target.getFileHandle(file, { create: true }), octets);
    if (!isNew) await removeOthers(target, contents);
  } catch (error) {
    if (isNew) await parent.removeEntry(name, { recursive: true }).catch(() => {});
    throw error;
  }
  return [...parents, name].join("/");
}

/**
 * Return the name of the folder to write: the holder's, unless another certificate lies
 * there and is to stay.
 * @param {FolderHandle} parent
 * @param {string} holder
 * @param {{name: string, octets: Bytes}[]} contents
 * @param {Questions} questions
 */
async function placeFor(parent, holder, contents, questions) {
  if (!(await exists(parent, holder))) return holder;
  if (await holdsNothingElse(await parent.getDirectoryHandle(holder), contents)) return holder;
  const answer = await questions.resolveConflict(holder);
  if (answer === null) throw new DiskExportError("save_cancelled");
  return answer === "replace" ? holder : freeName(parent, holder, "");
}

/**
 * Tell whether what a folder has of these files is the same.
 * @param {FolderHandle} folder
 * @param {{name: string, octets: Bytes}[]} contents
 */
async function holdsNothingElse(folder, contents) {
  for (const { name, octets } of contents) {
    const there = await readIfThere(folder, name);
    if (there !== null && !equal(there, octets)) return false;
  }
  return true;
}

/** @param {FolderHandle} folder @param {string} name @returns {Promise<Uint8Array | null>} */
async function readIfThere(folder, name) {
  try {
    return await readFile(await folder.getFileHandle(name));
  } catch (error) {
    if (errorName(error) === "NotFoundError") return null;
    throw error;
  }
}

/**
 * Take away what is left of a set that was replaced: the second pair of another
 * certificate would not fit the new one.
 * @param {FolderHandle} folder
 * @param {{name: string}[]} contents
 */
async function removeOthers(folder, contents) {
  const written = contents.map(({ name }) => name);
  for (const name of SET)
    if (!written.includes(name) && (await exists(folder, name))) await folder.removeEntry(name);
}

/**
 * Write one file and compare what is there then. A file that lay there is exchanged in one
 * step, when the new one is whole.
 * @param {any} handle FileSystemFileHandle
 * @param {Bytes} bytes
 */
async function writeChecked(handle, bytes) {
  const stream = await handle.createWritable();
  await stream.write(bytes);
  await stream.close();
  const isSame = async () => equal(await readFile(handle), bytes);
  if (!(await withCodes(isSame, DiskExportError, "not_read_back")))
    throw new DiskExportError("not_read_back");
}

/**
 * Write a file under a name that nothing there has.
 * @param {FolderHandle} folder
 * @param {ExportFile} file
 */
async function writeFree(folder, { name, bytes }) {
  const free = await freeName(folder, name, ".p12");
  try {
    await writeChecked(await folder.getFileHandle(free, { create: true }), bytes);
  } catch (error) {
    await folder.removeEntry(free).catch(() => {});
    throw error;
  }
  return free;
}

/** @type {Record<Disk, keyof Pickers>} */
const PICKERS = {
  "hard-disk": "showSaveFilePicker",
  "removable-disk": "showDirectoryPicker",
};

/** @param {ExportFile} file @param {Pickers} pickers @returns {Promise<any>} */
const pickFile = async ({ name }, pickers) =>
  pickers.showSaveFilePicker?.({
    id: "certificate",
    startIn: "documents",
    suggestedName: name,
    types: [{ accept: { [TYPE]: [".p12"] } }],
  });

/**
 * Return a name that nothing there has: nothing is overwritten.
 * @param {any} folder
 * @param {string} name
 * @param {string} end what the name ends with, after the number
 */
async function freeName(folder, name, end) {
  const stem = end !== "" && name.endsWith(end) ? name.slice(0, -end.length) : name;
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

/** @param {any} handle */
const readFile = async (handle) => new Uint8Array(await (await handle.getFile()).arrayBuffer());

/**
 * @template T
 * @param {() => Promise<T>} work
 */
const withWriteErrors = (work) => withCodes(work, DiskExportError, "not_written", ERROR_CODES);

const ERROR_CODES = {
  AbortError: "save_cancelled",
  NotAllowedError: "save_not_allowed",
  SecurityError: "save_not_allowed",
};
