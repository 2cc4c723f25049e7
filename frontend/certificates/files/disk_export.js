/**
 * Writing certificates where a person points, and reading them back.
 *
 * With the File System Access API the page learns that all is written; without it a file
 * can only be downloaded, and nobody here knows what became of it. Nothing that lies there
 * is overwritten without a question.
 */
import {
  DiskExportError,
  exists,
  freeName,
  withWriteErrors,
  writeChecked,
  writeFiles,
} from "./disk_folder.js";
import {
  finishReplacements,
  holdsNothingElse,
  listSets,
  relationOf,
  replaceSet,
} from "./disk_replacement.js";
import { copyAway, findOldFiles, putFileAway, removeSet, sweepHalves } from "./old_certificates.js";
import "./save_messages.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../npki/files/folder.js").TreeFile} TreeFile */
/** @typedef {"hard-disk" | "removable-disk"} Disk */
/** @typedef {{name: string, bytes: Bytes}} ExportFile */
/** @typedef {import("./disk_folder.js").FolderHandle} FolderHandle */
/** @typedef {import("./disk_folder.js").NamedFile} NamedFile */
/** @typedef {import("./disk_replacement.js").Relation} Relation */

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
 * @property {(folder: string, relation: Relation) => Promise<"replace" | "beside" | null>}
 *   resolveConflict what becomes of another set that lies in the folder of this name;
 *   null: nothing is written
 * @property {(names: string[]) => Promise<"put-away" | "beside" | null>} resolvePredecessors
 *   what becomes of the certificates before this one, in the folders and .p12 files of these
 *   names; null: nothing is written
 * @property {(event: "finished" | "left" | "locked", name: string) => Promise<void>} tell says
 *   that an interrupted saving to this folder was finished, that an old certificate could not
 *   be put away, or that .p12 files lie there that could not be looked into; the new one is
 *   written all the same
 */

/**
 * Where something is written, and who is asked.
 * @typedef {object} Destination
 * @property {Disk} disk
 * @property {FolderHandle | null} [folder] one that was chosen before
 * @property {Pickers} pickers
 * @property {Questions} questions
 * @property {(octets: Bytes) => Promise<import("../file_relation.js").FileRelation>} [relate]
 *   says what a .p12 file that lies there is to the certificate; without it none is looked at
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
 * Ask for the place, write a file, read it back and compare. Where the page sees the folder,
 * the .p12 files of certificates before this one are put away then, if the person says so.
 * @param {ExportFile} file
 * @param {Destination} destination
 * @returns {Promise<Written>}
 * @throws {DiskExportError}
 */
