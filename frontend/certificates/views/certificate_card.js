/**
 * The card of a certificate: its face, and below it what can be done.
 */
import { make } from "../../lib/dom/page.js";
import { isOver } from "../validity.js";
import { CertificateFace } from "./certificate_display.js";

/** @typedef {import("../status_watch.js").StatusWatch} StatusWatch */
/** @typedef {import("../status_watch.js").CertificateId} CertificateId */
/** @typedef {import("./certificate_display.js").CertificateSummary} CertificateSummary */

/** One card; `element` goes into the page, `update` when its state is known anew. */
export class CertificateCard {
  #face;
  #summary;
  #watch;

  /**
   * @param {CertificateSummary} summary
   * @param {CertificateId} id
   * @param {{watch: StatusWatch, place: string}} options `place`: where it is
   * @param {...HTMLElement} below
   */
  constructor(summary, id, { watch, place }, ...below) {
    this.#face = new CertificateFace(summary, place);
    this.#summary = summary;
    this.#watch = watch;
    /** @readonly */ this.id = id;
    /** @readonly */ this.element = make("article", {}, ...this.#face.elements, ...below);
    this.update();
  }

  /** Show what it is now. @returns {import("../validity.js").State} */
  update() {
    const validity = this.#watch.validityOf(this.id, this.#summary);
    this.#face.update(validity);
    const { state } = validity;
    const suspended = state === "suspended" ? " held" : "";
    this.element.className = `certificate ${state}${isOver(state) ? " ended" : suspended}`;
    return state;
  }
}
