/**
 * Where to keep it: the password, the key, the certificate; and going on after a break.
 */
import { coveringHere } from "../../certificates/visibility.js";
import { Issuing } from "../issuance.js";
import { offerToKeep } from "../../certificates/views/password_account.js";
import { persistQuietly } from "../../certificates/views/persistence.js";
import { openStore } from "../../certificates/store.js";
import { noteTyped } from "../../certificates/password_entry.js";
import { now } from "../../lib/clock.js";
import { begin, byId, make, onSubmit } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { get, post } from "../../lib/http.js";
import { Progress } from "../../lib/dom/progress_list.js";
import { button, link, showRefusal } from "../../lib/dom/outcome_view.js";
import { goOnTo } from "../../lib/dom/soft_navigation.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";
import { makeKeyPair } from "../../pki/key_pair.js";
import { missingParts, weakness } from "../../accounts/password_policy.js";
import { randomBytes } from "../../lib/random.js";
import { showParts } from "../../lib/dom/password_checklist.js";
import { SavingView } from "../views/disk_export_view.js";

begin();
sayFaults();
const form = byId("keep", HTMLFormElement);
const password = byId("certificate-password", HTMLInputElement);
const again = byId("certificate-password-again", HTMLInputElement);
const { application = "", keyKind, issued, done = "/" } = form.dataset;
/** @type {string[]} what others know of this person */
const known = JSON.parse(form.dataset.known ?? "[]");
/** @typedef {import("../issuance.js").Kept} Kept */
/** @typedef {import("../../certificates/store.js").Place} Place */

const covering = coveringHere();
/** Whether somebody pressed the button with a password that lacks something. */
let wasAsked = false;
const NEW_KEY = /^(key_|request_|proof_of_possession|signature_algorithm)/;
const progress = new Progress(byId("progress"), [
  ["making_key", _("Make the key in your browser")],
  ["protecting_key", _("Lock it with your password")],
  ["asking", _("Get the certificate")],
  ["checking", _("Check the certificate")],
  ["keeping", _("Store it and read it back")],
]);

password.addEventListener("input", showMissing);
again.addEventListener("input", () => (byId("different").hidden = true));
onSubmit(form, () => {
  if (!isReady()) return;
  rememberWhose();
  void run((issuing) => issuing.issue(wish()), { isTyped: true });
});
showMissing();
// Not awaited: what is declared below must be there when it goes on.
void goOn().catch(refuse);

/** Go on by itself with a key that waits from an earlier visit. */
async function goOn() {
  const store = await openStore();
  if (!issued) await store.check(); // before a password is typed for nothing
  const pending = await store.pendingFor(application);
  const held = await store.all();
  proposeWhose(held);
  const kept = held.some(({ serverId }) => serverId && serverId === issued);
  if (pending) await run((issuing) => issuing.resume(application));
  else if (issued && kept) await report(issued);
  else if (issued) refuse(Object.assign(new Error(), { code: "nothing_begun" }));
}

/**
 * Tell the centre what it has not heard yet: the certificate is kept here.
 * @param {string} certificateId
 */
async function report(certificateId) {
  show("working");
  progress.reach("");
  await post(`/certificates/${certificateId}/delivered`, { place: "browser" });
  location.assign(done);
}

/**
 * @param {(issuing: Issuing) => Promise<Kept>} work
 * @param {{isTyped?: boolean}} [how] `isTyped`: the key was locked with what was typed
 *   just now, and does not go on from an earlier visit
 */
async function run(work, { isTyped = false } = {}) {
  show("working");
  try {
    const store = await openStore();
    const random = randomBytes;
    const ports = { store, post, get, makeKeyPair, random, now };
    const issuing = new Issuing(ports, (at) => progress.reach(at));
    const kept = await work(issuing);
    offerToKeep(password, readCertificate(kept.holding.certificate).serial);
    persistQuietly();
    if (kept.place === "hard-disk" || kept.place === "removable-disk")
      return saveOn(kept.place, kept.holding, issuing);
    if (!kept.reported) throw Object.assign(new Error(), { code: "offline" });
    const { serverId } = kept.holding;
    const send = `/certificates/${serverId}/send?receipt=${application}`;
    if (isTyped) noteTyped(kept.holding.id);
    password.value = again.value = "";
    await goOnTo(kept.place === "phone" ? send : done);
  } catch (error) {
    await stopped(error).catch(refuse);
  }
}

