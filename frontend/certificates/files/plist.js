/**
 * Property lists in XML, written (Apple's PropertyList-1.0): what a configuration profile
 * is made of. Pure.
 */

import { base64 } from "../../lib/bytes.js";
import { CodedError } from "../../lib/errors.js";

/**
 * @typedef {string | number | boolean | Uint8Array | PropertyValue[]
 *   | {[key: string]: PropertyValue}} PropertyValue
 */

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" ' +
  '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';
/** What XML 1.0 has no way to say, escaped or not (section 2.2), and half a character. */
const UNWRITABLE =
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/**
 * Return a property list as text.
 * @param {PropertyValue} value whole numbers only
 * @returns {string}
 * @throws {CodedError} `plist_form` where a value cannot be written
 */
export function writePlist(value) {
  return `${HEAD}<plist version="1.0">${element(value)}</plist>\n`;
}

/** @param {PropertyValue} value @returns {string} */
function element(value) {
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new CodedError("plist_form");
    return `<integer>${value}</integer>`;
  }
  if (value instanceof Uint8Array) return `<data>${base64(value)}</data>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join("")}</array>`;
  if (value === null || typeof value !== "object") throw new CodedError("plist_form");
  const entries = Object.entries(value).map(
    ([key, inside]) => `<key>${escapeText(key)}</key>${element(inside)}`,
  );
  return `<dict>${entries.join("")}</dict>`;
}

/** @param {string} text */
function escapeText(text) {
  if (UNWRITABLE.test(text)) throw new CodedError("plist_form");
  return text.replace(/[&<>\r]/g, (sign) => ESCAPES[sign]);
}
