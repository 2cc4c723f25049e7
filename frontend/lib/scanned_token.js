/**
 * What a scanned code says after `#`: read once and taken out of the address, so that
 * neither history nor a shared link has it. A reload of the same tab finds it again.
 */

const NAME = "certferry-request";

/**
 * @param {{location: Pick<Location, "hash" | "pathname">,
 *   history: Pick<History, "replaceState">}} page
 * @param {import("./storage.js").StorageLike} storage of this tab
 * @param {string} [name] of what it is kept under, until it has ended
 * @returns {string} empty where there is none
 */
export function takeToken({ location, history }, storage, name = NAME) {
  const token = location.hash.slice(1);
  if (token === "") return storage.getItem(name) ?? "";
  try {
    storage.setItem(name, token);
  } catch {
    return token; // it stays in the address: a reload would lose it otherwise
  }
  history.replaceState(null, "", location.pathname);
  return token;
}

/**
 * Forget it, when what it opened has ended.
 * @param {import("./storage.js").StorageLike} storage
 * @param {string} [name]
 */
export const dropToken = (storage, name = NAME) => storage.removeItem(name);
