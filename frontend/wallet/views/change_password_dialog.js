/**
 * The dialog that locks a certificate from a file with another password, or with its first.
 */
import { missingRequirements, weakness } from "../../accounts/password_policy.js";
import { labelFor } from "../../certificates/views/certificate_display.js";
import { runWithButton } from "../../lib/dom/outcome_view.js";
import { byId, onClick, onSubmit } from "../../lib/dom/page.js";
import { showChecklist } from "../../lib/dom/forms/password_checklist.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { CodedError } from "../../lib/errors.js";

/** @typedef {import("../../certificates/imported_certificate.js").ImportedCertificate} ImportedCertificate */

/** The dialog of this page (templates/wallet/change_password.html); made once. */
export class ChangePasswordDialog {
  /** @type {ImportedCertificate | null} */ #imported = null;
  /** @type {() => void} */ #onChanged = () => {};
  #dialog = byId("change-password", HTMLDialogElement);
  #password = byId("new-password", HTMLInputElement);
  #repeated = byId("new-password-again", HTMLInputElement);
  #refusal = byId("change-password-refused");
  #button = byId("change-password-go", HTMLButtonElement);

  constructor() {
    onSubmit(byId("change-password-form", HTMLFormElement), () => void this.#change());
    onClick(byId("change-password-close", HTMLButtonElement), () => this.#dialog.close());
    this.#password.addEventListener("input", () => this.#missing(false));
    this.#dialog.addEventListener("close", () => {
      this.#password.value = this.#repeated.value = "";
      this.#imported = null;
    });
  }

  /** @param {ImportedCertificate} imported opened @param {() => void} onChanged */
  open(imported, onChanged) {
    if (imported.certificate === null) return;
    this.#imported = imported;
    this.#onChanged = onChanged;
    this.#refusal.hidden = true;
    const which = /** @type {HTMLElement} */ (this.#dialog.querySelector("[data-which]"));
    which.textContent = labelFor(imported.certificate);
    const when = imported.needsPassword ? "first" : "change";
    for (const words of /** @type {NodeListOf<HTMLElement>} */ (
      this.#dialog.querySelectorAll("[data-when]")
    ))
      words.hidden = words.dataset.when !== when;
    this.#missing(false);
    this.#dialog.showModal();
    this.#password.focus();
  }

  async #change() {
    const imported = this.#imported;
    if (imported === null) return;
    if (this.#missing(true).length > 0) return this.#password.focus();
    await runWithButton(this.#button, this.#refusal, async () => {
      if (this.#password.value !== this.#repeated.value) throw new CodedError("passwords_differ");
      await runStoppable(this.#refusal, (signal) =>
        imported.lockWith(this.#password.value, { signal }),
      );
      this.#dialog.close();
      this.#onChanged();
    });
  }

  /** Say what the password lacks, and return it. @param {boolean} wasAsked */
  #missing(wasAsked) {
    const { value } = this.#password;
    const missing = missingRequirements(value);
    const name = this.#imported?.certificate?.name ?? "";
    // Every password begins as a short row of letters: only a whole one is judged.
    const weak = missing.includes("length") ? null : weakness(value, [name]);
    const all = weak ? [...missing, weak] : missing;
    showChecklist(byId("missing"), all, wasAsked);
    return all;
  }
}
