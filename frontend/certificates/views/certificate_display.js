/**
 * The display of a certificate: everywhere the same parts in the same order. Twin of
 * templates/macros/certificate.html.
 *
 * What it is for, its holder, its short number, where it is, when and by whom it was
 * issued, until when it lasts, what state it is in; the exact names and numbers folded.
 */
import { formatDate, daysLeft, formatDateTime } from "../../lib/dates.js";
import { drawSvg, make, readJson } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { issuerCalled } from "../../pki/issuers.js";
import { purposeCalled } from "../../pki/purposes.js";
import { shortNumber } from "../../pki/short_number.js";
import { readCertificate } from "../../pki/certificate.js";
import { fingerprintFigure } from "../fingerprint_figure.js";
import { isOver } from "../validity.js";
import { makeBadge, explainState } from "./validity_text.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../validity.js").State} State */
/** @typedef {import("../validity.js").Validity} Validity */

/**
 * What is shown of a certificate; what somebody announces may lack a part.
 * @typedef {object} CertificateSummary
 * @property {string} name
 * @property {string} issuerName
 * @property {string} serial hexadecimal
 * @property {Date} notAfter
 * @property {Date} [notBefore]
 * @property {string | null} [policy] what it is for
 * @property {string} [fingerprint] of what is here: hexadecimal SHA-256
 * @property {string} [localName] what its holder calls it here
 */

/**
 * What the page's centre calls things (webapp/certificates/display.py).
 * @typedef {{types: Record<string, string>, issuer: string, called: string,
 *   backdated: number}} Centre
 */

/** For a block of its own, and for what stands in a label. */
const BLOCK = { head: "header", title: "h2", line: "p", box: "div" };
const INLINE = { head: "span", title: "b", line: "span", box: "span" };

/** @returns {Centre | null} null on a page that says nothing of its centre */
export const readCentre = () => readJson("about-centre", null);

/**
 * Return what a certificate is for: in the words of this centre, or of the field.
 * @param {Pick<CertificateSummary, "policy">} shown
 */
export function purposeFor({ policy }) {
  const types = readCentre()?.types ?? {};
  const isOwn = policy && Object.hasOwn(types, policy);
  return isOwn ? types[policy] : purposeCalled(policy) || _("Certificate");
}

/**
 * Return who issued it, in the language of the page. Only what this centre knows is said
 * to be its own: any other may have taken its name.
 * @param {Pick<CertificateSummary, "issuerName">} shown
 * @param {State} [state]
 */
export function issuerFor({ issuerName }, state) {
  const centre = readCentre();
  const isOwn = centre?.issuer === issuerName && state !== "unknown";
  const language = document.documentElement.lang;
  return isOwn ? centre.called : issuerCalled(issuerName);
}

/**
 * Name a certificate in one line.
 * @param {Pick<CertificateSummary, "policy" | "name" | "serial" | "localName">} shown
 * @param {string} [purpose] where the page knows it better
 */
export function labelFor(shown, purpose = purposeFor(shown)) {
  const number = _("Number %(number)s", { number: shortNumber(shown.serial) });
  return [shown.localName, purpose, shown.name, number].filter(Boolean).join(" · ");
}

/**
 * Return what is shown of a certificate that this browser keeps.
 * @param {StoredCertificate} stored
 */
export function summaryOf({ id, certificate, localName }) {
  return { ...readCertificate(certificate), fingerprint: id, localName };
}

/** The parts; `elements` go into the page, `update` when the state is known anew. */
export class CertificateDisplay {
  /** @type {CertificateSummary} */ #shown;
  #language = document.documentElement.lang;
  #parts;
  #badge = make("span");
  #issued;
  #until;
  #meaning;

  /**
   * @param {CertificateSummary} shown
   * @param {string} place where it is
   * @param {boolean} [isInline] whether it stands in a label
   */
  constructor(shown, place, isInline = false) {
    const tags = isInline ? INLINE : BLOCK;
    this.#shown = shown;
    this.#parts = tags;
    const exact = { translate: "no" };
    const number = make("b", { class: "short-number", ...exact });
    number.textContent = shortNumber(shown.serial);
    this.#issued = make(tags.line, { class: "issued" });
    this.#until = make(tags.box, { class: "until" });
    this.#meaning = make(tags.line, { class: "state" });
    /** @readonly */ this.elements = [
      make(
        tags.head,
        { class: "head" },
        ...makeFigure(shown),
        make(tags.title, {}, purposeFor(shown)),
        this.#badge,
      ),
      ...(shown.localName
        ? [make(tags.line, { class: "local-name", translate: "no" }, shown.localName)]
        : []),
      make(
        tags.line,
        { class: "who" },
        make("span", exact, shown.name),
        " · ",
        make("span", { class: "whole" }, `${_("number")} `, number),
      ),
      make(tags.line, { class: "kept" }, place),
      this.#issued,
      this.#until,
      this.#meaning,
    ];
  }

