/**
 * Fields for a few digits each: typing moves on, deleting moves back, pasting fills all,
 * and the form goes on by itself after the last digit.
 *
 * It goes on after what a person typed or pasted, never after what a browser or a
 * password manager filled in: nobody has looked at that.
 */
import { digitsIn } from "../../lib/digits.js";

const TAB_HABIT_MS = 700;

/** The `[data-digits]` or the `[data-date]` of one form. */
export class DigitFields {
  /** @type {HTMLInputElement[]} */ #fields;
  /** @type {() => void} */ #onComplete;
  #isSubmitted = false;
  /** Whether a key or a paste comes before what is put in; a browser that fills has none. */
  #isByHand = false;
  /** When the focus jumped last: a Tab out of habit would leave the field it came to. */
  #jumpedAt = 0;

  /**
   * @param {HTMLInputElement[]} fields in their order
   * @param {() => void} onComplete once all are complete
   */
  constructor(fields, onComplete) {
    this.#fields = fields;
    this.#onComplete = onComplete;
    fields.forEach((field, at) => {
      field.addEventListener("input", (event) =>
        this.#handleInput(at, /** @type {InputEvent} */ (event)),
      );
      field.addEventListener("keydown", (event) => this.#handleKey(at, event));
      field.addEventListener("paste", (event) => this.#handlePaste(at, event));
    });
  }

  /** @param {number} at @param {InputEvent} event */
  #handleInput(at, { inputType }) {
    const isByHand = this.#isByHand;
    this.#isByHand = false;
    if (!isByHand || !(inputType ?? "").startsWith("insert")) return;
    if (!isComplete(this.#fields[at])) return;
    this.#advance(at);
  }

  /** @param {number} at @param {KeyboardEvent} event */
  #handleKey(at, event) {
    this.#isByHand = true;
    const isHabit = event.key === "Tab" && !event.shiftKey;
    if (isHabit && this.#fields[at].value === "" && event.timeStamp < this.#jumpedAt + TAB_HABIT_MS) {
      this.#jumpedAt = 0;
      event.preventDefault();
      return;
    }
    const previous = this.#fields[at - 1];
    if (event.key !== "Backspace" || this.#fields[at].value !== "" || !previous) return;
    event.preventDefault();
    previous.value = previous.value.slice(0, -1);
    previous.focus();
  }

  /** @param {number} at @param {ClipboardEvent} event */
  #handlePaste(at, event) {
    this.#isByHand = true;
    if (this.#fields.length === 1) return; // the browser does it; then it is typed
    const digits = digitsIn(event.clipboardData?.getData("text") ?? "");
    if (digits === "") return;
    event.preventDefault();
    let rest = digits;
    let last = at;
    for (let i = at; i < this.#fields.length && rest !== ""; i += 1) {
      const length = fieldLength(this.#fields[i]);
      this.#fields[i].value = rest.slice(0, length);
      rest = rest.slice(length);
      last = i;
    }
    this.#fields[last].focus();
    if (isComplete(this.#fields[last])) this.#advance(last);
  }

  /** Go on from a field that is complete. @param {number} at */
  #advance(at) {
    const incomplete = this.#fields.find((field) => !isComplete(field));
    if (incomplete === undefined) {
      if (this.#isSubmitted) return;
      this.#isSubmitted = true;
      this.#onComplete();
    } else if (this.#fields[at + 1]) {
      this.#fields[at + 1].focus();
      this.#fields[at + 1].select();
      this.#jumpedAt = performance.now();
    }
  }
}

/** @param {HTMLInputElement} field */
const fieldLength = (field) => Number(field.dataset.digits);

/** @param {HTMLInputElement} field */
function isComplete(field) {
  if (field.dataset.date !== undefined) return isDate(field.value);
  return digitsIn(field.value).length === fieldLength(field);
}

/**
 * Tell whether `text` is a whole date of eight digits, such as 19900131.
 * @param {string} text
 */
function isDate(text) {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  if (!year || Number(year) < 1900) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
