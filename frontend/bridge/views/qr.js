/**
 * Draws the QR code in the page where its secret was made.
 *
 * Pure: text in, SVG text out. Always black on white, because scanners expect it, in
 * the dark too.
 */
import encodeQR from "qr";

/** The text does not fit into a code that a phone reads from a screen at once. */
export class QrError extends Error {
  /** @readonly */ code = "qr_too_long";
}

/** ISO/IEC 18004 5.3.8: four empty modules on every side. */
const QUIET = 4;
/** Beyond version 10 the modules get too small for 240 pixels on a screen. */
const LARGEST = 10;

/**
 * Return the code as the text of one <svg> element and its QR version.
 *
 * Nothing of `text` stands in the SVG but black squares, so it can be put into a page
 * as it is.
 * @param {string} text
 * @returns {{svg: string, version: number}}
 * @throws {QrError}
 */
export function drawQr(text) {
  const modules = encodeModules(text);
  const size = modules.length;
  const version = (size - 2 * QUIET - 17) / 4;
  if (version > LARGEST) throw new QrError();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" `
    + `shape-rendering="crispEdges" aria-hidden="true">`
    + `<path fill="#fff" d="M0 0h${size}v${size}H0z"/>`
    + `<path fill="#000" d="${pathOf(modules)}"/></svg>`;
  return { svg, version };
}

/** @param {string} text */
function encodeModules(text) {
  try {
    return encodeQR(text, "raw", { ecc: "medium", border: QUIET });
  } catch {
    throw new QrError();
  }
}

/** One rectangle for each run of black modules. @param {boolean[][]} modules */
function pathOf(modules) {
  return modules.map((row, y) => {
    const runs = row.map((black) => (black ? "1" : "0")).join("").matchAll(/1+/g);
    return Array.from(runs, ({ 0: run, index }) =>
      `M${index} ${y}h${run.length}v1h-${run.length}z`).join("");
  }).join("");
}
