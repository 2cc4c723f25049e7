/**
 * Bring your own: certificates from a folder, a file or an archive, looked at here.
 *
 * Nothing that is read here goes anywhere by itself: the page asks the centre for nothing
 * but, where one claims to be its own, for its whole list of revoked certificates.
 */
import { collectFiles } from "../../certificates/files/file_sources.js";
import { FileStatuses } from "../../certificates/files/file_statuses.js";
import { ImportedCertificate } from "../../certificates/imported_certificate.js";
import { openStore } from "../../certificates/store.js";
import { isOver } from "../../certificates/validity.js";
import { ExportDialog } from "../../certificates/views/export/export_dialog.js";
import { carryCertificate } from "../../certificates/views/carried_certificate.js";
import { readCentre } from "../../certificates/views/certificate_display.js";
import { rememberEntry } from "../../certificates/views/password_entry.js";
import { requestPersistenceSilently } from "../../certificates/views/persistence.js";
import { hex } from "../../lib/bytes.js";
import { formatDateTime } from "../../lib/dates.js";
import { systemOf } from "../../lib/dom/device.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CERTIFICATE } from "../../lib/dom/icons.js";
import { makeButton, showFormError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, initPage, make, now, onClick } from "../../lib/dom/page.js";
import { navigateTo } from "../../lib/dom/soft_navigation.js";
import { fileMessageOf } from "../../lib/file_messages.js";
import { errorCode } from "../../lib/errors.js";
import { get } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { findHolders } from "../../npki/files/folder.js";
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { ChangePasswordDialog } from "../views/change_password_dialog.js";
import { initFilePicking } from "../views/file_picking.js";
import { ImportCard, makeProblemLine } from "../views/import_card.js";

/** @typedef {import("../views/file_picking.js").Picked} Picked */
/** @typedef {import("../../npki/files/folder.js").Holder} Holder */
/** @typedef {import("../../npki/files/folder.js").Problem} Problem */
/** @typedef {import("../../certificates/files/file_sources.js").Collection} Collection */

/** Of files that are there and cannot be used. */
const UNREAD = new Set(["key_form", "key_pem_encrypted", "certificate_form", "file_too_large"]);

initPage();
showUncaughtErrors();
const statuses = new FileStatuses({ get, now });
const exportDialog = new ExportDialog();
const passwordDialog = new ChangePasswordDialog();
/** @type {ImportCard[]} */
let cards = [];
let stopReading = new AbortController();

initFilePicking((picked) => void look(picked));
onClick(byId("reading-stop", HTMLButtonElement), () => stopReading.abort());
onClick(byId("pick-again", HTMLButtonElement), () => startAgain());
initGuide();
// What was typed here ends with the page, also where a browser would keep it for "back".
addEventListener("pagehide", () => {
  for (const { imported } of cards) imported.close();
});

/** Look through what was chosen, and show all that is in it. @param {Picked} picked */
async function look({ name, sources }) {
  stopReading.abort();
  stopReading = new AbortController();
  const { signal } = stopReading;
  show("reading");
  const count = (/** @type {number} */ walked) => {
    byId("reading-count").textContent = _("%(n)s files looked at", { n: walked });
  };
  count(0);
  try {
    const collection = await collectFiles(sources, { signal, onProgress: count });
    const tree = findHolders(collection.files);
    await showTree(name, collection, tree);
  } catch (error) {
    startAgain();
    showFormError(byId("pick-refused"), fileMessageOf(error));
  }
}

/**
 * @param {string} name of what was chosen
 * @param {Collection} collection
 * @param {import("../../npki/files/folder.js").Tree} tree
 */
