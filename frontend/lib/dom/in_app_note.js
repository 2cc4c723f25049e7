/**
 * The note on pages that keep a key: this browser is inside another app. Its words stand
 * in the template (macros/form_macros.html), so that pages without words of their own have it too.
 */
import { onClick } from "./page.js";
import { detectInAppBrowser, stripUrl, externalBrowserUrl } from "../in_app.js";

/** Show the note where it is true; a page without the note has nothing to say. */
export function showInAppNote() {
  const note = document.getElementById("in-app");
  const { userAgent, standalone } = /** @type {Navigator & {standalone?: boolean}} */ (
    navigator
  );
  const inApp = detectInAppBrowser(userAgent, { isStandalone: standalone === true });
  if (note === null || inApp === null) return;
  const name = JSON.parse(note.dataset.names ?? "{}")[inApp.app];
  within(note, "[data-app]").textContent = name ? `(${name})` : "";
  for (const line of note.querySelectorAll("[data-system]"))
    /** @type {HTMLElement} */ (line).hidden =
      line.getAttribute("data-system") !== inApp.system;
  const out = externalBrowserUrl(inApp, location.href);
  const leave = within(note, "[data-way-out]");
  leave.hidden = out === null;
  if (out !== null) leave.setAttribute("href", out);
  const address = /** @type {HTMLInputElement} */ (within(note, "[data-address]"));
  address.value = stripUrl(location.href);
  const copy = /** @type {HTMLButtonElement} */ (within(note, "[data-copy-link]"));
  onClick(copy, () => copyAddress(address, within(note, "[data-copied]")));
  note.hidden = false;
}

/**
 * Copy an address, or mark it for copying by hand where the app does not let us.
 * @param {HTMLInputElement} address
 * @param {HTMLElement} status
 */
async function copyAddress(address, status) {
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
  const element = note.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`no ${selector} here`);
  return element;
}
