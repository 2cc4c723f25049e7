/**
 * The button below a certificate password that has the device open it instead.
 */
import { make } from "../../../lib/dom/page.js";
import { showFormError } from "../../../lib/dom/outcome_view.js";
import { runStoppable } from "../../../lib/dom/stoppable.js";
import { errorCode } from "../../../lib/errors.js";
import { _ } from "../../../lib/i18n.js";
import { decryptKey } from "../../../npki/key_file.js";
import { VaultError } from "../../vault.js";
import { pageVault } from "./page_vault.js";
import { explainVaultError } from "./vault_messages.js";

/** @typedef {import("../../store.js").StoredCertificate} StoredCertificate */

/** One field's button; hidden unless this device opens the certificate at hand. */
export class VaultButton {
  /** @type {HTMLButtonElement} */ #button;
  /** @type {StoredCertificate | null} */ #stored = null;
  #vault = pageVault();
  #field;
  #error;
  #onOpened;

  /**
   * @param {HTMLInputElement} field where the password is typed otherwise
   * @param {HTMLElement} error where a refusal is said
   * @param {() => void} onOpened is called once the password stands in the field
   */
  constructor(field, error, onOpened) {
    this.#field = field;
    this.#error = error;
    this.#onOpened = onOpened;
    const label = _("Open by fingerprint, face or the PIN of this device");
    const button = make("button", { type: "button", class: "button plain vault" }, label);
    this.#button = /** @type {HTMLButtonElement} */ (button);
    button.id = `${field.id}-vault`;
    button.hidden = true;
    button.addEventListener("click", () => void this.#open());
    (field.closest(".field") ?? field).after(button);
  }

  /**
   * Offer it for a certificate, if it was set up; null takes the offer away.
   * @param {StoredCertificate | null | undefined} stored
   * @returns {Promise<void>}
   */
  async offer(stored) {
    this.#stored = stored ?? null;
    this.#button.hidden = true;
    if (!stored) return;
    const at = await this.#vault.sealedAt(stored.id).catch(() => null);
    if (this.#stored === stored) this.#button.hidden = at === null;
  }

  async #open() {
    const stored = this.#stored;
    if (stored === null) return;
    this.#button.disabled = true;
    showFormError(this.#error, null);
    try {
      const password = await this.#vault.open(stored.id);
      await runStoppable(this.#error, (signal) => this.#check(stored, password, signal));
      if (this.#stored !== stored) return; // another was chosen meanwhile
      this.#field.value = password;
      this.#onOpened();
    } catch (error) {
      showFormError(this.#error, explainVaultError(error));
    } finally {
      this.#button.disabled = false;
    }
  }

  /**
   * Refuse, and forget, a password that its key no longer has.
   * @param {StoredCertificate} stored
   * @param {string} password
   * @param {AbortSignal} signal
   */
  async #check({ id, encryptedKey = new Uint8Array() }, password, signal) {
    try {
      (await decryptKey(encryptedKey, password, { signal })).fill(0);
    } catch (error) {
      if (errorCode(error) !== "wrong_password") throw error;
      await this.#vault.remove(id);
      this.#button.hidden = true;
      throw new VaultError("vault_outdated");
    }
  }
}
