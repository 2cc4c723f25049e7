/** Pages of the counter that are printed or saved, and one that takes its time. */
import { onPress } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";
import { keepCovered } from "../views/secret_covers.js";
import { csvOf } from "../csv.js";

const EVERY = 2_000;

keepCovered(document.querySelectorAll("details.covered"));

hear("print", () => window.print());
hear("save", () => {
  const table = /** @type {HTMLTableElement} */ (document.getElementById("passwords"));
  const rows = [...table.rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent?.trim() ?? ""),
  );
  const url = URL.createObjectURL(new Blob([csvOf(rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = table.dataset.file ?? "";
  link.click();
  URL.revokeObjectURL(url);
});

const importing = document.getElementById("import");
if (importing) setTimeout(() => void watch(importing), EVERY);

/**
 * Say how far an import is until it has ended; then the page says what came of it.
 * @param {HTMLElement} place
 */
async function watch(place) {
  const answer = await get(place.dataset.state ?? "").catch(() => null);
  const found = (await answer?.json().catch(() => null)) ?? null;
  if (found && (found.state !== "waiting" || found.stalled)) {
    location.reload();
    return;
  }
  if (found) show(found);
  setTimeout(() => void watch(place), EVERY);
}

/** @param {{hashed: number, total: number}} found */
function show({ hashed, total }) {
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
function hear(id, press) {
  const button = document.getElementById(id);
  if (button instanceof HTMLButtonElement) onPress(button, press);
}
