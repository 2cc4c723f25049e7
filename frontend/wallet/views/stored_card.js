/**
 * The card of one certificate that this browser keeps, and what can be done with it.
 */
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import { readCentre, makeDetails, describeOrigin } from "../../certificates/views/certificate_face.js";
import { certificateIdFor } from "../../certificates/status_watch.js";
import { isOver } from "../../certificates/validity.js";
import { make } from "../../lib/dom/page.js";
import { makeButton, makeLink } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/validity.js").State} State */
/** @typedef {import("../../pki/certificate.js").Certificate} Certificate */

/**
 * What knows the state, and what its buttons do.
 * @typedef {{watch: import("../../certificates/status_watch.js").StatusWatch,
 *   save(): void, remove(state: State): void}} Dependencies
 */

/** One card; `update` it when its state is known anew. */
export class StoredCard {
  #card;
  #certificate;
  #watch;
  #move;
  #resume;
  #remove;
  /** @type {State} */ #state = "checking";

  /**
   * @param {StoredCertificate} stored
   * @param {Certificate} certificate that of the holding
   * @param {Dependencies} ports
   */
  constructor(stored, certificate, { watch, save, remove }) {
    const { id } = stored;
    this.#certificate = certificate;
    this.#watch = watch;
    /** @readonly */ this.id = certificateIdFor(stored, certificate);
    this.#move = makeLink(_("Move to another device"), "plain", `/move#send=${id}`);
    this.#resume = makeLink(_("Resume it on its page"), "plain", `/certificates/of/${id}`);
    this.#remove = makeButton(_("Delete"), "quiet", () => remove(this.#state));
    this.#card = new CertificateCard(
      certificate,
      {
        validity: watch.validityOf(this.id, certificate),
        place: describeOrigin(stored),
      },
      makeDetails({ ...certificate, fingerprint: id }),
      make(
        "div",
        { class: "actions" },
        this.#resume,
        this.#move,
        makeButton(_("Save as a file"), "plain", save),
        this.#remove,
      ),
    );
    this.update();
  }

  get element() {
    return this.#card.element;
  }

  /** Show what it is now; what is over is offered for removal, and not for sending. */
  update() {
    const validity = this.#watch.validityOf(this.id, this.#certificate);
    this.#state = validity.state;
    this.#card.update(validity);
    const isExpired = isOver(validity.state);
    const isOurs = readCentre()?.issuer === this.#certificate.issuerName;
    this.#move.hidden = isExpired;
    this.#resume.hidden = !isOurs || validity.state !== "suspended";
    this.#remove.className = `button ${isExpired ? "plain" : "quiet"}`;
    this.#remove.textContent = isExpired ? _("Delete from this device") : _("Delete");
  }
}
