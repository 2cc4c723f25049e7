/**
 * A list of real states: what is done, what is going on, what comes.
 */
import { make } from "./page.js";

/** One list on a page. */
export class ProgressList {
  /** @type {Map<string, HTMLElement>} */ #items = new Map();

  /**
   * @param {HTMLElement} place an empty list
   * @param {[string, string][]} steps code and words, in order
   */
  constructor(place, steps) {
    for (const [code, words] of steps) {
      this.#items.set(code, make("li", {}, words));
    }
    place.replaceChildren(...this.#items.values());
  }

  /**
   * Say that `code` is going on now; everything before it is done.
   * @param {string} code a code that is not in the list says that all is done
   */
  reach(code) {
    const codes = [...this.#items.keys()];
    const here = codes.includes(code) ? codes.indexOf(code) : codes.length;
    codes.forEach((step, at) => {
      const item = this.#items.get(step);
      item?.classList.toggle("done", at < here);
      item?.classList.toggle("now", at === here);
    });
  }
}
