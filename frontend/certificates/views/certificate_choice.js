/**
 * A certificate that is kept here, as one of several to choose from.
 */
import { make } from "../../lib/dom/page.js";
import { CertificateDisplay, describeOrigin, summaryOf } from "./certificate_display.js";
import { certificateIdFor } from "../status_watch.js";
import { isOver } from "../validity.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */

/** One choice; `element` goes into a fieldset. */
export class CertificateChoice {
  #certificate;
  #watch;
  #display;
  #box;
  /** @type {HTMLInputElement} */ #input;

  /**
   * @param {StoredCertificate} stored
   * @param {string} field the name of the radio buttons
   * @param {import("../status_watch.js").StatusWatch} watch
   */
  constructor(stored, field, watch) {
    const certificate = summaryOf(stored);
    const { id } = stored;
    const input = make("input", { type: "radio", name: field, value: id });
    this.#input = /** @type {HTMLInputElement} */ (input);
    this.#display = new CertificateDisplay(certificate, describeOrigin(stored), true);
    this.#box = make("span", {}, ...this.#display.elements);
    /** @readonly */ this.stored = stored;
    this.#certificate = certificate;
    this.#watch = watch;
    /** @readonly */ this.id = certificateIdFor(stored, certificate);
    /** @readonly */ this.element = make("label", { class: "choice" }, input, this.#box);
  }

  get isChosen() {
    return this.#input.checked;
  }

  /** Whether it is over; then it cannot be chosen. */
  get isOver() {
    return this.#input.disabled;
  }

  /** Choose it, unless it is over. @returns {boolean} whether it is chosen */
  choose() {
    this.#input.checked = !this.#input.disabled;
    return this.#input.checked;
  }

  /** Show what it is now. */
  update() {
    const validity = this.#watch.validityOf(this.id, this.#certificate);
    this.#display.update(validity);
    this.#box.className = `face ${validity.state}`;
    this.#input.disabled = isOver(validity.state);
    if (this.#input.disabled) this.#input.checked = false;
  }
}
