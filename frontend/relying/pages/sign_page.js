/**
 * Signing a document: chosen, looked at, signed with a key that stays here, and saved.
 */
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CHECK } from "../../lib/dom/icons.js";
import { makeButton, makeLink, showFormError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, downloadFile, initPage, make, now, onClick, onSubmit } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
import { post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { randomBytes } from "../../lib/random.js";
import { utf8 } from "../../lib/bytes.js";
import { signFile, signPdf } from "../document_signing.js";
import { isPdf, showDocument } from "../views/document_preview.js";
import { SignerChoice } from "../views/signer_choice.js";
import { explainSigning } from "../views/signing_errors.js";

/** @typedef {import("../views/document_preview.js").ChosenDocument} ChosenDocument */
/** @typedef {import("../document_signing.js").SignedDocument} SignedDocument */
/** @typedef {{name: string, type: string, bytes: import("../../lib/bytes.js").Bytes}} NamedFile */

/** What is signed in the memory of the page. */
const MAX_FILE = 256 * 1024 * 1024;
const TYPES = Object.freeze({ pdf: "application/pdf", p7s: "application/pkcs7-signature" });

initPage();
showUncaughtErrors();
const form = byId("sign-form", HTMLFormElement);
const input = byId("document-input", HTMLInputElement);
const corner = byId("corner", HTMLSelectElement);
const pageNumber = byId("page-number", HTMLInputElement);
const signButton = byId("sign-go", HTMLButtonElement);
const refused = byId("sign-refused");
const signer = new SignerChoice(refused, () => signButton.focus());
/** @type {ChosenDocument | null} */
let chosen = null;

initChoosing();
onClick(byId("choose-other", HTMLButtonElement), () => chooseAgain());
form.addEventListener("change", () => showPlace());
await signer.show(new URLSearchParams(location.hash.slice(1)).get("with") ?? "");
onSubmit(form, () => {
  const missing = signer.findMissing() || findWrongPage();
  if (missing) refuse({ code: "", sentence: missing, next: "" });
  else void sign();
});

/** Hear what a document is chosen by: a button, a drop, a typed text. */
function initChoosing() {
  const drop = byId("drop");
  onClick(byId("pick-document", HTMLButtonElement), () => input.click());
  input.addEventListener("change", () => void takeFile(input.files?.[0]));
  for (const type of ["dragenter", "dragover"])
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  for (const type of ["dragleave", "drop"])
    drop.addEventListener(type, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    void takeFile(event.dataTransfer?.files[0]);
  });
  const textForm = byId("text-form", HTMLFormElement);
  const text = byId("text-input", HTMLTextAreaElement);
  onClick(byId("write-text", HTMLButtonElement), () => {
    textForm.hidden = false;
    text.focus();
  });
  onSubmit(textForm, () => {
    if (text.value === "") return sayChoice(_("Type the text first."));
    void take({ name: _("text.txt"), bytes: utf8(text.value), isText: true });
  });
}

/** @param {File | undefined} file */
async function takeFile(file) {
  if (!file) return;
  if (file.size > MAX_FILE) return sayChoice(_("This file is larger than 256 MB, which is too much for a browser."));
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes.length === 0) return sayChoice(_("This file is empty. Choose another one."));
    await take({ name: file.name, bytes, isText: false });
  } catch {
    sayChoice(_("This file cannot be read. Choose it again, or another one."));
  }
}

/** @param {ChosenDocument} taken */
async function take(taken) {
  chosen = taken;
  await showDocument(taken);
  const canCarry = isPdf(taken.bytes);
  const fits = taken.bytes.length <= Number(form.dataset.maxPdf);
  byId("ways").hidden = !canCarry || !fits;
  setWay(canCarry && fits ? "pdf" : "file");
  showPlace();
  show("document");
}

function chooseAgain() {
  chosen = null;
  input.value = "";
  signer.clear();
  show("choosing");
}

/** @param {"choosing" | "document" | "signed"} view */
function show(view) {
  byId("choosing").hidden = view !== "choosing";
  byId("document").hidden = form.hidden = view !== "document";
  byId("signed").hidden = view !== "signed";
  sayChoice("");
  showFormError(refused, null);
  const headings = { choosing: "sign-title", document: "document-name", signed: "signed" };
  const place = byId(headings[view]);
  (view === "signed" ? place.querySelector("h2") : place)?.focus();
}

