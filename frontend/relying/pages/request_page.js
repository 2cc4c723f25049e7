/**
 * The page on the device: a request is read, and approved with one signature for each
 * thing that is asked for, or declined.
 */
import { openSigningKey } from "../../certificates/key_proof.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CHECK, PAUSED } from "../../lib/dom/icons.js";
import { showError, showFormError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, initPage, make, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { copy, hex } from "../../lib/bytes.js";
import { messageForCode, messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { loadModule } from "../../lib/lazy.js";
import { dropToken, takeToken } from "../../lib/scanned_token.js";
import { openStorage } from "../../lib/storage.js";
import { readCertificate } from "../../pki/certificate.js";
import { PreparedPdfError } from "../prepared_pdf.js";
import { isDocument, signRequest } from "../request_signing.js";
import { makePreview } from "../views/document_preview.js";
import { pickedNumber, showRequest } from "../views/request_view.js";
import { SignerChoice } from "../views/signer_choice.js";
import { explainSigning } from "../views/signing_errors.js";

/** @typedef {import("../views/request_view.js").OpenedRequest} OpenedRequest */

/** Refusals after which nothing on this page can be done any more. */
const FINAL = new Set([
  ...["request_unknown", "request_approved", "request_declined", "request_expired"],
  ...["request_withdrawn", "request_number_wrong"],
]);

/** A large document over a slow line. */
const DOCUMENT_TIMEOUT_MS = 180_000;

initPage();
showUncaughtErrors();
const storage = openStorage("sessionStorage");
const token = takeToken(globalThis, storage);
const form = byId("sign-form", HTMLFormElement);
const approveButton = byId("approve", HTMLButtonElement);
const declineButton = byId("decline", HTMLButtonElement);
const refused = byId("sign-refused");
const signer = new SignerChoice(refused, () => approveButton.focus());
// Another code scanned in the same tab changes the fragment only.
addEventListener("hashchange", () => location.reload());
if (token === "") end(messageForCode("link_empty"));
else await begin();

async function begin() {
  /** @type {OpenedRequest} */
  let request;
  let countdown;
  /** @type {ReturnType<typeof documentsOf>} */
  let documents;
  try {
    request = await (await post("/a/open", { token })).json();
    documents = documentsOf(request);
    countdown = showRequest(request, (number, place) => showDocument(request, documents, number, place));
  } catch (error) {
    return end(messageOf(error));
  }
  const openedAt = { seconds: request.expiresAt - request.secondsLeft, at: performance.now() };
  const clock = () => openedAt.seconds + Math.floor((performance.now() - openedAt.at) / 1000);
  // A program names the certificate by its hash, which is how it is stored here.
  const { purpose, binding } = request.contents;
  await signer.show(purpose === "sign_hashes" ? binding : "");
  showView("view-request");
  onSubmit(form, () => {
    const missing = findMissing(request) || signer.findMissing();
    if (missing) refuse({ code: "", sentence: missing, next: "" });
    else void answer(() => approve(request, documents, clock()), countdown);
  });
  onClick(declineButton, () => void answer(decline, countdown));
}

/** @param {OpenedRequest} request */
const findMissing = ({ numbers }) =>
  numbers.length > 0 && pickedNumber() === ""
    ? _("Pick the number that the asking page shows.")
    : "";

/**
 * Answer, and show how it ended.
 * @param {() => Promise<import("../../lib/dom/countdown.js").Countdown | void>} work
 * @param {import("../../lib/dom/countdown.js").Countdown} countdown
 */
async function answer(work, countdown) {
  approveButton.disabled = declineButton.disabled = true;
  showFormError(refused, null);
  try {
    await work();
    countdown.stop();
    dropToken(storage);
    signer.clear();
  } catch (error) {
    if (FINAL.has(errorCode(error))) end(messageOf(error));
    else refuse(explainSigning(error));
  } finally {
    approveButton.disabled = declineButton.disabled = false;
  }
}

/**
 * How documents are read, each fetched once, and made ready for a certificate.
 * @param {OpenedRequest} request
 */
function documentsOf({ files }) {
  const isKept = new Set(files.map(({ document }) => document));
  /** @type {Map<number, Promise<import("../../lib/bytes.js").Bytes>>} */
  const read = new Map();
  return {
    /** @param {number} document */
    read(document) {
      const bytes = read.get(document) ?? fetchBytes("/a/document", { document });
      if (isKept.has(document)) read.set(document, bytes);
      bytes.catch(() => read.delete(document));
      return bytes;
    },
    /** @param {number} document @param {string} serial */
    prepare: (document, serial) => fetchBytes("/a/prepared", { document, serial }),
  };
}

/** @param {string} path @param {object} order */
async function fetchBytes(path, order) {
  const response = await post(path, { token, ...order }, { timeout: DOCUMENT_TIMEOUT_MS });
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Show a document below its title; one that is another than was asked for is not shown.
 * @param {OpenedRequest} request
 * @param {ReturnType<typeof documentsOf>} documents
 * @param {number} number
 * @param {HTMLElement} place
 */
async function showDocument({ contents, files }, documents, number, place) {
  const asked = (contents.documents ?? [])[number - 1];
  try {
    const bytes = await documents.read(number);
    if (!(await isDocument(bytes, asked))) throw new PreparedPdfError();
    const isText = files.some(({ document, type }) => document === number && type === "text/plain");
    place.replaceChildren(makePreview({ name: asked.title, bytes, isText }));
  } catch (error) {
    const notice = make("p", { class: "notice stop", role: "alert" });
    showFormError(notice, messageOf(error));
    place.replaceChildren(notice);
  }
}

/**
 * @param {OpenedRequest} request
 * @param {ReturnType<typeof documentsOf>} documents
 * @param {number} signedAt seconds since 1970, as the centre counts them
 */
async function approve(request, documents, signedAt) {
  const { certificate, key: opened } = await signer.openAs(await openerFor(request.contents));
  const digest = await crypto.subtle.digest("SHA-256", copy(certificate));
  const fingerprint = hex(new Uint8Array(digest));
  const statement = { ...request, centre: location.origin, fingerprint };
  const { serial } = readCertificate(certificate);
  const signedAfter = Math.max(0, signedAt - request.askedAt);
  const { read, prepare } = documents;
  const prepared = { read, prepare: (/** @type {number} */ number) => prepare(number, serial) };
  const { key } = opened;
  const signatures = await signRequest(statement, { certificate, key }, prepared, request.askedAt + signedAfter);
  signatures.push(...(await opened.signHashes()));
  const body = { token, serial, signatures: signatures.map(hex), number: pickedNumber(), signedAfter };
  const { next } = await (await post("/a/approve", body, { timeout: DOCUMENT_TIMEOUT_MS })).json();
  showEnd(_("Approved"), CHECK, "safe", next, _("Go on where you were asked: that page goes on by itself."));
}

/**
 * Return what opens a key for a request; what signs hashes is loaded for them alone.
 * @param {import("../request_statement.js").Contents} contents
 * @returns {Promise<import("../hash_signing.js").KeyOpener>}
 */
async function openerFor(contents) {
  if (contents.purpose === "sign_hashes") {
    const { hashSigner } = await loadModule(() => import("../hash_signing.js"));
    return hashSigner(contents);
  }
  return async (...locked) => ({
    key: await openSigningKey(...locked),
    signHashes: async () => [],
  });
}

async function decline() {
  const { next } = await (await post("/a/decline", { token })).json();
  showEnd(_("It was declined"), PAUSED, "calm", next, _("Nothing was signed and nothing was told."));
}

/**
 * @param {string} title
 * @param {string} icon
 * @param {string} look
 * @param {string} next where this browser goes on, where it is the one that asked
 * @param {string} line
 */
function showEnd(title, icon, look, next, line) {
  showOutcome(byId("ended"), { icon, look, title, lines: [line] });
  showView("view-ended");
  if (next !== "") location.replace(next);
}

/** @param {import("../../lib/error_messages.js").ErrorText} errorText */
function end(errorText) {
  dropToken(storage);
  showError(byId("ended"), errorText);
  showView("view-ended");
}

/** @param {import("../../lib/error_messages.js").ErrorText} errorText */
function refuse(errorText) {
  showFormError(refused, errorText);
  refused.scrollIntoView({ block: "nearest" });
}
