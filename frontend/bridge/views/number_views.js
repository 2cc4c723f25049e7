/**
 * The field for the twelve digits: grouped while one types, checked at the last.
 */
import { digitsIn } from "../../lib/digits.js";
import { byId } from "../../lib/dom/page.js";
import { messageForCode } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { checkNumber, directionFor, groupNumber } from "../core/pairing_number.js";
import "../core/pairing_messages.js";

const DIGITS = 12;

/** The field of a page. */
export class NumberField {
  #field = byId("number", HTMLInputElement);
  #note = byId("number-note");
  #says = byId("number-says");

  constructor() {
    this.#field.addEventListener("input", () => this.#group());
  }

  /** Begin with what was typed while this was loaded. */
  begin() {
    this.#group();
  }

  /**
   * Return the number, or say what is wrong with it.
   * @returns {string | null}
   */
  read() {
    const digits = digitsIn(this.#field.value);
    this.#check();
    if (digits.length < DIGITS) {
      this.#say(_("The number has 12 digits. Type all of them."));
    }
    const number = checkNumber(digits);
    if (number !== null) return number;
    this.#field.focus();
    return null;
  }

  /** Keep groups of four, and the cursor where it was among the digits. */
  #group() {
    const { value, selectionStart } = this.#field;
    const digits = digitsIn(value).slice(0, DIGITS);
    const before = digitsIn(value.slice(0, selectionStart ?? value.length)).length;
    this.#field.value = groupNumber(digits);
    const at = groupNumber(digits.slice(0, before)).length;
    this.#field.setSelectionRange(at, at);
    this.#check();
  }

  #check() {
    const digits = digitsIn(this.#field.value);
    const wrong = digits.length === DIGITS && checkNumber(digits) === null;
    const { sentence, next } = messageForCode("number_mistyped");
    this.#say(wrong ? `${sentence} ${next}` : "");
    const number = checkNumber(digits);
    this.#says.hidden = number === null;
    if (number === null) return;
    this.#says.textContent = meaningOf(directionFor(number));
  }

  /** @param {string} words */
  #say(words) {
    if (this.#note.textContent !== words) this.#note.textContent = words;
    if (words) this.#field.setAttribute("aria-invalid", "true");
    else this.#field.removeAttribute("aria-invalid");
  }
}

/** Say which way a certificate goes. @param {import("../core/protocol.js").Dir} dir */
function meaningOf(dir) {
  if (dir === "GK")
    return _("With this number a key is made on this device, and its certificate comes here.");
  return dir === "GS"
    ? _("With this number the certificate comes from the other device to this one.")
    : _("With this number a certificate goes from this device to the other one.");
}
