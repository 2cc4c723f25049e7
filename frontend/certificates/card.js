/**
 * The card of a certificate, made from what stands in it and from what the centre says:
 * twin of the template's piece.
 */
import { daysLeft, day } from "../lib/days.js";
import { make } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { shortNumber } from "../pki/short_number.js";
import { isOver } from "./validity.js";
import { badgeOf, meaningOf } from "./validity_words.js";

/** @typedef {import("./validity.js").Validity} Validity */

/**
 * What a card shows; an offer and a certificate both have it.
 * @typedef {object} Shown
 * @property {string} name
 * @property {string} issuerName
 * @property {Date} notAfter
 * @property {Date} [notBefore]
 * @property {string} [serial] its end tells equal ones apart
 * @property {string} [typeName] what it is for, where the centre is known
 */

/** One card; `element` goes into the page, `update` when its state is known anew. */
export class Card {
  /** @type {Shown} */ #shown;
  #language;
  #badge = make("span");
  #until = make("div", { class: "until" });
  #meaning = make("p", { class: "state" });

  /**
   * @param {Shown} shown
   * @param {{validity: Validity, language: string}} here
   * @param {...HTMLElement} below
   */
  constructor(shown, { validity, language }, ...below) {
    this.#shown = shown;
    this.#language = language;
    /** @readonly */ this.element = make(
      "article",
      {},
      make("header", {}, make("h2", {}, shown.typeName ?? shown.name), this.#badge),
      ...(shown.typeName ? [make("p", { class: "what" }, shown.name)] : []),
      make(
        "p",
        { class: "what" },
        _("Issued by %(issuer)s", { issuer: shown.issuerName }),
      ),
      ...numberOf(shown),
      this.#until,
      this.#meaning,
      ...below,
    );
    this.update(validity);
  }

  /** @param {Validity} validity */
  update(validity) {
    const { notAfter } = this.#shown;
    const badge = badgeOf(validity);
    this.#badge.replaceWith(badge);
    this.#badge = badge;
    const over = isOver(validity.state);
    const held = validity.state === "suspended" ? "certificate held" : "certificate";
    this.element.className = over ? "certificate ended" : held;
    const until = _("Until %(day)s 23:59", { day: day(notAfter, this.#language) });
    const left = daysLeft(notAfter, validity.now);
    const days = left === 1 ? _("1 day left") : _("%(days)s days left", { days: left });
    this.#until.replaceChildren(
      make("p", {}, `${until} `, make("span", { class: "soft" }, `· ${days}`)),
      ...bar(this.#shown, validity.now),
    );
    this.#until.hidden = over;
    const meaning = meaningOf(validity, this.#shown, this.#language).join(" ");
    this.#meaning.textContent = meaning;
    this.#meaning.hidden = meaning === "";
  }
}

/** @param {Shown} shown */
function numberOf({ serial }) {
  if (serial === undefined) return [];
  const number = _("Number %(number)s", { number: shortNumber(serial) });
  return [make("p", { class: "what figures" }, number)];
}

/**
 * @param {Shown} shown
 * @param {number} now
 */
function bar({ notBefore, notAfter }, now) {
  if (notBefore === undefined) return [];
  const most = notAfter.getTime() - notBefore.getTime();
  const left = Math.max(0, notAfter.getTime() - now);
  const label = _("Remaining time");
  return [
    make("progress", {
      class: "life",
      max: String(most),
      value: String(left),
      "aria-label": label,
    }),
  ];
}
