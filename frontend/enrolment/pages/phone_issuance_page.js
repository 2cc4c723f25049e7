/**
 * On my phone only: show the code with which the phone makes the key, have its
 * certificate issued here, where its holder is signed in, and bring it over.
 */
import { issuingParts } from "../../bridge/session/issuing_parts.js";
import { shownMode, showCode } from "../../bridge/views/code_views.js";
import { PairingViews } from "../../bridge/views/pairing_views.js";
import { RegistrarViews } from "../../bridge/views/registrar_views.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { makeButton, makeLink } from "../../lib/dom/outcome_view.js";
import { byId, initPage, onClick } from "../../lib/dom/page.js";
import { reloadOnReturn } from "../../lib/dom/reload_on_return.js";
import { get, post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { lazy, loadModule } from "../../lib/lazy.js";
import { openStorage } from "../../lib/storage.js";
import { CentreClient } from "../centre_client.js";

/** @typedef {import("../../bridge/views/pairing_views.js").Memory} Memory */

initPage();
showUncaughtErrors();
reloadOnReturn();
const { order: orderText = "", done: donePath = "/", home = "/" } = byId("views").dataset;
/** @type {import("../../bridge/core/order.js").Order} */
const order = JSON.parse(orderText);
/** @type {Memory} */
const memory = {
  shows: true, sends: true, issuing: true, application: order.application,
  what: _("The phone makes the key and keeps it. This computer never sees it."),
};
const centre = new CentreClient({ post, get });
const storage = openStorage("localStorage");
/** What the phone has, and the centre has perhaps not heard yet. */
const KEPT_THERE = `certferry-on-phone-${order.application}`;
/** How often a code was renewed since a person last pressed something. */
let renewals = 0;
/** Then somebody has gone away and left the page open. */
const MOST_RENEWALS = 2;
const pairing = new PairingViews(
  { shown, renew, again, home: () => location.assign(home) },
  {
    device: () => loadModule(() => import("../../bridge/views/device_factory.js")),
    ending: () => loadModule(() => import("../../bridge/views/result_views.js")),
    snapshot: () => loadModule(() => import("../../bridge/transport/session_snapshot.js")),
    receiving: async () => { throw new Error("nothing is received here"); },
    issuing: async () => issuingParts,
    sending: lazy(async () => new RegistrarViews({ order, centre, arrived })),
  },
);

for (const button of document.querySelectorAll("[data-fresh]"))
  onClick(/** @type {HTMLButtonElement} */ (button), () => showAnew(shownMode()));
onClick(byId("no-camera", HTMLButtonElement), () => showAnew("T"));
onClick(byId("with-camera", HTMLButtonElement), () => showAnew("Q"));
// Not awaited: what is declared below must be there when it goes on.
void start();

async function start() {
  try {
    const serverId = readKept();
    if (serverId !== null) return await report(serverId);
    const isOurs = (/** @type {Memory} */ { issuing, application }) =>
      issuing === true && application === order.application;
    if (!(await pairing.goOn(isOurs))) await show("Q");
  } catch (error) {
    await pairing.fail(error);
  }
}

/** Open a pairing and show its code. @param {"Q" | "T"} mode */
function show(mode) {
  byId("issuing-refused").hidden = true;
  return pairing.begin({ ...memory }, (device) => device.show({ dir: "GK", mode }));
}

/** Show a code because a person asked for it. @param {"Q" | "T"} mode */
function showAnew(mode) {
  renewals = 0;
  return show(mode);
}

/** Replace a code that ran out unseen, as long as somebody may be looking at it. */
function renew() {
  if (document.visibilityState !== "visible" || renewals >= MOST_RENEWALS) return false;
  renewals += 1;
  void show(shownMode());
  return true;
}

/** @param {{qrText: string | null, number: string | null}} code */
function shown(code) {
  const heading = order.issued
    ? _("The certificate is issued. Scan this with the phone that made its key.")
    : memory.what ?? "";
  return showCode(code, { what: heading, dir: "GS", isRenewed: renewals > 0 });
}

/**
 * The phone keeps it: remember that, tell the centre, and go to the receipt.
 * @param {string} serverId
 * @returns {Promise<import("../../bridge/views/result_views.js").Result>}
 */
async function arrived(serverId) {
  try {
    storage.setItem(KEPT_THERE, serverId);
  } catch {
    // Then the centre has to hear it now.
  }
  const lines = [_("The key was made there and has never left the phone.")];
  try {
    await report(serverId);
  } catch {
    lines.push(_("The centre does not answer just now. It hears of it when you open this page again."));
  }
  const actions = [makeLink(_("To the receipt"), "primary", location.pathname)];
  return { title: _("It is on the phone, and only there"), lines, actions };
}

/** @param {string} serverId */
async function report(serverId) {
  await centre.reportDelivery(serverId, "phone");
  storage.removeItem(KEPT_THERE);
  location.assign(donePath);
}

function readKept() {
  try {
    return storage.getItem(KEPT_THERE);
  } catch {
    return null;
  }
}

function again() {
  return [makeButton(_("Show a fresh code"), "primary", () => void showAnew(shownMode()))];
}
