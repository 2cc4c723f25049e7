/**
 * The note on a card that a newer certificate is kept here too, and the way to delete the
 * old one.
 */
import { certificateIdFor } from "../../certificates/status_watch.js";
import { summaryOf } from "../../certificates/views/certificate_display.js";
import { formatDate } from "../../lib/dates.js";
import { makeButton } from "../../lib/dom/outcome_view.js";
import { make } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { shortNumber } from "../../pki/short_number.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/status_watch.js").StatusWatch} StatusWatch */

/** One note; shown only while the newer one can be used. */
export class SuccessorNote {
  #watch;
  #summary;
  #id;
  #remove;

  /**
   * @param {StoredCertificate} successor as it was read from this browser just now
   * @param {StatusWatch} watch
   * @param {() => void} remove
   */
  constructor(successor, watch, remove) {
    this.#watch = watch;
    this.#remove = remove;
    this.#summary = summaryOf(successor);
    this.#id = certificateIdFor(successor, this.#summary);
    const words = _("A newer one of the same holder, for the same purpose, is kept here too: number %(number)s, until %(day)s.", {
      number: shortNumber(this.#summary.serial),
      day: formatDate(this.#summary.notAfter, document.documentElement.lang),
    });
    const button = makeButton(_("Delete the old one"), "plain", remove);
    /** @readonly */ this.element = make(
      "div",
      { class: "notice about successor" },
      make("div", {}, make("p", {}, words), make("div", { class: "actions" }, button)),
    );
    this.update();
  }

  /** Whether the old one is offered for removal. */
  get isOffered() {
    return !this.element.hidden;
  }

  /** Show it where the newer one can be used, as far as anybody said. */
  update() {
    const { state, isPast } = this.#watch.validityOf(this.#id, this.#summary);
    // Of another issuer's nobody here can say more than its dates.
    this.element.hidden = !(state === "usable" || state === "in_date" || (state === "unknown" && !isPast));
  }

  /** Do what its button does. */
  press() {
    this.#remove();
  }
}
