/**
 * The card of one certificate that this browser keeps, and what can be done with it.
 */
import { Card } from "../certificates/card.js";
import { idOf } from "../certificates/status.js";
import { isOver } from "../certificates/validity.js";
import { moment } from "../lib/days.js";
import { make } from "../lib/dom.js";
import { button, link } from "../lib/refusal.js";
import { _ } from "../lib/words.js";

/** @typedef {import("../certificates/store.js").Holding} Holding */
/** @typedef {import("../certificates/validity.js").State} State */
/** @typedef {import("../certificates/card.js").Shown & {serial: string}} Shown */

/**
 * What knows the state, and what its buttons do.
 * @typedef {{watch: import("../certificates/status.js").StatusWatch, look(): void,
 *   save(): void, remove(state: State): void}} Ports
 */

/** One card; `update` it when its state is known anew. */
export class KeptCard {
  #card;
  #shown;
  #watch;
  #move;
  #remove;
  /** @type {State} */ #state = "checking";

  /**
   * @param {Holding} holding
   * @param {Shown} shown
   * @param {Ports} ports
   */
  constructor(holding, shown, { watch, look, save, remove }) {
    const language = document.documentElement.lang;
    const kept = { day: moment(new Date(holding.keptAt), language) };
    const came =
      holding.cameFrom === "bridge"
        ? _("Received from another device on %(day)s.", kept)
        : _("Made in this browser on %(day)s.", kept);
    this.#shown = shown;
    this.#watch = watch;
    /** @readonly */ this.id = idOf(holding, shown);
    const address = `/move#send=${holding.id}`;
    this.#move = link(_("Move to another device"), "plain", address);
    this.#remove = button(_("Delete"), "quiet", () => remove(this.#state));
    this.#card = new Card(
      shown,
      { validity: watch.validityOf(this.id, shown), language },
      make("p", { class: "kept" }, came),
      make(
        "div",
        { class: "actions" },
        this.#move,
        button(_("Look at the certificate"), "plain", look),
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
    const validity = this.#watch.validityOf(this.id, this.#shown);
    this.#state = validity.state;
    this.#card.update(validity);
    const over = isOver(validity.state);
    this.#move.hidden = over;
    this.#remove.className = `button ${over ? "primary" : "quiet"}`;
    this.#remove.textContent = over ? _("Delete from this device") : _("Delete");
  }
}
