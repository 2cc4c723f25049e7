/**
 * The dialog that deletes a certificate and its key from this browser; it asks first.
 */
import { byId } from "../../lib/dom/page.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";
import { labelFor } from "./certificate_display.js";
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
    const certificate = readCertificate(stored.certificate);
    byId("remove-which").textContent = labelFor(certificate, typeName);
    byId("remove-then").textContent = consequence(state);
    showFormError(this.#error, null);
    this.#dialog.showModal();
  }

  async #remove() {
    if (this.#removal === null) return;
    const { stored, serverId } = this.#removal;
    const button = byId("remove-go", HTMLButtonElement);
    await runWithButton(button, this.#error, async () => {
      await this.#store.remove(stored.id);
      void reportCopy(serverId ?? stored.serverId, "browser", "removed");
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
