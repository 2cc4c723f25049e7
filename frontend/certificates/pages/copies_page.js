/**
 * Where is my certificate: this browser says itself whether it has it.
 */
import { initPage, byId } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { findCopy } from "../views/local_copies.js";
import { tryReadStore } from "../store.js";

initPage();
const place = byId("here");
const stored = await tryReadStore();
if (stored === null)
  place.textContent = _(
    "This browser does not let the page look whether it is kept here.",
  );
else
  place.textContent = findCopy(stored.certificates, place)
    ? _("It is kept in this browser.")
    : _("It is not in this browser.");
place.hidden = false;
