/**
 * The browser's small storages, also where it denies them: with site data blocked even
 * to name one throws.
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">}
 *   StorageLike */

/** What stands for a storage that is denied: nothing is in it, and it takes nothing.
 * @type {StorageLike} */
const DENIED = Object.freeze({
  length: 0,
  key: () => null,
  getItem: () => null,
  removeItem: () => {},
  setItem: () => {
    throw new DOMException("denied", "SecurityError");
  },
});

/**
 * Return a storage of this browser.
 * @param {"sessionStorage" | "localStorage"} name
 * @param {Partial<Record<string, any>>} [browser]
 * @returns {StorageLike}
 */
export function openStorage(name, browser = globalThis) {
  try {
    return browser[name] ?? DENIED;
  } catch {
    return DENIED;
  }
}
