/**
 * The dialog that deletes a certificate and its key from this browser; it asks first.
 */
import { byId } from "../../lib/dom/page.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";
import { isOver } from "../validity.js";
import { describeCopies, labelFor, summaryOf } from "./certificate_display.js";
import { reportCopy } from "../copy_reporting.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../validity.js").State} State */

/**
 * What is asked about; `serverId` where the page knows the certificate's id at the
 * centre, `typeName` where it knows what the certificate is for.
 * @typedef {{stored: StoredCertificate, state: State, typeName?: string,
 *   serverId?: string}} Removal
 */

/** The dialog of this page (templates/wallet/remove.html); made once. */
export class RemovalDialog {
  #dialog = byId("remove", HTMLDialogElement);
  #error = byId("remove-refused");
  /** @type {Removal | null} */ #removal = null;
  /** @type {() => void} */ #onRemoved = () => {};
  /** @type {Pick<import("../store.js").Store, "remove">} */ #store;

  /** @param {Pick<import("../store.js").Store, "remove">} store */
  constructor(store) {
    this.#store = store;
    byId("remove-form").addEventListener("submit", (event) => {
      const { submitter } = /** @type {SubmitEvent} */ (event);
      if (submitter?.id !== "remove-go") return; // it closes by itself
      event.preventDefault();
      void this.#remove();
    });
  }

  /**
   * Ask, and delete it where the person says so.
   * @param {Removal} removal
   * @param {() => void} onRemoved is called once it is deleted
   */
  ask(removal, onRemoved) {
    this.#removal = removal;
    this.#onRemoved = onRemoved;
    const { stored, state, typeName } = removal;
    byId("remove-which").textContent = labelFor(summaryOf(stored), typeName);
    byId("remove-then").textContent = consequence(state);
    const warning = lastCopyWarning(stored, state);
    byId("remove-last").hidden = warning === "";
    byId("remove-last-text").textContent = warning;
    byId("remove-copies").textContent = describeCopies(stored);
    showFormError(this.#error, null);
    this.#dialog.showModal();
  }

  async #remove() {
    if (this.#removal === null) return;
    const { stored, serverId } = this.#removal;
    const button = byId("remove-go", HTMLButtonElement);
    await runWithButton(button, this.#error, async () => {
      await this.#store.remove(stored.id);
      void reportCopy(serverId ?? stored.serverId, stored.key ? "phone" : "browser", "removed");
      this.#dialog.close();
      this.#onRemoved();
    });
  }
}

/** Say what becomes of the certificate itself. @param {State} state */
function consequence(state) {
  if (state === "revoked" || state === "expired")
    return _("It is no longer valid in any case. Signatures made before stay valid.");
  if (state === "suspended") return _("The certificate itself stays suspended.");
  if (state === "usable") return _("The certificate itself stays valid.");
  return _("Nothing else changes for the certificate itself.");
}

/**
 * Warn where no other copy is known; empty where one is, or where it is over anyway.
 * @param {StoredCertificate} stored
 * @param {State} state
 */
function lastCopyWarning({ copies = [], cameFrom, key }, state) {
  if (isOver(state) || copies.length > 0) return "";
  if (key)
    return _(
      "Its key cannot be copied, so there is no other one. Once it is deleted, have the " +
        "certificate re-issued.",
    );
  if (cameFrom === "made-here")
    return _(
      "As far as this browser knows, this is the only copy. Once it is deleted, nobody " +
        "can bring it back, not even the certificate centre.",
    );
  return _(
    "It came from elsewhere. Whether it is still kept there, this browser does not know. " +
      "If it is not, this is the only copy.",
  );
}
