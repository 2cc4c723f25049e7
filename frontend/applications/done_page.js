/**
 * Done: where it is, and the file.
 */
import { copyOf, offerRemoval } from "../certificates/copies_here.js";
import { ExportDialog } from "../certificates/export.js";
import { openStore } from "../certificates/store.js";
import { begin, byId, onPress } from "../lib/dom.js";
import { _ } from "../lib/words.js";

begin();
const kept = document.querySelector("[data-kept]");
const store = await openStore().catch(() => null);
const all = (await store?.all().catch(() => [])) ?? [];
const held = kept ? copyOf(all, kept) : undefined;
if (store !== null) offerRemoval(store, all);
const saveFile = byId("save-file", HTMLButtonElement);
if (held === undefined) {
  saveFile.hidden = true;
  for (const action of document.querySelectorAll("[data-needs-key]"))
    /** @type {HTMLElement} */ (action).hidden = true;
  say(_("Not in this browser. It is where you made it or moved it to."));
} else {
  const dialog = new ExportDialog();
  onPress(saveFile, () => dialog.open(held));
  const file = _("A file was downloaded too; look whether it is where you want it.");
  const here = _("Kept in this browser. Read back and found complete.");
  const place = document.querySelector("[data-place]")?.getAttribute("data-place");
  say(place === "file" ? `${here} ${file}` : here);
}

/** Say where it is, unless the centre knows it better. @param {string} words */
function say(words) {
  if (kept && kept.textContent?.trim() === "") kept.textContent = words;
}
