/**
 * The six boxes at the device at which the digits of the other screen are typed.
 */
import { byId, showView } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { TRIES } from "../core/code_entry.js";
import { CodeBoxes } from "./code_boxes.js";

/** The boxes of a page, and what is said beside them. */
export class CodeEntryView {
  /** @type {CodeBoxes} */ #boxes;
  #triesLeft = TRIES;

  /** @param {(code: string) => void} complete gets six digits as soon as they are there */
  constructor(complete) {
    this.#boxes = new CodeBoxes(byId("code"), complete);
  }

  /** A fresh pairing has all its tries. */
  reset() {
    this.#triesLeft = TRIES;
  }

  /**
   * Ask for the digits; again, where they were wrong.
   * @param {number} left tries
   * @param {string} device what the other device is called
   */
  ask(left, device) {
    byId("typing-title").textContent = _("Type the six digits that %(device)s shows", {
      device,
    });
    showView("view-typing");
    const wrong = left < this.#triesLeft;
    this.#triesLeft = left;
    if (wrong) {
      byId("code-note").textContent = _(
        "These were not the digits on the other screen. Tries left: %(left)s",
        { left },
      );
    }
    this.#boxes.clear(wrong);
  }
}
