/**
 * Files that a person chose, whatever the way: a folder picker, a drop, a file input.
 *
 * Knows no page. Walks a folder with the folders of certificates first, reads only what may
 * hold one, and unpacks archives. Nothing of it leaves the browser.
 */
import { copy } from "../../lib/bytes.js";
import { errorCode, errorName } from "../../lib/errors.js";
import { loadModule } from "../../lib/lazy.js";
import { MAX_FILES, maxBytes } from "../../npki/files/folder.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../npki/files/folder.js").TreeFile} TreeFile */
/** @typedef {import("../../npki/files/folder.js").Problem} Problem */

/**
 * A file that is not read yet.
 * @typedef {{path: string, open(): Promise<Blob>}} SourceFile
 */

/**
 * What was read. `walked` is how many files were passed, `isCut` whether there were more
 * than are looked at, `skipped` what was too large or could not be read.
 * @typedef {{files: TreeFile[], skipped: Problem[], walked: number, isCut: boolean}} Collection
 */

/**
 * What of FileSystemDirectoryHandle is used.
 * @typedef {{name: string, kind: string, values?(): AsyncIterable<any>,
 *   getFile?(): Promise<File>}} Handle
 */

/** A drive has more; the folders of certificates come first. */
const MAX_WALKED = 50_000;
const MAX_DEPTH = 16;
/** The folders that are looked into before others. */
const LIKELY = /^(?:npki|gpki|user|users|yessign|signkorea|kica|crosscert|tradesign|ncasign|inipass|cn=.*)$/i;
/** Where no certificate of a person lies, and very many files. */
const UNLIKELY = new Set(["node_modules", ".git", "$recycle.bin", "system volume information"]);
const REPORT_EVERY = 64;

/**
 * Walk a folder that was picked or dropped.
 * @param {Handle} folder
 * @returns {AsyncGenerator<SourceFile>}
 */
export async function* walkFolder(folder) {
  const queue = [{ handle: folder, path: folder.name, depth: 0 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { handle, path, depth } = next;
    for await (const child of childrenOf(handle)) {
      const childPath = `${path}/${child.name}`;
      if (child.kind === "file") yield { path: childPath, open: () => child.getFile() };
      else if (depth < MAX_DEPTH && !UNLIKELY.has(child.name.toLowerCase())) {
        const entry = { handle: child, path: childPath, depth: depth + 1 };
        if (LIKELY.test(child.name)) queue.unshift(entry);
        else queue.push(entry);
      }
    }
  }
}

/**
 * Walk a folder that was dropped, as browsers hand it over that know no handles.
 * @param {FileSystemDirectoryEntry} entry
 * @returns {AsyncGenerator<SourceFile>}
 */
export const walkEntry = (entry) => walkFolder(handleOf(entry));

/**
 * List the files of an input or of a drop.
 * @param {Iterable<File>} files
 * @returns {AsyncGenerator<SourceFile>}
 */
export async function* listFiles(files) {
  for (const file of files)
    yield { path: file.webkitRelativePath || file.name, open: async () => file };
}

/**
 * Read all that may hold certificates or keys.
 * @param {AsyncIterable<SourceFile>[]} sources
 * @param {{signal: AbortSignal, onProgress(walked: number, read: number): void}} options
 *   a stop leaves what was read so far
 * @returns {Promise<Collection>}
 */
export async function collectFiles(sources, { signal, onProgress }) {
  /** @type {Collection} */
  const collection = { files: [], skipped: [], walked: 0, isCut: false };
  for (const source of sources)
    for await (const file of source) {
      if (signal.aborted) return collection;
      if (collection.walked >= MAX_WALKED || collection.files.length >= MAX_FILES) {
        collection.isCut = true;
        return collection;
      }
      collection.walked += 1;
      if (collection.walked % REPORT_EVERY === 0) {
        onProgress(collection.walked, collection.files.length);
        await new Promise((resolve) => setTimeout(resolve)); // so that "Stop" can be pressed
      }
      await addFile(collection, file);
    }
  return collection;
}

/** @param {Collection} collection @param {SourceFile} file */
async function addFile(collection, { path, open }) {
  const maxSize = maxBytes(path);
  if (maxSize === 0) return;
  try {
    const blob = await open();
    // One byte too many is enough to say that it is too large.
    const octets = copy(await blob.slice(0, maxSize + 1).arrayBuffer());
    if (octets.length === 0) return;
    if (!/\.zip$/i.test(path)) return void collection.files.push({ path, octets });
    const { expand } = await loadModule(() => import("../../npki/files/archive.js"));
    const { files, problems } = expand([{ path, octets }]);
    collection.files.push(...files);
    collection.skipped.push(...problems);
  } catch (error) {
    collection.skipped.push({ path, code: errorCode(error) || readErrorCode(error) });
  }
}

/** @param {unknown} error of the platform */
const readErrorCode = (error) =>
  errorName(error) === "NotAllowedError" ? "file_forbidden" : "file_unreadable";

/** Give what is in a folder; one that may not be read counts as empty. @param {Handle} folder */
async function* childrenOf(folder) {
  try {
    if (folder.values) yield* folder.values();
  } catch {
    // A folder of the system, or one that has gone meanwhile: the others go on.
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/** @param {FileSystemDirectoryEntry} entry @returns {Handle} */
function handleOf(entry) {
  return {
    name: entry.name,
    kind: "directory",
    async *values() {
      const reader = entry.createReader();
      /** @returns {Promise<FileSystemEntry[]>} */
      const next = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      for (let part = await next(); part.length > 0; part = await next())
        for (const child of part)
          yield child.isFile
            ? { name: child.name, kind: "file", getFile: () => fileOf(/** @type {any} */ (child)) }
            : handleOf(/** @type {FileSystemDirectoryEntry} */ (child));
    },
  };
}
