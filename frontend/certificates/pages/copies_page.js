/**
 * Where is my certificate: this browser says itself whether it has it.
 */
import { begin, byId } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { copyOf } from "../views/local_copies.js";
import { lookHere } from "../store.js";

begin();
const place = byId("here");
const here = await lookHere();
if (here === null)
  place.textContent = _(
    "This browser does not let the page look whether it is kept here.",
  );
else
  place.textContent = copyOf(here.held, place)
    ? _("It is kept in this browser.")
    : _("It is not in this browser.");
place.hidden = false;
