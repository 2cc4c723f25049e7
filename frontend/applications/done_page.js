/**
 * Done: the fingerprint of what is kept here, and the file.
 */
import { ExportDialog } from "../certificates/export.js";
import { openStore } from "../certificates/store.js";
import { begin, byId } from "../lib/dom.js";
import { _ } from "../lib/words.js";

begin();
const receipt = document.querySelector("section[data-certificate]");
const serverId = receipt?.getAttribute("data-certificate") ?? "";
const store = await openStore().catch(() => null);
const held = (await store?.all())?.find((each) => each.serverId === serverId);
const kept = document.querySelector("[data-kept]");
const saveFile = byId("save-file", HTMLButtonElement);
if (held === undefined) {
  saveFile.hidden = true;
  if (kept)
    kept.textContent = _(
      "Not in this browser. It is where you made it or moved it to.",
    );
} else {
  const dialog = new ExportDialog();
  saveFile.addEventListener("click", () => dialog.open(held));
  byId("fingerprint").textContent = (held.id.match(/../g) ?? [])
    .join(":")
    .toUpperCase();
  if (kept) kept.textContent = _("Kept in this browser. Read back and found complete.");
}
