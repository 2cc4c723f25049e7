/**
 * How a file or a folder comes into the page: dropped, or chosen in a window of the browser.
 */
import { listFiles, walkEntry, walkFolder } from "../../certificates/files/file_sources.js";
import { systemOf } from "../../lib/dom/device.js";
import { byId, onClick } from "../../lib/dom/page.js";
import { errorName } from "../../lib/errors.js";

/** @typedef {import("../../certificates/files/file_sources.js").SourceFile} SourceFile */
/** What was chosen, and what it is called. @typedef {{name: string, sources: AsyncIterable<SourceFile>[]}} Picked */

/**
 * Hear the zone, the buttons and the inputs of the page.
 * @param {(picked: Picked) => void} onPicked
 */
export function initFilePicking(onPicked) {
  const folderInput = byId("folder-input", HTMLInputElement);
  const filesInput = byId("files-input", HTMLInputElement);
  onClick(byId("pick-folder", HTMLButtonElement), () => pickFolder(folderInput, onPicked));
  onClick(byId("pick-files", HTMLButtonElement), () => filesInput.click());
  byId("folder-upload").hidden = hasPicker() || systemOf() === "phone";
  for (const input of [folderInput, filesInput])
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // the same one may be chosen again
      if (files.length > 0) onPicked({ name: nameOf(files), sources: [listFiles(files)] });
    });
  initDrop(byId("drop"), onPicked);
}

/**
 * Whether the browser's own folder window is asked. Not on a Mac: there it refuses the
 * folder Library, where the certificates are.
 */
const hasPicker = () => "showDirectoryPicker" in window && systemOf() !== "mac";

/** @param {HTMLInputElement} input @param {(picked: Picked) => void} onPicked */
async function pickFolder(input, onPicked) {
  if (!hasPicker()) return input.click();
  const { showDirectoryPicker } = /** @type {any} */ (window);
  try {
    const folder = await showDirectoryPicker.call(window, { id: "npki", mode: "read" });
    onPicked({ name: folder.name, sources: [walkFolder(folder)] });
  } catch (error) {
    if (errorName(error) !== "AbortError") throw error; // the window was closed
  }
}

/** @param {HTMLElement} zone @param {(picked: Picked) => void} onPicked */
function initDrop(zone, onPicked) {
  // A file that misses the zone must not replace the page.
  for (const kind of ["dragover", "drop"])
    addEventListener(kind, (event) => event.preventDefault());
  let depth = 0;
  const mark = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("drop", (event) => {
    mark(-depth);
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    const picked = dataTransfer && readDrop(dataTransfer);
    if (picked) onPicked(picked);
  });
}

/**
 * Take hold of what was dropped, now: a moment later the browser has let go of it.
 * @param {DataTransfer} transfer
 * @returns {Picked | null}
 */
function readDrop(transfer) {
  const dropped = [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry?.() : null;
    const file = item.getAsFile(); // of a folder it is nothing that can be read
    if (entry?.isDirectory) return [{ name: entry.name, source: walkEntry(/** @type {any} */ (entry)) }];
    return file ? [{ name: file.name, source: listFiles([file]) }] : [];
  });
  if (dropped.length === 0) return null;
  return { name: dropped[0].name, sources: dropped.map(({ source }) => source) };
}

/** @param {File[]} files */
const nameOf = ([first]) => first.webkitRelativePath.split("/")[0] || first.name;
