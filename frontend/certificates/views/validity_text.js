/**
 * What people read of each state of a certificate: a badge, and what it means.
 */
import { formatDate, formatDateTime } from "../../lib/dates.js";
import { make, now } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {import("../validity.js").State} State */
/** @typedef {import("../validity.js").Validity} Validity */
/** @typedef {import("../validity.js").Dates} Dates */

/** @type {Record<State, () => [look: string, words: string]>} */
const BADGES = {
  checking: () => ["soft", _("Being checked…")],
  usable: () => ["safe", _("Usable")],
  suspended: () => ["time", _("Suspended")],
  revoked: () => ["stop", _("Revoked for good")],
  expired: () => ["soft", _("Expired")],
  not_yet: () => ["time", _("Not valid yet")],
  unknown: () => ["soft", _("Unknown to this centre")],
  unchecked: () => ["time", _("Could not be checked")],
  in_date: () => ["soft", _("Not expired")],
};

/** @type {Record<string, () => string>} */
const REASONS = {
  superseded: () => _("Another one was issued in its place."),
  key_compromise: () => _("The key may have been in other hands."),
};

/** @param {Validity} validity */
export function makeBadge({ state }) {
  const [look, words] = BADGES[state]();
  return make("span", { class: `badge ${look}`, "data-state": state }, words);
}

/**
 * Say what a state means, where the badge alone does not.
 * @param {Validity} validity
 * @param {Dates} dates
 * @param {string} language
 * @returns {string[]} sentences
 */
export function explainState(validity, { notBefore, notAfter }, language) {
  const { state, at, reason = "", isPast } = validity;
  /** @type {Partial<Record<State, () => string[]>>} */
  const meanings = {
    suspended: () => [_("It is suspended: nobody accepts it until it is resumed.")],
    revoked: () => [
      ...(at ? [_("Revoked %(when)s.", { when: formatDateTime(at, language) })] : []),
      ...(Object.hasOwn(REASONS, reason) ? [REASONS[reason]()] : []),
      _("It is no longer valid, and nobody can bring it back."),
    ],
    expired: () => [
      _("It ended on %(day)s at 23:59.", { day: formatDate(notAfter, language) }),
    ],
    not_yet: () => [
      _("It is valid from %(when)s on.", {
        when: formatDateTime(notBefore ?? notAfter, language),
      }),
    ],
    unknown: () => [
      _("It names this centre as its issuer, but this centre does not know it. Do not rely on it."),
    ],
    in_date: () => [
      _("Another issuer issued it. Only that issuer can say whether it was revoked; nobody was asked."),
    ],
    unchecked: () => [
      _("The centre did not answer. Whether it is still valid is not known just now."),
      ...(isPast ? [_("By the clock of this device its last day is over.")] : []),
    ],
  };
  return meanings[state]?.() ?? [];
}

/**
 * Say at the top of the page that the clock of this device is wrong, or take it away.
 * @param {import("../status_watch.js").StatusWatch} watch
 */
export function showClockWarning(watch) {
  const id = "clock-notice";
  document.getElementById(id)?.remove();
  if (!watch.isClockWrong) return;
  const language = document.documentElement.lang;
  const [device, centre] = [now(), watch.now].map((time) =>
    formatDateTime(new Date(time), language),
  );
  const notice = make(
    "div",
    { class: "notice time", id, role: "status" },
    make(
      "div",
      {},
      make("p", {}, make("strong", {}, _("The clock of this device is wrong."))),
      make(
        "p",
        {},
        _(
          "It shows %(device)s, but it is %(centre)s now. This page uses the right time. Set the clock of the device right.",
          { device, centre },
        ),
      ),
    ),
  );
  document.getElementById("main")?.prepend(notice);
}