export async function exportFile(file, destination) {
  const { disk, pickers, onPicked } = destination;
  if (disk === "removable-disk") {
    const folder = await chooseFolder(destination);
    return withWriteErrors(async () => {
      const old = await findOld(folder, destination);
      const isPutAway = await askForOld(old.predecessors, destination.questions);
      const path = await writeFree(folder, file);
      await putFilesAway(folder, isPutAway ? old : { ...old, predecessors: [] }, destination);
      return { folder, path };
    });
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
 * are replaced, or stay beside the new ones, as the person says; the certificates before
 * this one are put away, when it was read back. First of all, what an earlier saving to the
 * same place left unfinished is finished.
 * @param {TreeFile[]} files below the folder NPKI, all of one certificate
 * @param {Destination} destination
 * @returns {Promise<Written>}
 * @throws {DiskExportError}
 */
export async function exportTree(files, destination) {
  const folder = await chooseFolder(destination);
  return withWriteErrors(async () => ({
    folder,
    path: await writeTree(folder, files, destination),
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
 * @param {Destination} destination
 * @returns {Promise<string>} the path of the certificate's folder below `chosen`
 */
async function writeTree(chosen, files, destination) {
  const { questions } = destination;
  const isNpki = chosen.name.toUpperCase() === NPKI;
  const [authority, userName, holder] = files[0].path.split("/");
  const contents = files.map(({ path, octets }) => ({ name: path.split("/")[3], octets }));
  const npki = isNpki ? chosen : await chosen.getDirectoryHandle(NPKI, { create: true });
  const parent = await npki.getDirectoryHandle(authority, { create: true });
  const user = await parent.getDirectoryHandle(userName, { create: true });
  for (const folder of await finishReplacements(user)) await questions.tell("finished", folder);
  await sweepHalves(npki, authority, user);
  const task = { npki, authority, user, holder, contents };
  const sets = await listPredecessors(task);
  const old = await findOld(chosen, destination);
  const isPutAway = await askForOld([...sets, ...old.predecessors], questions);
  const predecessors = isPutAway ? sets : [];
  const name = await writeSet(task, predecessors, questions);
  for (const set of predecessors)
    if (set !== name) await putAway(task, set).catch(() => questions.tell("left", set));
  await putFilesAway(chosen, isPutAway ? old : { ...old, predecessors: [] }, destination);
  return [...(isNpki ? [] : [NPKI]), authority, userName, name].join("/");
}

/**
 * One set on its way into the folder USER of its issuer.
 * @typedef {{npki: FolderHandle, authority: string, user: FolderHandle, holder: string,
 *   contents: NamedFile[]}} WriteTask
 */

/**
 * Return the folders of the certificates before this one.
 * @param {WriteTask} task
 * @returns {Promise<string[]>}
 */
async function listPredecessors({ user, contents }) {
  const certificate = certificateOf(contents);
  const sets = certificate ? await listSets(user) : [];
  return sets
    .filter((set) => certificate && relationOf(certificate, set.certificate) === "predecessor")
    .map(({ name }) => name);
}

/**
 * Return the .p12 files that lie in the chosen folder, by what they are to this certificate.
 * @param {FolderHandle} folder
 * @param {Destination} destination
 * @returns {Promise<{predecessors: string[], locked: string[]}>}
 */
const findOld = async (folder, { relate }) =>
  relate ? findOldFiles(folder, relate) : { predecessors: [], locked: [] };

/**
 * Ask what becomes of what lies there of certificates before this one.
 * @param {string[]} names
 * @param {Questions} questions
 * @returns {Promise<boolean>} whether it is put away
 * @throws {DiskExportError} `save_cancelled`
 */
async function askForOld(names, questions) {
  if (names.length === 0) return false;
  const answer = await questions.resolvePredecessors(names);
  if (answer === null) throw new DiskExportError("save_cancelled");
  return answer === "put-away";
}

/**
 * @param {FolderHandle} folder
 * @param {{predecessors: string[], locked: string[]}} old
 * @param {Destination} destination
 */
async function putFilesAway(folder, { predecessors, locked }, { questions }) {
  for (const name of predecessors)
    await putFileAway(folder, name).catch(() => questions.tell("left", name));
  if (locked.length > 0) await questions.tell("locked", locked.join("\n"));
}

/**
 * Write the set, and return the name of its folder.
 * @param {WriteTask} task
 * @param {string[]} predecessors to be put away
 * @param {Questions} questions
 */
async function writeSet(task, predecessors, questions) {
  const { user, holder, contents } = task;
  if (!(await exists(user, holder))) return writeNew(user, holder, contents);
  const there = await user.getDirectoryHandle(holder);
  if (await holdsNothingElse(there, contents)) {
    await writeFiles(there, contents);
    return holder;
  }
  if (predecessors.includes(holder)) {
    await replaceSet(user, holder, contents, async () => void (await copyAway(task.npki, { ...task, name: holder })));
    return holder;
  }
  const relation = await relationThere(user, holder, contents);
  // Of one before this it was said already that it stays.
  const answer = relation === "predecessor" ? "beside" : await questions.resolveConflict(holder, relation);
  if (answer === null) throw new DiskExportError("save_cancelled");
  if (answer === "beside") return writeNew(user, await freeName(user, holder, ""), contents);
  await replaceSet(user, holder, contents);
  return holder;
}

/**
 * @param {FolderHandle} user
 * @param {string} name which nothing there has
 * @param {NamedFile[]} contents
 */
async function writeNew(user, name, contents) {
  try {
    await writeFiles(await user.getDirectoryHandle(name, { create: true }), contents);
    return name;
  } catch (error) {
    await user.removeEntry(name, { recursive: true }).catch(() => {});
    throw error;
  }
}

/** @param {WriteTask} task @param {string} name of the folder of an old certificate */
async function putAway(task, name) {
  await copyAway(task.npki, { ...task, name });
  await removeSet(task.user, name);
}

/**
 * @param {FolderHandle} user
 * @param {string} holder
 * @param {NamedFile[]} contents
 * @returns {Promise<Relation>}
 */
async function relationThere(user, holder, contents) {
  const certificate = certificateOf(contents);
  const there = (await listSets(user)).find(({ name }) => name === holder);
  return certificate && there ? relationOf(certificate, there.certificate) : "other";
}

/** @param {NamedFile[]} contents */
const certificateOf = (contents) => contents.find(({ name }) => name === "signCert.der")?.octets;

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
