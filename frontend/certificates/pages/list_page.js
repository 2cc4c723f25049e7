/**
 * My certificates: say which of them this browser keeps, and offer to remove what is over.
 */
import { begin } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { copyOf, offerRemoval } from "../views/local_copies.js";
import { lookHere } from "../store.js";

begin();
const here = await lookHere();
const held = here?.held ?? [];
for (const place of document.querySelectorAll("[data-kept]")) {
  if (copyOf(held, place)) place.textContent = _("Kept in this browser.");
  else if (place.textContent?.trim() === "") {
    place.textContent =
      here === null
        ? _("This browser does not let the page look whether it is kept here.")
        : _("Not in this browser. It is where you made it or moved it to.");
  }
}
for (const action of document.querySelectorAll("[data-needs-key]"))
  /** @type {HTMLElement} */ (action).hidden = copyOf(held, action) === undefined;
if (here !== null && document.querySelector("[data-copy]"))
  offerRemoval(here.store, held);