async function showTree(name, collection, { holders, pfxFiles, problems }) {
  const whole = distinctSets(holders.filter(isWhole));
  const halves = holders.filter((holder) => !isWhole(holder));
  const imported = [
    ...whole.map((holder) => new ImportedCertificate(holder)),
    ...pfxFiles.map((file) => new ImportedCertificate(file)),
  ];
  const ders = imported.map(({ der }) => der).filter((der) => der !== null);
  await statuses.look(ders, readCentre()?.issuer);
  cards = await Promise.all(imported.map(makeCard));
  const causes = [...problems, ...collection.skipped].map((problem) => ({
    ...problem,
    whose: nameOf(halves.find((half) => isCauseOf(problem, half))),
  }));
  // Why half a set is missing is said once: by what is the matter with the file.
  const unexplained = halves.filter((half) => !causes.some((cause) => isCauseOf(cause, half)));
  const unusable = [...unexplained.map(problemOfHalf), ...causes];
  if (cards.length === 0 && unusable.length === 0) return showNothing(name, collection.walked);
  showCards();
  showUnusable(unusable);
  const note = byId("found-note");
  note.hidden = !collection.isCut;
  note.textContent = _(
    'There are very many files here, and not all were looked at. Choose the folder "NPKI" itself if one is missing.',
  );
  show("found");
}

/** @param {ImportedCertificate} imported */
async function makeCard(imported) {
  const { der } = imported;
  const actions = { send, keep, sign, save, changePassword };
  return new ImportCard(imported, der ? await fingerprint(der) : "", { statuses, now, actions });
}

/** Show what is there, what lasts longest first; what is over is folded. */
function showCards() {
  const end = (/** @type {ImportCard} */ { imported }) => imported.certificate?.notAfter.getTime() ?? Infinity;
  const sorted = [...cards].sort((one, other) => end(other) - end(one));
  const ended = sorted.filter(({ state }) => isOver(state));
  const usable = sorted.filter((card) => !ended.includes(card));
  byId("certificates").replaceChildren(...usable.map(({ element }) => element));
  fold("ended", ended.length, () => {
    const [summary, place] = byId("ended").children;
    summary.textContent =
      ended.length === 1
        ? _("1 certificate that is no longer valid")
        : _("%(n)s certificates that are no longer valid", { n: ended.length });
    place.replaceChildren(...ended.map(({ element }) => element));
    // Folded, the page would look empty.
    /** @type {HTMLDetailsElement} */ (byId("ended")).open = usable.length === 0;
  });
  byId("found-title").textContent = titleFor(usable.length);
  const [only] = usable;
  if (usable.length === 1) only.ask({ focus: false });
  const { asOf } = statuses;
  byId("as-of").hidden = asOf === null;
  if (asOf !== null)
    byId("as-of").textContent = _(
      "Whether ours are revoked was looked up here in this centre's whole list of %(when)s: it was not told which ones you have.",
      { when: formatDateTime(asOf, document.documentElement.lang) },
    );
}

/** @param {number} count */
function titleFor(count) {
  if (count === 0) return _("No certificate that can be used is here");
  return count === 1
    ? _("1 certificate is here")
    : _("%(n)s certificates are here", { n: count });
}

/** @param {{path: string, code: string, whose: string}[]} problems */
function showUnusable(problems) {
  fold("unusable", problems.length, () => {
    const [summary, list] = byId("unusable").children;
    summary.textContent =
      problems.length === 1
        ? _("1 file that cannot be used")
        : _("%(n)s files that cannot be used", { n: problems.length });
    const lines = problems.map(({ path, code, whose }) => makeProblemLine(path, code, whose));
    list.replaceChildren(...lines);
    /** @type {HTMLDetailsElement} */ (byId("unusable")).open = cards.length === 0;
  });
}

/** @param {string} id @param {number} count @param {() => void} fill */
function fold(id, count, fill) {
  byId(id).hidden = count === 0;
  if (count > 0) fill();
}

/**
 * Return each set once, also where it lies in two places.
 * @param {Holder[]} holders
 */
function distinctSets(holders) {
  const keyOf = (/** @type {Holder} */ { signCert, signKey, kmKey }) =>
    [signCert, signKey, kmKey].map((part) => (part === null ? "" : hex(part))).join();
  const byContent = new Map([...holders].reverse().map((holder) => [keyOf(holder), holder]));
  return [...byContent.values()].reverse();
}

