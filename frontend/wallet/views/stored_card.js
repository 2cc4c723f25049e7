/**
 * The card of one certificate that this browser keeps, and what can be done with it.
 */
import { Card } from "../../certificates/views/certificate_card.js";
import { centreHere, detailsOf, placeOf } from "../../certificates/views/certificate_face.js";
import { idOf } from "../../certificates/status_watch.js";
import { isOver } from "../../certificates/validity.js";
import { make } from "../../lib/dom/page.js";
import { button, link } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {import("../../certificates/store.js").Holding} Holding */
/** @typedef {import("../../certificates/validity.js").State} State */
/** @typedef {import("../../pki/certificate.js").Certificate} Certificate */

/**
 * What knows the state, and what its buttons do.
 * @typedef {{watch: import("../../certificates/status_watch.js").StatusWatch,
 *   save(): void, remove(state: State): void}} Ports
 */

/** One card; `update` it when its state is known anew. */
export class KeptCard {
  #card;
  #certificate;
  #watch;
  #move;
  #resume;
  #remove;
  /** @type {State} */ #state = "checking";

  /**
   * @param {Holding} holding
   * @param {Certificate} certificate that of the holding
   * @param {Ports} ports
   */
  constructor(holding, certificate, { watch, save, remove }) {
    const { id } = holding;
    this.#certificate = certificate;
    this.#watch = watch;
    /** @readonly */ this.id = idOf(holding, certificate);
    this.#move = link(_("Move to another device"), "plain", `/move#send=${id}`);
    this.#resume = link(_("Resume it on its page"), "plain", `/certificates/of/${id}`);
    this.#remove = button(_("Delete"), "quiet", () => remove(this.#state));
    this.#card = new Card(
      certificate,
      {
        validity: watch.validityOf(this.id, certificate),
        place: placeOf(holding),
      },
      detailsOf({ ...certificate, fingerprint: id }),
      make(
        "div",
        { class: "actions" },
        this.#resume,
        this.#move,
        button(_("Save as a file"), "plain", save),
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
    const over = isOver(validity.state);
    const isOurs = centreHere()?.issuer === this.#certificate.issuerName;
    this.#move.hidden = over;
    this.#resume.hidden = !isOurs || validity.state !== "suspended";
    this.#remove.className = `button ${over ? "plain" : "quiet"}`;
    this.#remove.textContent = over ? _("Delete from this device") : _("Delete");
  }
}
