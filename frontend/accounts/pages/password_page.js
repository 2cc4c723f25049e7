/**
 * Where a password for signing in is chosen: what it lacks is said as it is typed. The
 * centre judges it again, by the same rule and a longer list.
 */
import { initPage, byId } from "../../lib/dom/page.js";
import { showChecklist } from "../../lib/dom/forms/password_checklist.js";
import { weakness } from "../password_policy.js";

initPage();
const list = byId("missing");
const field = byId(list.dataset.of ?? "", HTMLInputElement);
/** @type {string[]} what others know of this person */
const personalFacts = JSON.parse(list.dataset.known ?? "[]");
field.addEventListener("input", showMissing);
showMissing();
list.hidden = false;

function showMissing() {
  const isShort = [...field.value].length < Number(list.dataset.least);
  const weak = isShort ? null : weakness(field.value, personalFacts); // not while it is typed
  showChecklist(list, [...(isShort ? ["length"] : []), ...(weak ? [weak] : [])], false);
}
