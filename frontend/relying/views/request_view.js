/**
 * Shows a request on the device that answers it: who asks, what for, and from where.
 */
import { Countdown } from "../../lib/dom/countdown.js";
import { byId, make } from "../../lib/dom/page.js";
import { hex } from "../../lib/bytes.js";
import { _ } from "../../lib/i18n.js";
import { documentDigest } from "../hash_contents.js";

/**
 * What the centre tells of a request; `numbers` is empty where none is to be picked.
 * @typedef {Omit<import("../request_statement.js").Statement, "centre" | "fingerprint"> & {
 *   secondsLeft: number, browser: {network: string, device: string, isProgram: boolean}, numbers: string[],
 *   files: {document: number, type: string}[],
 * }} OpenedRequest
 */
/** @typedef {import("../request_statement.js").AskedDocument} AskedDocument */

/**
 * @param {OpenedRequest} request
 * @param {(document: number, place: HTMLElement) => Promise<void>} showDocument
 * @returns {Countdown} that runs
 */
export function showRequest(request, showDocument) {
  const { asker, contents, numbers, browser } = request;
  byId("asker-name").textContent = asker.name;
  byId("asker-origin").textContent = asker.origin;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-purpose]")
  ))
    element.hidden = element.dataset.purpose !== contents.purpose;
  showContents(contents);
  if (contents.purpose === "sign_hashes") showHashes(contents);
  showDocuments(request, showDocument);
  showBrowser(browser, numbers.length === 0);
  showNumbers(numbers);
  const countdown = new Countdown(byId("time-left"));
  countdown.start(request.secondsLeft);
  return countdown;
}

/** The number that was picked; empty where none was. */
export const pickedNumber = () =>
  byId("numbers").querySelector("input:checked")?.getAttribute("value") ?? "";

/** @param {import("../request_statement.js").Contents} contents */
function showContents({ text = "", facts = [] }) {
  byId("consent-text").textContent = text;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-fact]")
  ))
    element.hidden = !facts.includes(element.dataset.fact ?? "");
}

/**
 * List the documents; those that were sent can be read here, one at a time.
 * @param {OpenedRequest} request
 * @param {(document: number, place: HTMLElement) => Promise<void>} showDocument
 */
function showDocuments({ contents: { documents = [] }, files }, showDocument) {
  const readable = new Set(files.map(({ document }) => document));
  const rows = documents.map((document, at) => {
    const row = documentRow(document);
    if (readable.has(at + 1)) row.append(...reader(at + 1, document.title, showDocument));
    return row;
  });
  byId("documents").replaceChildren(...rows);
  byId("documents-elsewhere").hidden = readable.size === documents.length;
  byId("certificate-goes-along").hidden = documents.every(({ format }) => format === "statement");
}

/** @param {AskedDocument} document */
function documentRow({ title, digest, format = "statement" }) {
  const code = make("code", { class: "hash", translate: "no" }, digest);
  const more = make("details", { class: "more" });
  more.append(make("summary", {}, _("Its fingerprint (SHA-256)")));
  more.append(make("p", { class: "small" }, code));
  const formats = {
    ...{ statement: "", cms: _("Your signature becomes a file beside it.") },
    pdf: _("Your signature goes into the PDF itself."),
  };
  const line = make("p", { class: "soft small" }, formats[format]);
  return make("li", {}, make("b", { translate: "no" }, title), ...(formats[format] ? [line] : []), more);
}

/**
 * Return a button that shows a document, and the place where it is shown.
 * @param {number} document
 * @param {string} title
 * @param {(document: number, place: HTMLElement) => Promise<void>} showDocument
 */
function reader(document, title, showDocument) {
  const place = make("div", { class: "asked-preview" });
  const button = /** @type {HTMLButtonElement} */ (make("button", { class: "button plain", type: "button", "aria-label": _("Read it here: %(title)s", { title }) }, _("Read it here")));
  button.addEventListener("click", async () => {
    button.disabled = true;
    for (const other of globalThis.document.querySelectorAll(".asked-preview")) other.replaceChildren();
    await showDocument(document, place);
    button.disabled = false;
  });
  return [make("p", {}, button), place];
}

/** @param {import("../request_statement.js").Contents} contents */
function showHashes({ description = "", hashes = [], attributes = [] }) {
  const isBare = attributes.length === 0;
  byId("hashes-bare").hidden = !isBare;
  byId("hashes-known").hidden = isBare;
  byId("hashes-described").hidden = description === "";
  byId("hashes-description").textContent = description;
  byId("hashes-label").textContent =
    hashes.length === 1
      ? _("It asks for one signature.")
      : _("It asks for %(n)s signatures.", { n: hashes.length });
  const digests = isBare ? hashes : attributes.map((one) => hex(documentDigest(one)));
  byId("hashes").replaceChildren(
    ...digests.map((digest) =>
      make("li", {}, make("code", { class: "hash", translate: "no" }, digest)),
    ),
  );
}

/**
 * @param {{network: string, device: string, isProgram: boolean}} browser
 * @param {boolean} isSame
 */
function showBrowser({ network, device, isProgram }, isSame) {
  const deviceCell = byId("browser-device");
  const networkCell = byId("browser-network");
  byId("asked-where").hidden = isProgram;
  byId("asked-by-program").hidden = !isProgram;
  deviceCell.textContent = device || (deviceCell.dataset.unknown ?? "");
  const other = network || (networkCell.dataset.unknown ?? "");
  networkCell.textContent = isSame ? (networkCell.dataset.same ?? "") : other;
  byId("elsewhere").hidden = isSame;
}

/** @param {string[]} numbers */
function showNumbers(numbers) {
  byId("numbers").hidden = numbers.length === 0;
  byId("number-choices").replaceChildren(
    ...numbers.map((number) =>
      make(
        "label",
        { class: "choice" },
        make("input", { type: "radio", name: "number", value: number }),
        make("span", { class: "figures", translate: "no" }, number),
      ),
    ),
  );
}
