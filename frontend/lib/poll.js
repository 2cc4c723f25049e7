/**
 * Asking the server now and then how something stands.
 */
import { get } from "./http.js";

/**
 * Get the JSON at `url` after `interval` milliseconds, and again until `isDone` says that
 * it is over. A question that is not answered is asked again.
 * @param {string} url
 * @param {number} interval
 * @param {(state: any) => boolean} isDone
 */
export function poll(url, interval, isDone) {
  setTimeout(async () => {
    const response = await get(url).catch(() => null);
    const state = await response?.json().catch(() => null);
    if (!state || !isDone(state)) poll(url, interval, isDone);
  }, interval);
}
