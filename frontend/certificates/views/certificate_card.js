/**
 * The card of a certificate: its face, and below it what can be done.
 */
import { make } from "../../lib/dom/page.js";
import { CertificateFace } from "./certificate_face.js";
import { isOver } from "../validity.js";

/** @typedef {import("../validity.js").Validity} Validity */
/** @typedef {import("./certificate_face.js").CertificateSummary} Shown */

/** One card; `element` goes into the page, `update` when its state is known anew. */
export class CertificateCard {
  #face;

  /**
   * @param {Shown} shown
   * @param {{validity: Validity, place: string}} here
   * @param {...HTMLElement} below
   */
  constructor(shown, { validity, place }, ...below) {
    this.#face = new CertificateFace(shown, place);
    /** @readonly */ this.element = make(
      "article",
      {},
      ...this.#face.elements,
      ...below,
    );
    this.update(validity);
  }

  /** @param {Validity} validity */
  update(validity) {
    this.#face.update(validity);
    const { state } = validity;
    const held = state === "suspended" ? " held" : "";
    this.element.className = `certificate ${state}${isOver(state) ? " ended" : held}`;
  }
}
