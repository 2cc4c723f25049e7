/**
 * What is going to be signed, as its signer sees it: a text, a picture, a PDF in the
 * browser's own viewer, and of everything else name, size and hash.
 */
import { byId, make } from "../../lib/dom/page.js";
import { hex } from "../../lib/bytes.js";
import { _ } from "../../lib/i18n.js";
import { plainText } from "../../pki/sanitize.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {{name: string, bytes: Bytes, isText: boolean}} ChosenDocument */

const PICTURES = Object.freeze(
  /** @type {Record<string, string>} */ ({
    png: "image/png",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    webp: "image/webp",
    gif: "image/gif",
  }),
);
const TEXTS = new Set(["txt", "md", "csv", "json", "xml", "log", "html", "htm", "yaml", "yml"]);
/** Longer ones are shown by their beginning. */
const MAX_TEXT = 20_000;
const PDF_START = "%PDF-";
const PDF_START_WITHIN = 1024;

/** The address of what is shown; let go of when another is chosen. */
let address = "";

/** Show a document with its size and hash. @param {ChosenDocument} chosen */
export async function showDocument(chosen) {
  byId("document-name").textContent = plainText(chosen.name);
  byId("document-size").textContent = describeSize(chosen.bytes.length);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", chosen.bytes));
  byId("document-hash").textContent = hex(hash);
  byId("preview").replaceChildren(makePreview(chosen));
}

/** Whether a file begins as a PDF does. @param {Uint8Array} bytes */
export function isPdf(bytes) {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, PDF_START_WITHIN));
  return start.includes(PDF_START);
}

/** Return what a document looks like; what was made before may be gone by that. @param {ChosenDocument} chosen */
export function makePreview(chosen) {
  const kind = chosen.name.split(".").at(-1)?.toLowerCase() ?? "";
  if (isPdf(chosen.bytes)) return makePdfPreview(chosen);
  if (Object.hasOwn(PICTURES, kind)) {
    const src = addressOf(chosen.bytes, PICTURES[kind]);
    return make("img", { src, alt: _("The picture that you sign"), class: "preview-picture" });
  }
  if (chosen.isText || TEXTS.has(kind)) return makeTextPreview(chosen.bytes);
  const words = _("This kind of file cannot be shown here. Open it in its own program to be sure that it is the right one.");
  return make("p", { class: "soft" }, words);
}

/** @param {ChosenDocument} chosen */
function makePdfPreview({ bytes, name }) {
  const src = addressOf(bytes, "application/pdf");
  const frame = make("iframe", { src, title: plainText(name), class: "preview-pdf" });
  const words = _("Open it in a tab of its own");
  const link = make("a", { href: src, target: "_blank", rel: "noopener" }, words);
  // Phones show no PDF inside of a page.
  const hasViewer = navigator.pdfViewerEnabled !== false;
  return make("div", { class: "stack" }, ...(hasViewer ? [frame] : []), make("p", {}, link));
}

/** @param {Bytes} bytes */
function makeTextPreview(bytes) {
  const text = new TextDecoder().decode(bytes);
  const start = text.slice(0, MAX_TEXT);
  const box = make("pre", { class: "preview-text", tabindex: "0", translate: "no" }, start);
  if (start.length === text.length) return box;
  const note = _("Only its beginning is shown here; all of it is signed.");
  return make("div", {}, box, make("p", { class: "soft small" }, note));
}

/** @param {Bytes} bytes @param {string} type */
function addressOf(bytes, type) {
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(new Blob([bytes], { type }));
  return address;
}

/** @param {number} size octets */
function describeSize(size) {
  if (size < 1024) return _("%(n)s bytes", { n: size });
  if (size < 1024 * 1024) return _("%(n)s KB", { n: rounded(size / 1024) });
  return _("%(n)s MB", { n: rounded(size / 1024 / 1024) });
}

/** @param {number} number */
const rounded = (number) => Math.round(number * 10) / 10;
