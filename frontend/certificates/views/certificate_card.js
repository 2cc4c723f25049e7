/**
 * The card of a certificate: its display, and below it what can be done.
 */
import { make } from "../../lib/dom/page.js";
import { isOver } from "../validity.js";
import { CertificateDisplay } from "./certificate_display.js";

/** @typedef {import("../status_watch.js").StatusWatch} StatusWatch */
/** @typedef {import("../status_watch.js").CertificateId} CertificateId */
/** @typedef {import("./certificate_display.js").CertificateSummary} CertificateSummary */

/** One card; `element` goes into the page, `update` when its state is known anew. */
export class CertificateCard {
  #display;
  #summary;
  #watch;

  /**
   * @param {CertificateSummary} summary
   * @param {CertificateId} id
   * @param {{watch: StatusWatch, place: string}} options `place`: where it is
   * @param {...HTMLElement} below
   */
  constructor(summary, id, { watch, place }, ...below) {
    this.#display = new CertificateDisplay(summary, place);
    this.#summary = summary;
    this.#watch = watch;
    /** @readonly */ this.id = id;
    /** @readonly */ this.element = make("article", {}, ...this.#display.elements, ...below);
    this.update();
  }

  /** Show what it is now. @returns {import("../validity.js").State} */
  update() {
    const validity = this.#watch.validityOf(this.id, this.#summary);
    this.#display.update(validity);
    const { state } = validity;
    const suspended = state === "suspended" ? " held" : "";
    this.element.className = `certificate ${state}${isOver(state) ? " ended" : suspended}`;
    return state;
  }
}
