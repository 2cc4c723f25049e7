/**
 * Where to keep it: the password, the key, the certificate; and going on after a break.
 */
import { missingRequirements, weakness } from "../../accounts/password_policy.js";
import { isLocked, openStore } from "../../certificates/store.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { offerToSavePassword } from "../../certificates/views/password_account.js";
import { rememberEntry } from "../../certificates/views/password_entry.js";
import { requestPersistenceSilently } from "../../certificates/views/persistence.js";
import { fromBase64 } from "../../lib/bytes.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { makeButton, makeLink, showError } from "../../lib/dom/outcome_view.js";
import { byId, csrfToken, initPage, make, now, onSubmit } from "../../lib/dom/page.js";
import { showChecklist } from "../../lib/dom/forms/password_checklist.js";
import { ProgressList } from "../../lib/dom/progress_list.js";
import { navigateTo } from "../../lib/dom/soft_navigation.js";
import { messageOf } from "../../lib/error_messages.js";
import { CodedError, errorCode } from "../../lib/errors.js";
import { get, post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { randomBytes } from "../../lib/random.js";
import { sealRandomNumber } from "../../npki/identity_seal.js";
import { readCertificate } from "../../pki/certificate.js";
import { createBoundKeyPair, createKeyPair } from "../../pki/key_pair.js";
import { IssuanceClient } from "../issuance.js";
import { DiskExportView } from "../views/disk_export_view.js";

/** @typedef {import("../issuance.js").IssuanceResult} IssuanceResult */
/** @typedef {import("../../certificates/store.js").StorageKind} StorageKind */

initPage();
showUncaughtErrors();
const form = byId("keep", HTMLFormElement);
const password = byId("certificate-password", HTMLInputElement);
const repeated = byId("certificate-password-again", HTMLInputElement);
const { application = "", keyKind, issued, done: donePath = "/" } = form.dataset;
/** The key is made on a phone, in hand or scanned, and cannot be copied from there. */
const isBound = form.dataset.keyStorage === "phone-only";
/** The centre's key for R; none where the certificate has no VID. */
const identityKey = form.dataset.identityKey ? fromBase64(form.dataset.identityKey) : undefined;
const onPhonePath = `/applications/${application}/on-phone`;
/** @type {string[]} what others know of this person */
const personalFacts = JSON.parse(form.dataset.known ?? "[]");

const visibility = pageVisibility();
/** Whether somebody pressed the button with a password that lacks something. */
let wasSubmitted = false;
const NEW_KEY = /^(key_|request_|random_number_|proof_of_possession|signature_algorithm)/;
const progress = new ProgressList(byId("progress"), [
  ["making_key", _("Make the key in your browser")],
  .../** @type {[string, string][]} */ (
    isBound ? [] : [["protecting_key", _("Lock it with your password")]]
  ),
  ["asking", _("Get the certificate")],
  ["checking", _("Check the certificate")],
  ["keeping", _("Store it and read it back")],
]);

password.addEventListener("input", showMissing);
repeated.addEventListener("input", () => (byId("different").hidden = true));
form.addEventListener("change", showWhatIsNeeded);
onSubmit(form, () => {
  if (isMadeThere()) return location.assign(onPhonePath);
  if (!isBound && !isReady()) return;
  saveDeviceUse();
  void run((client) => client.issue(issuanceRequest()), { isTyped: true });
});
chooseVisiblePlace();
showMissing();
showWhatIsNeeded();
// Not awaited: what is declared below must be there when it goes on.
void resume().catch(showFailure);

/** Go on by itself with a key that waits from an earlier visit. */
async function resume() {
  const store = await openStore();
  if (!issued) await store.probe(); // before a password is typed for nothing
  const pending = await store.pendingFor(application);
  const certificates = await store.all();
  proposeDeviceUse(certificates);
  const isStored = certificates.some(({ serverId }) => serverId && serverId === issued);
  if (pending) await run((client) => client.resume(application));
  else if (issued && isStored) await reportStored(issued);
  else if (issued) showFailure(new CodedError("nothing_begun"));
}

/**
 * Tell the centre what it has not heard yet: the certificate is kept here.
 * @param {string} certificateId
 */
async function reportStored(certificateId) {
  show("working");
  progress.reach("");
  await post(`/certificates/${certificateId}/delivered`, { place: isBound ? "phone" : "browser" });
  location.assign(donePath);
}

/**
 * @param {(client: IssuanceClient) => Promise<IssuanceResult>} work
 * @param {{isTyped?: boolean}} [options] `isTyped`: the key was locked with what was typed
 *   just now, and does not go on from an earlier visit
 */
async function run(work, { isTyped = false } = {}) {
  show("working");
  try {
    const store = await openStore();
    const random = randomBytes;
    const deps = { store, post, get, makeKeyPair: createKeyPair, makeBoundKeyPair: createBoundKeyPair, seal: sealRandomNumber, random, now };
    const client = new IssuanceClient(deps, (at) => progress.reach(at));
    const result = await work(client);
    if (!isBound) offerToSavePassword(password, readCertificate(result.stored.certificate).serial);
    requestPersistenceSilently();
    const { place, stored } = result;
    if ((place === "hard-disk" || place === "removable-disk") && isLocked(stored))
      return startDiskExport(place, stored, client);
    if (!result.reported) throw new CodedError("offline");
    if (result.stored.key) return void (await navigateTo(donePath));
    const { serverId } = result.stored;
    const send = `/certificates/${serverId}/send?receipt=${application}`;
    const next = { phone: send, both: `${send}&keep=copy` };
    if (isTyped) rememberEntry(result.stored.id);
    password.value = repeated.value = "";
    await navigateTo(place === "phone" || place === "both" ? next[place] : donePath);
  } catch (error) {
    await handleFailure(error).catch(showFailure);
  }
}

/** @param {unknown} error */
async function handleFailure(error) {
  const code = errorCode(error);
  // Another tab's key got the certificate; ours was never certified and is of no use.
  const isLate = code === "application_used";
  // The centre will never certify this key: the next try makes a new one.
  if (isLate || NEW_KEY.test(code))
    await (await openStore()).dropPending(application);
  if (isLate) location.reload();
  else showFailure(error);
}

/**
 * The certificate is in this browser; its holder wants it on a disk.
 * @param {"hard-disk" | "removable-disk"} disk
 * @param {import("../../certificates/store.js").LockedCertificate} stored
 * @param {IssuanceClient} client
 */
function startDiskExport(disk, stored, client) {
  const task = { disk, stored, password: password.value };
  new DiskExportView(task, {
    pickers: /** @type {any} */ (window),
    reportDelivery: (place) => client.reportDelivery(application, stored.serverId ?? "", place),
    removeCopy: async () => (await openStore()).remove(stored.id),
    onDone: () => location.assign(donePath),
  });
  show("save");
}

/** @param {unknown} error */
function showFailure(error) {
  const retry = makeButton(_("Try again"), "primary", () => location.reload());
  // Nobody here knows whether it was made on a phone: whoever did can go on with it.
  const isElsewhere = errorCode(error) === "nothing_begun";
  const onPhone = isElsewhere
    ? [makeLink(_("My phone made the key: show a code"), "plain", onPhonePath)] : [];
  const restartForm = make(
    "form",
    { method: "post", action: `/applications/${application}/begin-again` },
    make("input", { type: "hidden", name: "csrf_token", value: csrfToken() }),
    make("button", { class: "button plain" }, _("Start a new application")),
  );
  const home = makeLink(_("To the first page"), "quiet", "/");
  showError(byId("refused"), messageOf(error), retry, ...onPhone, restartForm, home);
  show("refused");
}

/** Tell whether the phone shall make the key: then nothing is chosen here. */
function isMadeThere() {
  return new FormData(form).get("place") === "phone-made";
}

/** Show what has to be said here for the place that is chosen, and nothing else. */
function showWhatIsNeeded() {
  const isThere = isMadeThere();
  for (const element of form.querySelectorAll("[data-made-here], [data-made-there]"))
    /** @type {HTMLElement} */ (element).hidden =
      element.hasAttribute("data-made-here") === isThere;
}

/** Say what the password lacks, and return whether that is nothing. */
function showMissing() {
  const missing = missingRequirements(password.value);
  // Every password begins as a short row of letters: only a whole one is judged.
  const weak = missing.includes("length") ? null : weakness(password.value, personalFacts);
  showChecklist(byId("missing"), weak ? [...missing, weak] : missing, wasSubmitted);
  return missing.length === 0 && weak === null;
}

function isReady() {
  if (!showMissing()) {
    wasSubmitted = true;
    showMissing();
    password.setAttribute("aria-invalid", "true");
    password.setAttribute("aria-describedby", "missing");
    password.focus();
    return false;
  }
  password.removeAttribute("aria-invalid");
  const different = password.value !== repeated.value;
  byId("different").hidden = !different;
  if (different) repeated.focus();
  return !different;
}

/**
 * Who uses this computer: as it was said before; else only this person, unless somebody
 * else's certificate is here.
 * @param {{id: string}[]} certificates
 */
function proposeDeviceUse(certificates) {
  const others = certificates.some(({ id }) => !visibility.isOwn(id));
  const deviceUse = visibility.deviceUse ?? (others ? "shared" : "own");
  for (const input of deviceUseInputs()) input.checked = input.value === deviceUse;
}

/** What is chosen from the start is not offered on every device. */
function chooseVisiblePlace() {
  const places = [...form.querySelectorAll("input")].filter(({ name }) => name === "place");
  const isOffered = (/** @type {HTMLInputElement} */ input) =>
    getComputedStyle(/** @type {Element} */ (input.closest("label"))).display !== "none";
  if (places.some((place) => place.checked && isOffered(place))) return;
  const first = places.find(isOffered);
  if (first) first.checked = true;
}

/** A phone is not asked: nothing is remembered of it. */
function saveDeviceUse() {
  const chosen = deviceUseInputs().find((input) => input.checked && input.offsetParent !== null);
  if (chosen) visibility.deviceUse = chosen.value === "shared" ? "shared" : "own";
}

/** @returns {HTMLInputElement[]} */
function deviceUseInputs() {
  return [...form.querySelectorAll("input")].filter(({ name }) => name === "whose");
}

function issuanceRequest() {
  return {
    isBound,
    identityKey,
    applicationId: application,
    keyKind: /** @type {import("../../pki/key_pair.js").KeyKind} */ (keyKind),
    password: password.value,
    place: /** @type {StorageKind} */ (new FormData(form).get("place") ?? "browser"),
  };
}

/** @param {"choose" | "working" | "save" | "refused"} id */
function show(id) {
  for (const view of ["choose", "working", "save", "refused"])
    byId(view).hidden = view !== id;
  const heading = byId(id).querySelector("h1");
  if (id !== "choose") heading?.focus();
}
