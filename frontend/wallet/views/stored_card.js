/**
 * The card of one certificate that this browser keeps, and what can be done with it.
 */
import { certificateIdFor } from "../../certificates/status_watch.js";
import { isOver } from "../../certificates/validity.js";
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import {
  describeCopies,
  describeOrigin,
  makeDetails,
  purposeFor,
  readCentre,
  summaryOf,
} from "../../certificates/views/certificate_display.js";
import { makeButton, makeLink } from "../../lib/dom/outcome_view.js";
import { make } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { SuccessorNote } from "./successor_note.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/validity.js").State} State */

/**
 * What knows the state, and what its buttons do.
 * @typedef {{watch: import("../../certificates/status_watch.js").StatusWatch,
 *   isSealed: boolean, successor: StoredCertificate | undefined, isAsked: boolean,
 *   save(): void, rename(): void, seal(): void, remove(state: State): void}} Dependencies
 *   `isSealed`: this device opens it; `successor`: the newer one that is kept here too;
 *   `isAsked`: whether somebody came to delete it for that
 */

/** One card; `update` it when its state is known anew. */
export class StoredCard {
  #card;
  #isOurs;
  #isBound;
  #move;
  #sign;
  #resume;
  #remove;
  /** @type {SuccessorNote | null} */ #note = null;
  #isAsked;
  /** @type {State} */ #state = "checking";

  /** @param {StoredCertificate} stored @param {Dependencies} deps */
  constructor(stored, { watch, isSealed, successor, isAsked, save, rename, seal, remove }) {
    const { id } = stored;
    const certificate = summaryOf(stored);
    this.#isOurs = readCentre()?.issuer === certificate.issuerName;
    this.#move = makeLink(_("Move to another device"), "plain", `/move#send=${id}`);
    this.#move.dataset.needsNetwork = "";
    this.#sign = makeLink(_("Sign a document"), "plain", `/sign#with=${id}`);
    this.#sign.dataset.needsNetwork = "";
    this.#resume = makeLink(_("Resume it on its page"), "plain", `/certificates/of/${id}`);
    this.#resume.dataset.needsNetwork = "";
    this.#remove = makeButton(_("Delete"), "quiet", () => remove(this.#state));
    this.#isAsked = isAsked;
    if (successor) this.#note = new SuccessorNote(successor, watch, () => remove(this.#state));
    const file = makeButton(_("Save as a file"), "plain", save);
    const name = makeButton(
      stored.localName ? _("Change its name") : _("Give it a name"),
      "quiet",
      rename,
    );
    const vault = makeButton(
      isSealed ? _("Fingerprint or face: set up") : _("Open by fingerprint or face"),
      "quiet",
      seal,
    );
    const isBound = stored.key !== undefined;
    this.#isBound = file.hidden = vault.hidden = isBound;
    const details = makeDetails(
      certificate,
      [_("What for"), purposeFor(certificate)],
      [_("Kept"), `${_("In this browser.")} ${describeCopies(stored)}`.trim()],
    );
    this.#card = new CertificateCard(
      certificate,
      certificateIdFor(stored, certificate),
      { watch, place: describeOrigin(stored) },
      ...(this.#note ? [this.#note.element] : []),
      ...(isBound ? [make("p", { class: "soft bound" }, boundWords())] : []),
      details,
      make("div", { class: "actions" }, this.#resume, this.#move, this.#sign, file, name, vault, this.#remove),
    );
    /** @readonly */ this.id = this.#card.id;
    /** @readonly */ this.element = this.#card.element;
    this.update();
  }

  /** Show what it is now; what is over is offered for removal, and not for sending. */
  update() {
    this.#state = this.#card.update();
    this.#note?.update();
    if (this.#isAsked && this.#note?.isOffered) {
      this.#isAsked = false;
      this.#note.press();
    }
    const isExpired = isOver(this.#state);
    this.#move.hidden = isExpired || this.#isBound;
    this.#sign.hidden = isExpired || this.#state === "suspended";
    this.#resume.hidden = !this.#isOurs || this.#state !== "suspended";
    this.#remove.className = `button ${isExpired ? "plain" : "quiet"}`;
    this.#remove.textContent = isExpired ? _("Delete from this device") : _("Delete");
  }
}

/** Say why a key that cannot be copied has fewer buttons, and who can use it. */
const boundWords = () =>
  _(
    "Its key cannot be copied: it is not saved as a file, moved or put into a backup. If " +
      "this device is lost, have the certificate re-issued. It has no password: whoever " +
      "can unlock this device and open this browser can use it.",
  );