/** @param {unknown} error */
async function stopped(error) {
  const code = codeOf(error);
  if (code === "application_used") return leaveToOtherTab();
  // The centre will never certify this key: the next try makes a new one.
  if (NEW_KEY.test(String(code))) await forgetKey();
  refuse(error);
}

/**
 * The certificate is in this browser; its holder wants it on a disk.
 * @param {"hard-disk" | "removable-disk"} disk
 * @param {Kept["holding"]} holding
 * @param {Issuing} issuing
 */
function saveOn(disk, holding, issuing) {
  const what = { disk, holding, password: password.value };
  new SavingView(what, {
    pickers: /** @type {any} */ (window),
    deliver: (place) => issuing.deliver(application, holding.serverId ?? "", place),
    forget: async () => (await openStore()).remove(holding.id),
    done: () => location.assign(done),
  });
  show("save");
}

/** Another tab's key got the certificate; ours was never certified and is of no use. */
async function leaveToOtherTab() {
  await forgetKey();
  location.reload();
}

async function forgetKey() {
  await (await openStore()).dropPending(application);
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {{code?: unknown}} */ (error ?? {}).code;
}

/** @param {unknown} error */
function refuse(error) {
  const what = saidOf(error);
  const retry = button(_("Try again"), "primary", () => location.reload());
  const anew = make("form", {
    method: "post",
    action: `/applications/${application}/begin-again`,
  });
  const token =
    document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  anew.append(
    make("input", { type: "hidden", name: "csrf_token", value: token }),
    make("button", { class: "button plain" }, _("Start a new application")),
  );
  showRefusal(
    byId("refused"),
    what,
    retry,
    anew,
    link(_("To the first page"), "quiet", "/"),
  );
  show("refused");
}

/** Say what the password lacks, and return whether that is nothing. */
function showMissing() {
  const missing = missingParts(password.value);
  // Every password begins as a short row of letters: only a whole one is judged.
  const weak = missing.includes("length") ? null : weakness(password.value, known);
  showParts(byId("missing"), weak ? [...missing, weak] : missing, wasAsked);
  return missing.length === 0 && weak === null;
}

function isReady() {
  if (!showMissing()) {
    wasAsked = true;
    showMissing();
    password.setAttribute("aria-invalid", "true");
    password.setAttribute("aria-describedby", "missing");
    password.focus();
    return false;
  }
  password.removeAttribute("aria-invalid");
  const different = password.value !== again.value;
  byId("different").hidden = !different;
  if (different) again.focus();
  return !different;
}

function place() {
  return /** @type {Place} */ (new FormData(form).get("place") ?? "browser");
}

/**
 * Who uses this computer: as it was said before; else only this person, unless somebody
 * else's certificate is here.
 * @param {{id: string}[]} held
 */
function proposeWhose(held) {
  const others = held.some(({ id }) => !covering.isOwn(id));
  const answer = covering.answer ?? (others ? "shared" : "own");
  for (const each of whose()) each.checked = each.value === answer;
}

/** A phone is not asked: nothing is remembered of it. */
function rememberWhose() {
  const chosen = whose().find((each) => each.checked && each.offsetParent !== null);
  if (chosen) covering.answer = chosen.value === "shared" ? "shared" : "own";
}

/** @returns {HTMLInputElement[]} */
function whose() {
  return [...form.querySelectorAll("input")].filter(({ name }) => name === "whose");
}

function wish() {
  return {
    applicationId: application,
    keyKind: /** @type {import("../../pki/key_pair.js").KeyKind} */ (keyKind),
    password: password.value,
    place: place(),
  };
}

/** @param {"choose" | "working" | "save" | "refused"} id */
function show(id) {
  for (const each of ["choose", "working", "save", "refused"])
    byId(each).hidden = each !== id;
  const heading = byId(id).querySelector("h1");
  if (id !== "choose") heading?.focus();
}
