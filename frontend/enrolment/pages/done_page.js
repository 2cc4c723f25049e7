/**
 * Done: where it is, and the file.
 */
import { copyOf, offerRemoval } from "../../certificates/views/local_copies.js";
import { ExportDialog } from "../../certificates/views/export_dialog.js";
import { offerPersistence } from "../../certificates/views/persistence.js";
import { lookHere } from "../../certificates/store.js";
import { typedFor } from "../../certificates/password_entry.js";
import { begin, byId, onPress } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { goOnTo } from "../../lib/dom/soft_navigation.js";
import { _ } from "../../lib/i18n.js";

begin();
sayFaults();
const kept = document.querySelector("[data-kept]");
// Before anything is waited for: who presses at once types no password again either.
for (const action of document.querySelectorAll("a[data-needs-key]"))
  action.addEventListener("click", (event) => {
    if (typedFor(kept?.getAttribute("data-sha256") ?? "") === 0) return;
    event.preventDefault();
    void goOnTo(/** @type {HTMLAnchorElement} */ (action).href);
  });
const here = await lookHere();
const held = kept && here ? copyOf(here.held, kept) : undefined;
if (here !== null) offerRemoval(here.store, here.held);
const saveFile = byId("save-file", HTMLButtonElement);
if (held === undefined) {
  saveFile.hidden = true;
  for (const action of document.querySelectorAll("[data-needs-key]"))
    /** @type {HTMLElement} */ (action).hidden = true;
  say(
    here === null
      ? _("This browser does not let the page look whether it is kept here.")
      : _("Not in this browser. It is where you made it or moved it to."),
  );
} else {
  void offerPersistence();
  const dialog = new ExportDialog();
  onPress(saveFile, () => dialog.open(held));
  const file = _("A file was downloaded too; look whether it is where you want it.");
  const whole = _("Kept in this browser. Read back and found complete.");
  const place = document.querySelector("[data-place]")?.getAttribute("data-place");
  say(place === "file" ? `${whole} ${file}` : whole);
}

/** Say where it is, unless the centre knows it better. @param {string} words */
function say(words) {
  if (kept && kept.textContent?.trim() === "") kept.textContent = words;
}
