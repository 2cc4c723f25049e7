/**
 * Where is my certificate: this browser says itself whether it has it.
 */
import { begin, byId } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { copyOf } from "./copies_here.js";
import { openStore } from "./store.js";

begin();
const here = byId("here");
const held = await openStore()
  .then((store) => store.all())
  .catch(() => null);
if (held !== null) {
  here.textContent = copyOf(held, here)
    ? _("It is kept in this browser.")
    : _("It is not in this browser.");
  here.hidden = false;
}
