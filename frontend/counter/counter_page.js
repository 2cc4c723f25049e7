/** Pages of the counter that are printed or saved, and one that takes its time. */
import { onPress } from "../lib/dom.js";
import { csvOf } from "./table.js";

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

// Sent twice, the second answer would hide the passwords of the first.
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("confirm"));
form?.addEventListener("submit", () => {
  const busy = /** @type {HTMLElement} */ (document.getElementById("busy"));
  busy.textContent = form.dataset.busy ?? "";
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button.primary"));
  button.disabled = true;
});

/**
 * Hear a button that some of these pages have.
 * @param {string} id
 * @param {() => void} press
 */
function hear(id, press) {
  const button = document.getElementById(id);
  if (button instanceof HTMLButtonElement) onPress(button, press);
}
