/** Pages of the counter that are printed or saved, and one that takes its time. */
import { utf8 } from "../../lib/bytes.js";
import { downloadFile, onClick } from "../../lib/dom/page.js";
import { poll } from "../../lib/poll.js";
import { toCsv } from "../csv.js";
import { closeAfterDelay } from "../views/secret_covers.js";

closeAfterDelay(document.querySelectorAll("details.covered"));

onOptionalClick("print", () => window.print());
onOptionalClick("save", () => {
  const table = /** @type {HTMLTableElement} */ (document.getElementById("passwords"));
  const rows = [...table.rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent?.trim() ?? ""),
  );
  downloadFile(table.dataset.file ?? "", utf8(toCsv(rows)), "text/csv");
});

// How far an import is until it has ended; then the page says what came of it.
const importing = document.getElementById("import");
if (importing)
  poll(importing.dataset.state ?? "", 2_000, (progress) => {
    const isDone = progress.state !== "waiting" || progress.stalled;
    if (isDone) location.reload();
    else showProgress(progress);
    return isDone;
  });

/** @param {{hashed: number, total: number}} progress */
function showProgress({ hashed, total }) {
  const bar = document.getElementById("progress");
  if (bar instanceof HTMLProgressElement) bar.value = hashed;
  const text = document.getElementById("progress-text");
  if (text) text.textContent = `${hashed} / ${total}`;
}

/**
 * Handle a button that some of these pages have.
 * @param {string} id
 * @param {() => void} press
 */
function onOptionalClick(id, press) {
  const button = document.getElementById(id);
  if (button instanceof HTMLButtonElement) onClick(button, press);
}
