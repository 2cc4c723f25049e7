/**
 * Something that is made once, when it is first needed.
 */
import { CodedError, withCodes } from "./errors.js";

/**
 * Load a part of the page; where that fails, it says that the centre does not answer.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
export const loadModule = (load) => withCodes(load, CodedError, "offline");

/**
 * Return what makes it; where that fails, the next one who asks tries again.
 * @template T
 * @param {() => Promise<T>} make
 * @returns {() => Promise<T>}
 */
export function lazy(make) {
  /** @type {Promise<T> | undefined} */
  let result;
  return () =>
    (result ??= make().catch((error) => {
      result = undefined;
      throw error;
    }));
}
