/**
 * The dialog that gives a certificate a name of its holder's own, in this browser alone.
 */
import { MAX_LOCAL_NAME, localNameLength, normalizeLocalName } from "../../certificates/local_name.js";
import { labelFor, summaryOf } from "../../certificates/views/certificate_display.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { byId, onClick, onSubmit } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

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
    // Not `maxLength`: the browser would cut what is pasted and say nothing.
    this.#name.addEventListener("input", () => this.#showLength());
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
    this.#showLength();
    this.#dialog.showModal();
    this.#name.select();
  }

  /** Say how long the name is, and whether it is too long. @returns {boolean} */
  #showLength() {
    const length = localNameLength(this.#name.value);
    const isTooLong = length > MAX_LOCAL_NAME;
    byId("rename-count").textContent = _("%(length)s characters, at most %(most)s", {
      length,
      most: MAX_LOCAL_NAME,
    });
    const sentence = _("The name is too long: %(most)s characters fit.", { most: MAX_LOCAL_NAME });
    const next = _("Shorten it. Nothing is cut off by itself.");
    // Said once, and not again with each letter.
    if (isTooLong === this.#error.hidden)
      showFormError(this.#error, isTooLong ? { code: "", sentence, next } : null);
    this.#name.setAttribute("aria-invalid", String(isTooLong));
    return !isTooLong;
  }

  async #rename() {
    if (!this.#showLength()) return this.#name.focus();
    const { id } = /** @type {StoredCertificate} */ (this.#stored);
    await runWithButton(this.#button, this.#error, async () => {
      await this.#store.rename(id, normalizeLocalName(this.#name.value));
      this.#dialog.close();
      this.#onRenamed();
    });
  }
}
