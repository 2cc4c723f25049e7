/**
 * What a scanned code says after `#`: read once and taken out of the address, so that
 * neither history nor a shared link has it. A reload of the same tab finds it again.
 */

const NAME = "certferry-request";

/**
 * @param {{location: Pick<Location, "hash" | "pathname">,
 *   history: Pick<History, "replaceState">}} page
 * @param {import("../lib/storage.js").StorageLike} storage of this tab
 * @returns {string} empty where there is none
 */
export function takeToken({ location, history }, storage) {
  const token = location.hash.slice(1);
  if (token === "") return storage.getItem(NAME) ?? "";
  try {
    storage.setItem(NAME, token);
  } catch {
    return token; // it stays in the address: a reload would lose it otherwise
  }
  history.replaceState(null, "", location.pathname);
  return token;
}

/** Forget it, when the request has ended. @param {import("../lib/storage.js").StorageLike} storage */
export const dropToken = (storage) => storage.removeItem(NAME);
