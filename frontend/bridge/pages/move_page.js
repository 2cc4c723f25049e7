/**
 * Move a certificate: this device shows a code, and sends or receives.
 */
import { initPage, byId, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { isHandheld } from "../../lib/dom/device.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { loadModule, lazy } from "../../lib/lazy.js";
import { makeButton, makeLink } from "../../lib/dom/outcome_view.js";
import { reloadOnReturn } from "../../lib/dom/reload_on_return.js";
import { _ } from "../../lib/i18n.js";
import { readShowRequest } from "../core/link.js";
import { shownMode, showCode } from "../views/code_views.js";
import { PairingViews } from "../views/pairing_views.js";

/** @typedef {import("../views/pairing_views.js").Memory} Memory */
/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** What leads here: nothing yet, or a direction, perhaps with a certificate.
 * @typedef {{dir: "GS" | "SG" | null, anyway: boolean,
 *   certificate?: string, serverId?: string}} Wish
 */

initPage();
showUncaughtErrors();
reloadOnReturn();
const pairing = new PairingViews(
  { shown, renew, again, home },
  {
    device: () => loadModule(() => import("../views/device_factory.js")),
    ending: () => loadModule(() => import("../views/result_views.js")),
    snapshot: () => loadModule(() => import("../transport/session_snapshot.js")),
    receiving: lazy(async () => {
      const { ReceiverViews } = await loadModule(() => import("../views/receiver_views.js"));
      return new ReceiverViews();
    }),
    sending: lazy(async () => {
      const { SenderViews } = await loadModule(() => import("../views/sender_views.js"));
      return new SenderViews();
    }),
  },
);
/** What is shown now, for a fresh one. @type {{memory: Memory, what: string} | null} */
let showing = null;
/** @type {import("../views/certificate_picker.js").CertificatePicker | null} */
let picker = null;
/** What is followed now. */
let request = readRequest();
/** What went on when this page was loaded. @type {Memory | null} */
let restored = null;
/** How often a code was renewed since a person last pressed something. */
let renewals = 0;
/** Then somebody has gone away and left the page open. */
const MOST_RENEWALS = 2;
/** What is on the screen once the other device is there. */
const MET = ["joining", "typing", "password", "sending", "result"];

for (const button of document.querySelectorAll("[data-fresh]"))
  onClick(/** @type {HTMLButtonElement} */ (button), () => showAnew(shownMode()));
onClick(byId("no-camera", HTMLButtonElement), () => showAnew("T"));
onClick(byId("with-camera", HTMLButtonElement), () => showAnew("Q"));
onSubmit(byId("which-form", HTMLFormElement), () => chosen());
addEventListener("hashchange", () => heed());
// Not awaited: what is declared below must be there when it goes on.
void start();

/** Follow what the address asks for now, unless it is not ours or nothing new. */
function heed() {
  const isOurs = readShowRequest(location.hash.slice(1)) !== null;
  if (!isOurs && !isMarked()) return;
  const next = readRequest();
  const isNew = JSON.stringify(next) !== JSON.stringify(request);
  request = next;
  if (!isNew || (next.dir !== null && restored && fits(next, restored))) return;
  pairing.drop();
  void follow();
}

/**
 * Mark the page's own address in the history: of a text fragment browsers leave nothing
 * to see, and one without a mark is no way back to here.
 */
function mark() {
  if (location.hash === "") history.replaceState({ isOwn: true }, "");
}

const isMarked = () => history.state?.isOwn === true;

async function start() {
  mark();
  const isWanted = (/** @type {Memory} */ memory) => {
    restored = memory;
    return request.dir === null || fits(request, memory);
  };
  try {
    if (!(await pairing.goOn(isWanted))) await follow();
  } catch (error) {
    await pairing.fail(error);
  }
}

/**
 * Tell whether a pairing is what is asked for.
 * @param {Wish} asked
 * @param {Memory} memory
 */
function fits({ dir, serverId, certificate }, memory) {
  return (
    memory.shows &&
    memory.sends === (dir === "GS") &&
    [undefined, memory.serverId].includes(serverId) &&
    [undefined, memory.certificate].includes(certificate)
  );
}

/** @returns {Wish} */
function readRequest() {
  const asked = new URLSearchParams(location.search).get("certificate") ?? undefined;
  const named = readShowRequest(location.hash.slice(1));
  if (named?.dir === "SG") return { dir: "SG", anyway: named.anyway };
  // By its hash, since what was moved here has no id of the centre.
  const isHash = /^[0-9a-f]{64}$/.test(asked ?? "");
  const certificate = isHash ? asked : named?.certificate;
  const dir = named !== null || asked !== undefined ? "GS" : null;
  const anyway = named?.anyway ?? false;
  return { dir, anyway, certificate, serverId: isHash ? undefined : asked };
}

async function follow() {
  showing = null;
  picker?.stop();
  restored = null;
  if (request.dir === null) return home();
  if (isHandheld() && !request.anyway) return scanInstead();
  if (request.dir === "SG") return receive();
  try {
    const { CertificatePicker, listPickable } =
      await loadModule(() => import("../views/certificate_picker.js"));
    const held = await listPickable(request);
    const isChosen = request.certificate !== undefined || request.serverId !== undefined;
    const isClear = isChosen || held.length === 1;
    picker ??= new CertificatePicker(byId("which"));
    picker.show(held, isClear ? refuseOver : undefined);
    if (isClear) return await send(held[0]);
    showView("view-which");
  } catch (error) {
    await pairing.fail(error);
  }
}

/** What is over is not sent: say so before anybody has joined. */
function refuseOver() {
  const isAlone = MET.every((name) => byId(`view-${name}`).hidden);
  const id = showing?.memory.certificate;
  if (!isAlone || id === undefined || !picker?.isOver(id)) return;
  pairing.drop();
  showing = null;
  showView("view-which");
}

/** Nobody can scan the small screen in their own hand: the other device shows. */
function scanInstead() {
  const { dir, certificate, serverId } = request;
  const id = certificate ?? serverId;
  location.replace(`/p#${dir === "GS" ? "send" : "receive"}${id ? `=${id}` : ""}`);
}

async function chosen() {
  const chosen = picker?.chosen;
  picker?.stop();
  try {
    if (chosen !== undefined) await send(chosen);
  } catch (error) {
    await pairing.fail(error);
  }
}

/** @param {StoredCertificate} holding */
async function send({ id, serverId, keptAt, certificate }) {
  const { readCertificate } = await import("../../pki/certificate.js");
  const { labelFor: lineOf } = await import("../../certificates/views/certificate_display.js");
  const memory = { shows: true, sends: true, certificate: id, serverId, keptAt };
  const text = _("Sending: %(what)s", { what: lineOf(readCertificate(certificate)) });
  if (picker?.isOver(id)) return showView("view-which"); // the answer came meanwhile
  showing = { memory: { ...memory, what: text }, what: text };
  await show("Q");
}

async function receive() {
  const text = _("What you receive is kept in this browser.");
  showing = { memory: { shows: true, sends: false, what: text }, what: text };
  await show("Q");
}

/** Open a pairing and show its code. @param {"Q" | "T"} mode */
async function show(mode) {
  if (showing === null) return;
  const { memory } = showing;
  const dir = memory.sends ? "GS" : "SG";
  await pairing.begin(memory, (device) => device.show({ dir, mode }));
}

/** Show a code because a person asked for it. @param {"Q" | "T"} mode */
function showAnew(mode) {
  renewals = 0;
  return show(mode);
}

/** Replace a code that ran out unseen, as long as somebody may be looking at it. */
function renew() {
  const isInFront = document.visibilityState === "visible";
  if (showing === null || !isInFront || renewals >= MOST_RENEWALS) return false;
  renewals += 1;
  void show(shownMode());
  return true;
}

/**
 * @param {{qrText: string | null, number: string | null}} code
 * @param {Memory} memory
 */
async function shown(code, memory) {
  showing = { memory, what: memory.what ?? "" };
  const dir = memory.sends ? "GS" : "SG";
  await showCode(code, { what: memory.what ?? "", dir, isRenewed: renewals > 0 });
}

function home() {
  showing = null;
  history.replaceState(null, "", "/move");
  mark();
  request = readRequest();
  showView("view-choose");
}

/** @param {Memory | null} memory */
function again(memory) {
  if (memory === null) return [makeLink(_("Begin again"), "primary", "/move")];
  if (!memory.shows) return [makeLink(_("Scan again"), "primary", "/p")];
  return [makeButton(_("Show a fresh code"), "primary", () => void showAnew(shownMode()))];
}
