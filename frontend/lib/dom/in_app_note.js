/**
 * The note on pages that keep a key: this browser is inside another app. Its words stand
 * in the template (pieces/say.html), so that pages without words of their own have it too.
 */
import { onPress } from "./page.js";
import { inAppBrowser, plainAddress, wayOut } from "../in_app.js";

/** Show the note where it is true; a page without the note has nothing to say. */
export function sayInApp() {
  const note = document.getElementById("in-app");
  const { userAgent, standalone } = /** @type {Navigator & {standalone?: boolean}} */ (
    navigator
  );
  const inApp = inAppBrowser(userAgent, { isStandalone: standalone === true });
  if (note === null || inApp === null) return;
  const name = JSON.parse(note.dataset.names ?? "{}")[inApp.app];
  within(note, "[data-app]").textContent = name ? `(${name})` : "";
  for (const each of note.querySelectorAll("[data-system]"))
    /** @type {HTMLElement} */ (each).hidden =
      each.getAttribute("data-system") !== inApp.system;
  const out = wayOut(inApp, location.href);
  const leave = within(note, "[data-way-out]");
  leave.hidden = out === null;
  if (out !== null) leave.setAttribute("href", out);
  const address = /** @type {HTMLInputElement} */ (within(note, "[data-address]"));
  address.value = plainAddress(location.href);
  const copy = /** @type {HTMLButtonElement} */ (within(note, "[data-copy-link]"));
  onPress(copy, () => copyOf(address, within(note, "[data-copied]")));
  note.hidden = false;
}

/**
 * Copy an address, or mark it for copying by hand where the app does not let us.
 * @param {HTMLInputElement} address
 * @param {HTMLElement} status
 */
async function copyOf(address, status) {
  try {
    await navigator.clipboard.writeText(address.value);
    status.textContent = status.getAttribute("data-copied");
  } catch {
    address.focus();
    address.select();
    status.textContent = status.getAttribute("data-by-hand");
  }
}

/**
 * @param {HTMLElement} note
 * @param {string} selector
 * @returns {HTMLElement}
 */
function within(note, selector) {
  const found = note.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector} here`);
  return found;
}
