/**
 * Where is my certificate: this browser says itself whether it has it.
 */
import { begin, byId } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { openStore } from "./store.js";

begin();
const here = byId("here");
const id = here.getAttribute("data-certificate");
const held = await openStore()
  .then((store) => store.all())
  .catch(() => null);
if (held !== null) {
  here.textContent = held.some(({ serverId }) => serverId === id)
    ? _("It is kept in this browser.")
    : _("It is not in this browser.");
  here.hidden = false;
}