  /** @param {Validity} validity */
  update(validity) {
    const { notAfter } = this.#shown;
    const { state, now } = validity;
    const badge = makeBadge(validity);
    this.#badge.replaceWith(badge);
    this.#badge = badge;
    const issuer = issuerFor(this.#shown, state);
    const when = issueTime(this.#shown, this.#language);
    this.#issued.textContent = when
      ? `${_("Issued %(when)s", { when })} · ${issuer}`
      : _("Issued by %(issuer)s", { issuer });
    const until = _("Until %(day)s 23:59", { day: formatDate(notAfter, this.#language) });
    const left = daysLeft(notAfter, now);
    const days = left === 1 ? _("1 day left") : _("%(days)s days left", { days: left });
    this.#until.replaceChildren(
      make(
        this.#parts.line,
        {},
        `${until} `,
        make("span", { class: "soft whole" }, `· ${days}`),
      ),
      ...makeProgressBar(this.#shown, now),
    );
    this.#until.hidden = isOver(state);
    const meaning = explainState(validity, this.#shown, this.#language).join(" ");
    this.#meaning.textContent = meaning;
    this.#meaning.hidden = meaning === "";
  }
}

/**
 * Say where a certificate of this browser is from.
 * @param {StoredCertificate} holding
 */
export function describeOrigin({ keptAt, cameFrom }) {
  const date = { day: formatDate(new Date(keptAt), document.documentElement.lang) };
  if (cameFrom === "file") return _("Brought from a file on %(day)s.", date);
  if (cameFrom === "backup") return _("Brought back from a backup on %(day)s.", date);
  return cameFrom === "bridge"
    ? _("Received from another device on %(day)s.", date)
    : _("Made in this browser on %(day)s.", date);
}

/**
 * Say where copies went from here, as far as this browser knows.
 * @param {Pick<StoredCertificate, "copies">} stored
 * @returns {string} empty where it knows of none
 */
export function describeCopies({ copies = [] }) {
  return copies.map(describeCopy).join(" ");
}

/** @param {import("../store.js").Copy} copy */
function describeCopy({ place, at }) {
  const date = { day: formatDate(new Date(at), document.documentElement.lang) };
  if (place === "phone") return _("Sent to a phone on %(day)s.", date);
  if (place === "computer") return _("Sent to a computer on %(day)s.", date);
  if (place === "hard-disk") return _("Saved on a hard disk on %(day)s.", date);
  if (place === "removable-disk") return _("Saved on a removable disk on %(day)s.", date);
  if (place === "backup") return _("Put into a backup file on %(day)s.", date);
  return _("Saved as a file on %(day)s.", date);
}

/** @param {CertificateSummary} shown @returns {HTMLElement[]} */
function makeFigure({ fingerprint: id }) {
  if (id === undefined) return [];
  const place = make("span", { class: "figure-place" });
  drawSvg(place, fingerprintFigure(id));
  return [place];
}

/**
 * Fold what programs and supporters ask for.
 * @param {{serial: string, subject?: string, issuer: string, fingerprint?: string,
 *   notBefore?: Date, notAfter?: Date}} exact
 * @param {...[string, string]} more names and values that stand below
 */
export function makeDetails(exact, ...more) {
  const { serial, subject, issuer, fingerprint, notBefore, notAfter } = exact;
  const pairs = (fingerprint?.match(/../g) ?? []).join(":").toUpperCase();
  const language = document.documentElement.lang;
  const from = notBefore && formatDateTime(notBefore, language);
  const until = notAfter && formatDateTime(notAfter, language);
  const rows = [
    [_("Serial number"), serial],
    [_("Fingerprint (SHA-256)"), pairs],
    [_("Full name in the certificate"), subject ?? ""],
    [_("Full name of the issuer"), issuer],
    [_("Valid from"), from ?? ""],
    [_("Valid until"), until ?? ""],
    ...more,
  ].filter(([, value]) => value !== "");
  return make(
    "details",
    { class: "more exact" },
    make("summary", {}, _("Details")),
    make(
      "dl",
      { class: "facts" },
      ...rows.flatMap(([name, value]) => [
        make("dt", {}, name),
        make("dd", { class: "fingerprint", translate: "no" }, value),
      ]),
    ),
  );
}

/**
 * Return when it was issued: of our own the minute, since we know how many minutes
 * before that our certificates begin; of others the day.
 * @param {CertificateSummary} shown
 * @param {string} language
 */
function issueTime({ notBefore, issuerName }, language) {
  const centre = readCentre();
  if (notBefore === undefined) return "";
  if (centre?.issuer !== issuerName) return formatDate(notBefore, language);
  return formatDateTime(new Date(notBefore.getTime() + centre.backdated), language);
}

/** @param {CertificateSummary} shown @param {number} now */
function makeProgressBar({ notBefore, notAfter }, now) {
  if (notBefore === undefined) return [];
  const lifetime = notAfter.getTime() - notBefore.getTime();
  const left = Math.max(0, notAfter.getTime() - now);
  const label = _("Remaining time");
  return [
    make("progress", {
      class: "life",
      max: String(lifetime),
      value: String(left),
      "aria-label": label,
    }),
  ];
}
