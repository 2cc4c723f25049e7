/**
 * The other device, as soon as it is known: its picture, its name, its network.
 */
import { byId } from "../lib/dom.js";
import { _ } from "../lib/words.js";

/**
 * Show on all views who is at the other end.
 * @param {import("./relay.js").Peer} peer
 * @returns {string} what it is called in a sentence
 */
export function showPeer({ device, same_network: isNear }) {
  for (const place of document.querySelectorAll(".peer")) {
    place.setAttribute("data-kind", device === "computer" ? "computer" : "phone");
    const name = place.querySelector(".peer-name");
    if (name) name.textContent = titleOf(device);
  }
  byId("views").dataset.network = isNear ? "same" : "other";
  return nameOf(device);
}

/** @param {string} kind */
function nameOf(kind) {
  if (kind === "phone") return _("the phone");
  if (kind === "tablet") return _("the tablet");
  return isComputer() ? _("the other computer") : _("the computer");
}

/** What stands below its picture. @param {string} kind */
function titleOf(kind) {
  if (kind === "phone") return _("Phone");
  if (kind === "tablet") return _("Tablet");
  return isComputer() ? _("Other computer") : _("Computer");
}

/** Tell whether this device here is a computer too. */
const isComputer = () => byId("views").dataset.device === "computer";
