/**
 * The dialog that lets this device open a certificate, and takes that back.
 */
import { labelFor, summaryOf } from "../../certificates/views/certificate_display.js";
import { pageVault } from "../../certificates/views/vault/page_vault.js";
import { setAccount } from "../../certificates/views/password_account.js";
import { explainVaultError } from "../../certificates/views/vault/vault_messages.js";
import { formatDate } from "../../lib/dates.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { byId, onClick, onSubmit } from "../../lib/dom/page.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { _ } from "../../lib/i18n.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { decryptKey } from "../../npki/key_file.js";

/** @typedef {import("../../certificates/store.js").LockedCertificate} LockedCertificate */

/** Say which address it is, and that another one keeps other certificates. */
const explainAddress = () =>
  _(
    "It is open at %(host)s now. At another address the browser keeps other certificates: " +
      "bring this one there first, as a file or by QR code. The certificate password works " +
      "as before.",
    { host: location.host },
  );

/** The dialog of this page (templates/wallet/vault.html); made once. */
export class VaultDialog {
  #vault = pageVault();
  #dialog = byId("vault", HTMLDialogElement);
  #password = byId("vault-password", HTMLInputElement);
  #error = byId("vault-refused");
  #addButton = byId("vault-go", HTMLButtonElement);
  #removeButton = byId("vault-remove", HTMLButtonElement);
  /** @type {LockedCertificate | null} */ #stored = null;
  /** @type {() => void} */ #onChanged = () => {};

  constructor() {
    onSubmit(byId("vault-form", HTMLFormElement), () => this.#add());
    onClick(this.#removeButton, () => this.#remove());
    onClick(byId("vault-close", HTMLButtonElement), () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#password.value = "";
      this.#stored = null;
    });
  }

  /**
   * Say how it is for `stored`, and let it be changed.
   * @param {LockedCertificate} stored
   * @param {() => void} onChanged is called once it is set up, or taken back
   */
  async ask(stored, onChanged) {
    this.#stored = stored;
    this.#onChanged = onChanged;
    const summary = summaryOf(stored);
    byId("vault-which").textContent = labelFor(summary);
    setAccount(this.#password, summary.serial);
    showFormError(this.#error, null);
    await this.#show(stored.id);
    this.#dialog.showModal();
  }

  /** @param {string} id */
  async #show(id) {
    const at = await this.#vault.sealedAt(id).catch(() => null);
    const obstacle = at === null ? await this.#vault.findObstacle() : null;
    const isRuledOut = obstacle !== null;
    byId("vault-new").hidden = at !== null || isRuledOut;
    byId("vault-set").hidden = at === null;
    byId("vault-ruled-out").hidden = obstacle !== "vault_unsupported";
    byId("vault-no-name").hidden = obstacle !== "vault_address";
    if (obstacle === "vault_address") byId("vault-no-name-text").textContent = explainAddress();
    this.#addButton.hidden = at !== null || isRuledOut;
    this.#removeButton.hidden = at === null;
    const day = at === null ? "" : formatDate(new Date(at), document.documentElement.lang);
    byId("vault-since").textContent = _("Set up on %(day)s in this browser.", { day });
  }

  #add() {
    return this.#change(this.#addButton, async ({ id, encryptedKey }) => {
      const password = this.#password.value;
      const key = await runStoppable(this.#error, (signal) =>
        decryptKey(encryptedKey, password, { signal }),
      );
      key.fill(0);
      await this.#vault.add(id, password);
    });
  }

  #remove() {
    return this.#change(this.#removeButton, ({ id }) => this.#vault.remove(id));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {(stored: LockedCertificate) => Promise<void>} work
   */
  async #change(button, work) {
    const stored = this.#stored;
    if (stored === null) return;
    button.disabled = true;
    showFormError(this.#error, null);
    try {
      await work(stored);
      this.#dialog.close();
      this.#onChanged();
    } catch (error) {
      showFormError(this.#error, passwordErrorOf(error, this.#password.value, explainVaultError));
      this.#password.select();
    } finally {
      button.disabled = false;
    }
  }
}
