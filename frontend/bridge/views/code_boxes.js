/**
 * Six boxes for the check code: typing moves on, deleting moves back, pasting fills.
 */

import { digitsIn } from "../../lib/digits.js";

/** The boxes in one fieldset. */
export class CodeBoxes {
  /** @type {HTMLElement} */ #group;
  /** @type {HTMLInputElement[]} */ #boxes;
  /** @type {(code: string) => void} */ #complete;

  /**
   * @param {HTMLElement} group
   * @param {(code: string) => void} complete gets six digits as soon as they are there
   */
  constructor(group, complete) {
    this.#group = group;
    this.#boxes = [...group.querySelectorAll("input")];
    this.#complete = complete;
    this.#boxes.forEach((box, at) => {
      box.addEventListener("input", () => this.#fill(at, box.value));
      box.addEventListener("keydown", (event) => this.#move(at, event));
      box.addEventListener("focus", () => box.select());
      box.addEventListener("paste", (event) => {
        event.preventDefault();
        this.#fill(at, event.clipboardData?.getData("text") ?? "");
      });
    });
  }

  /** Empty the boxes and begin at the first. @param {boolean} wrong */
  clear(wrong) {
    for (const box of this.#boxes) box.value = "";
    this.#group.classList.toggle("wrong", wrong);
    this.#boxes[0].focus();
  }

  /**
   * @param {number} at
   * @param {string} typed
   */
  #fill(at, typed) {
    const digits = digitsIn(typed).slice(0, this.#boxes.length - at);
    this.#boxes[at].value = "";
    [...digits].forEach((digit, i) => (this.#boxes[at + i].value = digit));
    const next = Math.min(at + digits.length, this.#boxes.length - 1);
    if (digits) {
      this.#group.classList.remove("wrong");
      this.#boxes[next].focus();
    }
    const code = this.#boxes.map((box) => box.value).join("");
    if (digits && code.length === this.#boxes.length) this.#complete(code);
  }

  /**
   * @param {number} at
   * @param {KeyboardEvent} event
   */
  #move(at, event) {
    const back = event.key === "Backspace" && this.#boxes[at].value === "";
    const step =
      back || event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const box = this.#boxes[at + step];
    if (step === 0 || box === undefined) return;
    event.preventDefault();
    if (back) box.value = "";
    box.focus();
  }
}
