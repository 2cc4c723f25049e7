/** Pages of the counter that are printed or saved, and one that takes its time. */
import { onClick } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";
import { closeAfterDelay } from "../views/secret_covers.js";
import { toCsv } from "../csv.js";

const POLL_INTERVAL_MS = 2_000;

closeAfterDelay(document.querySelectorAll("details.covered"));

onOptionalClick("print", () => window.print());
onOptionalClick("save", () => {
  const table = /** @type {HTMLTableElement} */ (document.getElementById("passwords"));
  const rows = [...table.rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent?.trim() ?? ""),
  );
  const url = URL.createObjectURL(new Blob([toCsv(rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = table.dataset.file ?? "";
  link.click();
  URL.revokeObjectURL(url);
});

const importing = document.getElementById("import");
if (importing) setTimeout(() => void poll(importing), POLL_INTERVAL_MS);

/**
 * Say how far an import is until it has ended; then the page says what came of it.
 * @param {HTMLElement} place
 */
async function poll(place) {
  const response = await get(place.dataset.state ?? "").catch(() => null);
  const progress = (await response?.json().catch(() => null)) ?? null;
  if (progress && (progress.state !== "waiting" || progress.stalled)) {
    location.reload();
    return;
  }
  if (progress) showProgress(progress);
  setTimeout(() => void poll(place), POLL_INTERVAL_MS);
}

/** @param {{hashed: number, total: number}} found */
function showProgress({ hashed, total }) {
  const bar = document.getElementById("progress");
  if (bar instanceof HTMLProgressElement) bar.value = hashed;
  const text = document.getElementById("progress-text");
  if (text) text.textContent = `${hashed} / ${total}`;
}

/**
 * Hear a button that some of these pages have.
 * @param {string} id
 * @param {() => void} press
 */
function onOptionalClick(id, press) {
  const button = document.getElementById(id);
  if (button instanceof HTMLButtonElement) onClick(button, press);
}