/** @param {string} words */
function sayChoice(words) {
  byId("choose-refused").hidden = words === "";
  byId("choose-refused").textContent = words;
}

/** A place is asked for only where something is seen. */
function showPlace() {
  byId("place").hidden = way() !== "pdf";
  byId("page-field").hidden = corner.value === "";
}

const way = () => new FormData(form).get("way");

/** @param {"pdf" | "file"} value */
function setWay(value) {
  for (const one of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[name=way]")))
    one.checked = one.value === value;
}

function findWrongPage() {
  const text = pageNumber.value.trim();
  const isAsked = way() === "pdf" && corner.value !== "" && text !== "";
  return isAsked && !/^[1-9]\d*$/.test(text) ? _("Type the page as a number, or leave it empty.") : "";
}

async function sign() {
  if (chosen === null) return;
  const taken = chosen;
  signButton.disabled = true;
  signButton.textContent = _("Signing");
  showFormError(refused, null);
  try {
    const opened = await signer.open();
    if (way() === "pdf") {
      const page = Number(pageNumber.value.trim() || -1);
      const place = { page: corner.value ? page : -1, corner: corner.value };
      showSigned(taken, await signPdf(taken.bytes, opened, place, { post }), "pdf");
    } else {
      const dependencies = { post, randomBytes, now };
      showSigned(taken, await signFile(taken.bytes, opened, dependencies), "p7s");
    }
    signer.clear();
  } catch (error) {
    refuse(explainSigning(error));
  } finally {
    signButton.disabled = false;
    signButton.textContent = _("Sign it");
  }
}

/** @param {ChosenDocument} taken @param {SignedDocument} signed @param {"pdf" | "p7s"} kind */
function showSigned(taken, signed, kind) {
  const result = { name: nameOf(taken.name, kind), type: TYPES[kind], bytes: signed.bytes };
  const place = byId("signed");
  const save = makeButton(_("Save the signed PDF"), "primary", () => download(result));
  if (kind === "p7s") save.textContent = _("Save the signature");
  const text = { name: taken.name, type: "text/plain", bytes: taken.bytes };
  const others = taken.isText ? [makeButton(_("Save the text"), "plain", () => download(text))] : [];
  const again = makeButton(_("Sign another document"), "quiet", () => chooseAgain());
  const outcome = { icon: CHECK, look: "safe", title: _("It is signed"), lines: linesFor(signed, kind) };
  const check = makeLink(_("Check a signature"), "quiet", "/verify");
  showOutcome(place, outcome, save, ...others, again, check);
  save.id = "save-signed";
  if (signed.problem !== null) place.querySelector(".actions")?.before(makeProblemNote(signed));
  show("signed");
}

/** @param {SignedDocument} signed @param {"pdf" | "p7s"} kind */
function linesFor({ level }, kind) {
  const stamped = {
    "B-B": _("It has no time stamp."),
    "B-T": _("A time stamp of this centre proves when it was made."),
    "B-LT": _("A time stamp of this centre proves when it was made, and all that is needed to check it later is inside: it stays good even if the certificate ends or is revoked one day."),
  };
  const where =
    kind === "pdf"
      ? _("Open the PDF in any viewer that checks signatures. Do not print it to a new PDF: that would lose the signature.")
      : _("Hand on the document and this signature together. The document may not be changed.");
  return [stamped[level], where];
}

/** Say why there is less to it than there could be. @param {SignedDocument} signed */
function makeProblemNote({ problem }) {
  const { sentence, next } = messageOf(problem);
  const words = _("The signature is good, but the centre could not add its time stamp:");
  return make("p", { class: "notice time", role: "status" }, `${words} ${sentence} ${next}`);
}

/** @param {NamedFile} file */
const download = ({ name, type, bytes }) => downloadFile(name, bytes, type);

/** @param {string} name @param {"pdf" | "p7s"} kind */
function nameOf(name, kind) {
  if (kind === "p7s") return `${name}.p7s`;
  return `${name.replace(/\.pdf$/i, "")}${_("-signed")}.pdf`;
}

/** @param {import("../../lib/error_messages.js").ErrorText} errorText */
function refuse(errorText) {
  showFormError(refused, errorText);
  refused.scrollIntoView({ block: "nearest" });
}
