/**
 * Fields for a few digits each: typing moves on, deleting moves back, pasting fills all,
 * and the form goes on by itself after the last digit.
 *
 * It goes on after what a person typed or pasted, never after what a browser or a
 * password manager filled in: nobody has looked at that.
 */
import { digitsIn } from "../../lib/digits.js";

const HABIT_MS = 700;

/** The `[data-digits]` or the `[data-date]` of one form. */
export class DigitFields {
  /** @type {HTMLInputElement[]} */ #fields;
  /** @type {() => void} */ #goOn;
  #wentOn = false;
  /** Whether a key or a paste comes before what is put in; a browser that fills has none. */
  #isByHand = false;
  /** When the focus jumped last: a Tab out of habit would leave the field it came to. */
  #jumpedAt = 0;

  /**
   * @param {HTMLInputElement[]} fields in their order
   * @param {() => void} goOn once all are complete
   */
  constructor(fields, goOn) {
    this.#fields = fields;
    this.#goOn = goOn;
    fields.forEach((field, at) => {
      field.addEventListener("input", (event) =>
        this.#typed(at, /** @type {InputEvent} */ (event)),
      );
      field.addEventListener("keydown", (event) => this.#move(at, event));
      field.addEventListener("paste", (event) => this.#paste(at, event));
    });
  }

  /**
   * @param {number} at
   * @param {InputEvent} event
   */
  #typed(at, { inputType }) {
    const isByHand = this.#isByHand;
    this.#isByHand = false;
    if (!isByHand || !(inputType ?? "").startsWith("insert")) return;
    if (!isComplete(this.#fields[at])) return;
    this.#after(at);
  }

  /**
   * @param {number} at
   * @param {KeyboardEvent} event
   */
  #move(at, event) {
    this.#isByHand = true;
    const isHabit = event.key === "Tab" && !event.shiftKey;
    if (isHabit && this.#fields[at].value === "" && event.timeStamp < this.#jumpedAt + HABIT_MS) {
      this.#jumpedAt = 0;
      event.preventDefault();
      return;
    }
    const before = this.#fields[at - 1];
    if (event.key !== "Backspace" || this.#fields[at].value !== "" || !before) return;
    event.preventDefault();
    before.value = before.value.slice(0, -1);
    before.focus();
  }

  /**
   * @param {number} at
   * @param {ClipboardEvent} event
   */
  #paste(at, event) {
    this.#isByHand = true;
    if (this.#fields.length === 1) return; // the browser does it; then it is typed
    const digits = digitsIn(event.clipboardData?.getData("text") ?? "");
    if (digits === "") return;
    event.preventDefault();
    let rest = digits;
    let last = at;
    for (let each = at; each < this.#fields.length && rest !== ""; each += 1) {
      const length = lengthOf(this.#fields[each]);
      this.#fields[each].value = rest.slice(0, length);
      rest = rest.slice(length);
      last = each;
    }
    this.#fields[last].focus();
    if (isComplete(this.#fields[last])) this.#after(last);
  }

  /** Go on from a field that is complete. @param {number} at */
  #after(at) {
    const open = this.#fields.find((field) => !isComplete(field));
    if (open === undefined) {
      if (this.#wentOn) return;
      this.#wentOn = true;
      this.#goOn();
    } else if (this.#fields[at + 1]) {
      this.#fields[at + 1].focus();
      this.#fields[at + 1].select();
      this.#jumpedAt = performance.now();
    }
  }
}

/** @param {HTMLInputElement} field */
const lengthOf = (field) => Number(field.dataset.digits);

/** @param {HTMLInputElement} field */
function isComplete(field) {
  if (field.dataset.date !== undefined) return isDate(field.value);
  return digitsIn(field.value).length === lengthOf(field);
}

/**
 * Tell whether `text` is a whole date of eight digits, such as 19900131.
 * @param {string} text
 */
export function isDate(text) {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  if (!year || Number(year) < 1900) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
