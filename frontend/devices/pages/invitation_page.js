/**
 * The page that shows a code for pairing: it goes on when a device came, and asks.
 */
import { drawQr } from "../../bridge/views/qr.js";
import { Countdown } from "../../lib/dom/countdown.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { byId, drawSvg, initPage, showView } from "../../lib/dom/page.js";
import { poll } from "../../lib/poll.js";

/** @typedef {{state: string, name?: string, description?: string, network?: string,
 *   country?: string, number?: string}} InvitationState */

const INTERVAL_MS = 1500;

initPage();
showUncaughtErrors();
const page = byId("invitation");
const { address = "", left = "0", state = "" } = page.dataset;
const countdown = new Countdown(byId("time-left"));
drawSvg(byId("qr"), drawQr(address).svg);
if (!showEnd({ state })) {
  countdown.start(Number(left));
  showView(state === "claimed" ? "view-device" : "view-code");
  poll(`${location.pathname}/state`, INTERVAL_MS, showState);
}

/** @param {InvitationState} current @returns {boolean} whether nothing more comes */
function showState(current) {
  if (showEnd(current)) return true;
  if (current.state === "claimed" && byId("view-device").hidden) showDevice(current);
  return false;
}

/** @param {InvitationState} current */
function showDevice({ name = "", description = "", network = "", country = "", number = "" }) {
  byId("device-name").textContent = name;
  for (const [id, text] of Object.entries({ description, network, country })) {
    const line = byId(`device-${id}`);
    line.textContent = text || (line.dataset.unknown ?? "");
  }
  byId("shown-number").textContent = number;
  for (const field of document.querySelectorAll("input[name=number]"))
    /** @type {HTMLInputElement} */ (field).value = number;
  showView("view-device");
}

/** @param {InvitationState} current @returns {boolean} */
function showEnd(current) {
  if (current.state === "open" || current.state === "claimed") return false;
  countdown.stop();
  byId("ended-declined").hidden = current.state !== "declined";
  byId("ended-expired").hidden = current.state !== "expired";
  byId("ended-paired").hidden = current.state !== "paired";
  showView("view-ended");
  return true;
}
