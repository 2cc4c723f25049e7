/**
 * What a holder calls a certificate in one browser. Pure.
 */
import { plainText } from "../pki/sanitize.js";

export const MAX_LOCAL_NAME = 30;

/**
 * Return a typed name as it is kept and shown: composed (NFC), one blank between words,
 * nothing that hides or reorders, at most 30 characters.
 * @param {string} typed
 * @returns {string} empty where nothing can be shown
 */
export function normalizeLocalName(typed) {
  return visibleCharacters(typed).slice(0, MAX_LOCAL_NAME).join("").trim();
}

/**
 * Return how many characters a typed name would have, were there no limit.
 * @param {string} typed
 * @returns {number}
 */
export const localNameLength = (typed) => visibleCharacters(typed).length;

/** @param {string} typed */
function visibleCharacters(typed) {
  const visible = plainText(typed.normalize("NFC").replace(/\s+/gu, " "));
  const words = visible.replaceAll("\uFFFD", "").trim().replace(/ +/gu, " ");
  return [...words];
}
