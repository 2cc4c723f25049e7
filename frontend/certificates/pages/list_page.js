/**
 * My certificates: say which of them this browser keeps, and offer to remove what is over.
 */
import { initPage } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { findCopy, offerRemoval } from "../views/local_copies.js";
import { isLocked, tryReadStore } from "../store.js";

initPage();
const stored = await tryReadStore();
const certificates = stored?.certificates ?? [];
for (const place of document.querySelectorAll("[data-kept]")) {
  if (findCopy(certificates, place)) place.textContent = _("Kept in this browser.");
  else if (place.textContent?.trim() === "") {
    place.textContent =
      stored === null
        ? _("This browser does not let the page look whether it is kept here.")
        : describeElsewhere(place.getAttribute("data-told"));
  }
}
/** Say where it is if not here. @param {string | null} places what the centre was told */
function describeElsewhere(places) {
  return places
    ? _("Not in this browser. As far as the centre knows, it is in: %(places)s.", { places })
    : _("Not in this browser. It is where you made it or moved it to.");
}

// What is sent or saved needs a key that can be copied.
const copyable = certificates.filter(isLocked);
for (const action of document.querySelectorAll("[data-needs-key]"))
  /** @type {HTMLElement} */ (action).hidden = findCopy(copyable, action) === undefined;
if (stored !== null && document.querySelector("[data-copy]"))
  offerRemoval(stored.store, certificates);
