/**
 * A certificate that is kept here, as one of several to choose from.
 */
import { day, moment } from "../lib/days.js";
import { make } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { readCertificate } from "../pki/certificate.js";
import { shortNumber } from "../pki/short_number.js";
import { idOf } from "./status.js";
import { isOver } from "./validity.js";
import { badgeOf, meaningOf } from "./validity_words.js";

/** @typedef {import("./store.js").Holding} Holding */

/** One choice; `element` goes into a fieldset. */
export class Choice {
  #badge = make("span");
  #meaning = make("small", { class: "state" });
  /** @type {HTMLInputElement} */ #input;

  /**
   * @param {Holding} holding
   * @param {string} field the name of the radio buttons
   */
  constructor(holding, field) {
    const language = document.documentElement.lang;
    const certificate = readCertificate(holding.certificate);
    const { name, issuerName, notAfter, serial } = certificate;
    const kept = { day: moment(new Date(holding.keptAt), language) };
    const came =
      holding.cameFrom === "bridge"
        ? _("Received from another device on %(day)s.", kept)
        : _("Made in this browser on %(day)s.", kept);
    const until = _("Until %(day)s 23:59", { day: day(notAfter, language) });
    const { id } = holding;
    const input = make("input", { type: "radio", name: field, value: id });
    this.#input = /** @type {HTMLInputElement} */ (input);
    /** @readonly */ this.holding = holding;
    /** @readonly */ this.certificate = certificate;
    /** @readonly */ this.id = idOf(holding, certificate);
    /** @readonly */ this.element = make(
      "label",
      { class: "choice" },
      input,
      make(
        "span",
        {},
        this.#badge,
        make("b", {}, `${name} · ${shortNumber(serial)}`),
        make("small", {}, _("Issued by %(issuer)s", { issuer: issuerName })),
        make("small", {}, until),
        make("small", {}, came),
        this.#meaning,
      ),
    );
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

  /**
   * Show what it is now.
   * @param {import("./status.js").StatusWatch} watch
   */
  update(watch) {
    const validity = watch.validityOf(this.id, this.certificate);
    const badge = badgeOf(validity);
    this.#badge.replaceWith(badge);
    this.#badge = badge;
    const language = document.documentElement.lang;
    const meaning = meaningOf(validity, this.certificate, language).join(" ");
    this.#meaning.textContent = meaning;
    this.#meaning.hidden = meaning === "";
    this.#input.disabled = isOver(validity.state);
    if (this.#input.disabled) this.#input.checked = false;
  }
}
