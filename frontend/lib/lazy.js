/**
 * Something that is made once, when it is first needed.
 */
import { CodedError } from "./errors.js";
import { get } from "./http.js";

/** Small and public: whether it comes tells whether the centre can be reached. */
const SMALL_FILE = "/robots.txt";

/**
 * Load a part of the page.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 * @throws {CodedError} `offline` where the centre does not answer; `part_not_loaded`
 *   where it does: a newer version has taken the part's place since the page was opened
 */
export async function loadModule(load) {
  try {
    return await load();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const reason = await get(SMALL_FILE, { credentials: "omit" }).then(
      () => "part_not_loaded",
      ({ code }) => (code === "offline" ? code : "part_not_loaded"),
    );
    throw new CodedError(reason, { cause: error });
  }
}

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
