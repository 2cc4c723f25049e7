/**
 * The other device, as soon as it is known: its picture, its name, its network.
 */
import { byId, make } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Show on all views who is at the other end.
 * @param {import("../transport/relay_client.js").Peer} peer
 * @returns {string} what it is called in a sentence
 */
export function showPeer({ device, same_network: isNear }) {
  for (const place of document.querySelectorAll(".peer")) {
    place.setAttribute("data-kind", device === "computer" ? "computer" : "phone");
    const name = place.querySelector(".peer-name");
    if (name) name.textContent = titleOf(device);
  }
  byId("views").dataset.peer = device;
  byId("views").dataset.network = isNear ? "same" : "other";
  return nameOf(device);
}

/**
 * Say whether the other device is there, or take away what was said.
 * @param {import("../transport/relay_client.js").Presence | "back" | null} presence
 */
export function showPresence(presence) {
  const place = byId("presence");
  if (presence === null) return place.replaceChildren();
  const kind = byId("views").dataset.peer ?? "computer";
  const look = presence === "back" ? "about" : "time";
  place.replaceChildren(make("p", { class: `notice ${look}` }, words(presence, kind)));
}

/** @param {string} presence @param {string} kind */
function words(presence, kind) {
  const device = nameOf(kind);
  if (presence === "back") return _("%(device)s: back again.", { device });
  if (presence === "hidden")
    return _("%(device)s: the screen is off, or shows something else. Waiting for it.", {
      device,
    });
  if (kind === "phone") return _("The phone is gone. Waiting for it.");
  if (kind === "tablet") return _("The tablet is gone. Waiting for it.");
  return _("The computer is gone. Waiting for it.");
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
