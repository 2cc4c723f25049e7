/**
 * The card of a certificate, made from what stands in it: twin of the template's piece.
 */
import { daysLeft, day } from "../lib/days.js";
import { make } from "../lib/dom.js";
import { _ } from "../lib/words.js";

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

/**
 * @param {Shown} shown
 * @param {{now: number, language: string}} here
 * @param {...HTMLElement} below
 * @returns {HTMLElement}
 */
export function card(shown, { now, language }, ...below) {
  const left = daysLeft(shown.notAfter, now);
  const over = shown.notAfter.getTime() <= now;
  const badge = over
    ? make("span", { class: "badge stop" }, _("Expired"))
    : make("span", { class: "badge safe" }, _("Usable"));
  const until = make(
    "p",
    {},
    `${_("Until %(day)s 23:59", { day: day(shown.notAfter, language) })} `,
    make(
      "span",
      { class: "soft" },
      `· ${left === 1 ? _("1 day left") : _("%(days)s days left", { days: left })}`,
    ),
  );
  return make(
    "article",
    { class: over ? "certificate ended" : "certificate" },
    make("header", {}, make("h2", {}, shown.typeName ?? shown.name), badge),
    ...(shown.typeName ? [make("p", { class: "what" }, shown.name)] : []),
    make(
      "p",
      { class: "what" },
      _("Issued by %(issuer)s", { issuer: shown.issuerName }),
    ),
    ...numberOf(shown),
    make("div", { class: "until" }, until, ...bar(shown, now)),
    ...below,
  );
}

/** @param {Shown} shown */
function numberOf({ serial }) {
  if (serial === undefined) return [];
  const number = _("Number …%(end)s", { end: serial.slice(-8) });
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
