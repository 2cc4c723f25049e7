/**
 * What this browser keeps, as cards to choose from.
 */
import { carriedCertificate } from "../../certificates/views/carried_certificate.js";
import { CertificateChoice } from "../../certificates/views/certificate_choice.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { pageStatusWatch } from "../../certificates/views/page_status.js";
import { isLocked, openStore } from "../../certificates/store.js";
import { showClockWarning } from "../../certificates/views/validity_text.js";
import { make } from "../../lib/dom/page.js";
import { CodedError } from "../../lib/errors.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** What a page was asked to send: a certificate by its id here or at the centre.
 * @typedef {{certificate?: string, serverId?: string}} Wanted
 */

/**
 * Return what can be sent, the wanted one first.
 * @param {Wanted} wanted
 * @returns {Promise<StoredCertificate[]>}
 * @throws {Error} `phone_only` where the key of the wanted one, or of all, cannot be copied,
 *   `not_here` where the wanted one is not, `nothing_here` without any,
 *   `covered_here` where what is here may not be shown to whoever is at the device
 */
export async function listPickable({ certificate, serverId }) {
  const carried = carriedCertificate(certificate);
  if (carried !== null) return [carried];
  const store = await openStore();
  const { visible: all, covered } = pageVisibility().partition(await store.all());
  const isWanted = (/** @type {StoredCertificate} */ stored) =>
    stored.id === certificate || (serverId !== undefined && stored.serverId === serverId);
  if (certificate === undefined && serverId === undefined) {
    if (all.length === 0) throw new CodedError(covered.length ? "covered_here" : "nothing_here");
    if (!all.some(isLocked)) throw new CodedError("phone_only");
    return all;
  }
  const requested = all.filter(isWanted);
  if (requested.some((stored) => !isLocked(stored))) throw new CodedError("phone_only");
  if (requested.length === 0)
    throw new CodedError(covered.some(isWanted) ? "covered_here" : "not_here");
  return [...requested, ...all.filter((stored) => !isWanted(stored))];
}

/** The certificates of this browser in a form, to choose one for sending. */
export class CertificatePicker {
  #place;
  #watch = pageStatusWatch();
  #note = make("p", { class: "notice stop", role: "status" });
  #bound = make("p", { class: "soft small" });
  /** @type {CertificateChoice[]} */ #choices = [];
  /** @type {() => void} */ #changed = () => {};

  /** @param {HTMLElement} place a fieldset */
  constructor(place) {
    this.#place = place;
    this.#note.hidden = true;
  }

  /**
   * Show them; the first that can be sent is chosen.
   * @param {StoredCertificate[]} held
   * @param {() => void} [changed] is called when what can be sent is known anew
   */
  show(held, changed = () => {}) {
    const legend = this.#place.querySelector("legend");
    const copyable = held.filter(isLocked);
    this.#choices = copyable.map(
      (stored) => new CertificateChoice(stored, "certificate", this.#watch),
    );
    this.#bound.textContent = _("A certificate whose key cannot be copied is not shown here.");
    this.#bound.hidden = copyable.length === held.length;
    this.#changed = changed;
    const elements = this.#choices.map(({ element }) => element);
    this.#place.replaceChildren(...(legend ? [legend] : []), ...elements, this.#bound, this.#note);
    this.#update();
    void this.#watch.follow(
      this.#choices.map(({ id }) => id),
      () => this.#update(),
    );
  }

  /** Return what is chosen. @returns {StoredCertificate | undefined} */
  get chosen() {
    return this.#choices.find(({ isChosen }) => isChosen)?.stored;
  }

  /** Tell whether one of them is over and cannot be sent. @param {string} id */
  isOver(id) {
    return this.#choices.some((choice) => choice.stored.id === id && choice.isOver);
  }

  /** Ask no more. */
  stop() {
    this.#watch.stop();
  }

  #update() {
    for (const choice of this.#choices) choice.update();
    if (this.chosen === undefined) this.#choices.some((choice) => choice.choose());
    const areAllOver = this.#choices.every(({ isOver }) => isOver);
    const go = this.#place.closest("form")?.querySelector("button.primary");
    if (go instanceof HTMLButtonElement) {
      go.disabled = this.chosen === undefined;
      // A button that never works says nothing, and neither does an empty bar.
      const bar = go.parentElement;
      go.hidden = areAllOver;
      if (bar?.childElementCount === 1) bar.hidden = areAllOver;
    }
    this.#say(areAllOver);
    showClockWarning(this.#watch);
    this.#changed();
  }

  /** Say what becomes of those that are over. @param {boolean} areAllOver */
  #say(areAllOver) {
    this.#note.hidden = !this.#choices.some(({ isOver }) => isOver);
    const extent = areAllOver ? "all" : "some";
    if (this.#note.hidden || this.#note.dataset.over === extent) return;
    this.#note.dataset.over = extent;
    const words = areAllOver
      ? _("None of the certificates here can be sent: they are no longer valid.")
      : _("Certificates that are no longer valid are not sent. You can delete them from this device:");
    this.#note.replaceChildren(
      make(
        "span",
        {},
        `${words} `,
        make("a", { href: "/wallet" }, _("To the certificates here")),
        ...(areAllOver
          ? [" · ", make("a", { href: "/" }, _("Get a new certificate"))]
          : []),
      ),
    );
  }
}
