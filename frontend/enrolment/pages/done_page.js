/**
 * Done: where it is, and the file.
 */
import { findCopy, offerRemoval } from "../../certificates/views/local_copies.js";
import { ExportDialog } from "../../certificates/views/export/export_dialog.js";
import { offerPersistence } from "../../certificates/views/persistence.js";
import { isLocked, tryReadStore } from "../../certificates/store.js";
import { entryTimeLeft } from "../../certificates/views/password_entry.js";
import { initPage, byId, onClick } from "../../lib/dom/page.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { navigateTo } from "../../lib/dom/soft_navigation.js";
import { _ } from "../../lib/i18n.js";

initPage();
showUncaughtErrors();
const storageLine = document.querySelector("[data-kept]");
// Before anything is waited for: who presses at once types no password again either.
for (const action of document.querySelectorAll("a[data-needs-key]"))
  action.addEventListener("click", (event) => {
    if (entryTimeLeft(storageLine?.getAttribute("data-sha256") ?? "") === 0) return;
    event.preventDefault();
    void navigateTo(/** @type {HTMLAnchorElement} */ (action).href);
  });
const stored = await tryReadStore();
const certificate = storageLine && stored ? findCopy(stored.certificates, storageLine) : undefined;
if (stored !== null) offerRemoval(stored.store, stored.certificates);
const saveFile = byId("save-file", HTMLButtonElement);
/** Where the old one lies in a file. @type {NodeListOf<HTMLButtonElement>} */
const savesAgain = document.querySelectorAll("[data-save-again]");
if (certificate === undefined || !isLocked(certificate)) {
  for (const button of [saveFile, ...savesAgain]) button.hidden = true;
  document.getElementById("carry-elsewhere")?.removeAttribute("hidden");
  for (const action of document.querySelectorAll("[data-needs-key]"))
    /** @type {HTMLElement} */ (action).hidden = true;
  showStorage(
    certificate !== undefined
      ? _("Kept in this browser. Its key cannot be copied.")
      : stored === null
      ? _("This browser does not let the page look whether it is kept here.")
      : _("Not in this browser. It is where you made it or moved it to."),
  );
} else {
  void offerPersistence();
  const dialog = new ExportDialog();
  for (const button of [saveFile, ...savesAgain])
    onClick(button, () => dialog.open(certificate));
  const file = _("A file was downloaded too; look whether it is where you want it.");
  const confirmation = _("Kept in this browser. Read back and found complete.");
  const place = document.querySelector("[data-place]")?.getAttribute("data-place");
  showStorage(place === "file" ? `${confirmation} ${file}` : confirmation);
}

/** Say where it is, unless the centre knows it better. @param {string} words */
function showStorage(words) {
  if (storageLine && storageLine.textContent?.trim() === "") storageLine.textContent = words;
}
