/**
 * The dialog that gives a certificate a name of its holder's own, in this browser alone.
 */
import { MAX_LOCAL_NAME, normalizeLocalName } from "../../certificates/local_name.js";
import { labelFor, summaryOf } from "../../certificates/views/certificate_display.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { byId, onClick, onSubmit } from "../../lib/dom/page.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */

/** The dialog of this page (templates/wallet/rename.html); made once. */
export class RenameDialog {
  #dialog = byId("rename", HTMLDialogElement);
  #name = byId("rename-name", HTMLInputElement);
  #error = byId("rename-refused");
  #button = byId("rename-go", HTMLButtonElement);
  /** @type {StoredCertificate | null} */ #stored = null;
  /** @type {() => void} */ #onRenamed = () => {};
  #store;

  /** @param {Pick<import("../../certificates/store.js").Store, "rename">} store */
  constructor(store) {
    this.#store = store;
    this.#name.maxLength = MAX_LOCAL_NAME;
    onSubmit(byId("rename-form", HTMLFormElement), () => this.#rename());
    onClick(byId("rename-close", HTMLButtonElement), () => this.#dialog.close());
  }

  /**
   * Ask for the name of `stored`.
   * @param {StoredCertificate} stored
   * @param {() => void} onRenamed is called once it has another name
   */
  ask(stored, onRenamed) {
    this.#stored = stored;
    this.#onRenamed = onRenamed;
    byId("rename-which").textContent = labelFor({ ...summaryOf(stored), localName: "" });
    this.#name.value = stored.localName ?? "";
    showFormError(this.#error, null);
    this.#dialog.showModal();
    this.#name.select();
  }

  async #rename() {
    const { id } = /** @type {StoredCertificate} */ (this.#stored);
    await runWithButton(this.#button, this.#error, async () => {
      await this.#store.rename(id, normalizeLocalName(this.#name.value));
      this.#dialog.close();
      this.#onRenamed();
    });
  }
}