/** @param {Holder} holder */
function isWhole({ signCert, signKey, candidates }) {
  return signKey !== null && (signCert !== null || candidates.length > 0);
}

/** @param {Holder} holder */
const problemOfHalf = (holder) => ({
  path: holder.path,
  code: holder.signKey === null ? "key_missing" : "certificate_missing",
  whose: nameOf(holder),
});

/** Tell whether a file is the missing half of a set. @param {Problem} problem @param {Holder} half */
function isCauseOf({ path, code }, { kind, path: folder, sources }) {
  if (!UNREAD.has(code)) return false;
  return sources.includes(path) || (kind === "npki" && path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes("/"));
}

/** @param {Holder | undefined} holder */
const nameOf = (holder) => (holder?.signCert ? readCertificate(holder.signCert).name : "");

/** Take it to another device: locked, and in the memory of this document alone. @param {ImportCard} card */
async function send({ imported, id }) {
  carryCertificate(await imported.toStored(now()));
  rememberEntry(id);
  await navigateTo(`/move#send=${id}`);
}

/** Sign with it, from the memory of this document alone. @param {ImportCard} card */
async function sign({ imported, id }) {
  carryCertificate(await imported.toStored(now()));
  await navigateTo(`/sign#with=${id}`);
}

/** @param {ImportCard} card */
async function keep(card) {
  const store = await openStore();
  const stored = await card.imported.toStored(now());
  try {
    await store.put(stored);
  } catch (error) {
    if (errorCode(error) !== "other_key_here") throw error;
    if (!(await askToReplace())) return;
    await store.put(stored, { replace: true });
  }
  requestPersistenceSilently();
  card.showKept();
}

/** @returns {Promise<boolean>} */
function askToReplace() {
  const dialog = byId("replace", HTMLDialogElement);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "replace"), { once: true }),
  );
}

/** @param {ImportCard} card */
function save({ imported }) {
  exportDialog.openImported(imported);
}

/** @param {ImportCard} card */
function changePassword(card) {
  const isFirst = card.imported.needsPassword;
  passwordDialog.open(card.imported, () => {
    if (isFirst) card.showLocked();
    else
      card.tell(_("The new password holds for what you do here from now on. Save it to have it in a file too."));
  });
}

/** @param {string} name @param {number} walked */
function showNothing(name, walked) {
  const title = _("There is no certificate in “%(name)s”", { name });
  const lines = [
    walked === 1
      ? _("It is a file of another kind.")
      : _("%(n)s files were looked at.", { n: walked }),
    _('The folder is called "NPKI" and is often hidden. Below is where to look.'),
  ];
  const again = makeButton(_("Look somewhere else"), "primary", () => startAgain());
  showOutcome(byId("nothing"), { icon: CERTIFICATE, look: "calm", title, lines }, again);
  show("nothing");
}

function startAgain() {
  for (const { imported } of cards) imported.close();
  cards = [];
  for (const place of [byId("certificates"), byId("ended").children[1]]) place.replaceChildren();
  show("picking");
}

/** @param {"picking" | "reading" | "found" | "nothing"} id */
function show(id) {
  for (const view of ["picking", "reading", "found", "nothing"]) byId(view).hidden = view !== id;
  byId("where").hidden = id === "reading" || id === "found";
  showFormError(byId("pick-refused"), null);
  const heading = byId(id).querySelector("h1, h2");
  /** @type {HTMLElement | null} */ (heading)?.focus({ preventScroll: id === "picking" });
}

/** Open the guide for this system, and let its addresses be copied. */
function initGuide() {
  const own = document.querySelector(`#where details[data-system=${systemOf()}]`);
  if (own instanceof HTMLDetailsElement) {
    own.open = true;
    own.parentElement?.prepend(own);
  }
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
    document.querySelectorAll("[data-copy]")
  ))
    onClick(button, async () => {
      await navigator.clipboard.writeText(button.dataset.copy ?? "");
      const words = button.textContent;
      button.textContent = _("Copied");
      setTimeout(() => (button.textContent = words), 2000);
    });
}
