/**
 * My certificates: say which of them this browser keeps.
 */
import { begin } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { openStore } from "./store.js";

begin();
const store = await openStore().catch(() => null);
const here = new Set((await store?.all())?.map(({ serverId }) => serverId));
for (const place of document.querySelectorAll("[data-kept]")) {
  const id = place.getAttribute("data-kept") ?? "";
  if (here.has(id)) place.textContent = _("Kept in this browser.");
  else if (place.textContent?.trim() === "") {
    place.textContent = _(
      "Not in this browser. It is where you made it or moved it to.",
    );
  }
}
for (const action of document.querySelectorAll("[data-needs-key]")) {
  const id = action.getAttribute("data-needs-key") ?? "";
  /** @type {HTMLElement} */ (action).hidden = !here.has(id);
}
