/**
 * On a device that several people use: showing a certificate by its password, and saying
 * who uses the device.
 */
import { byId, onClick, onSubmit } from "../../lib/dom/page.js";
import { runWithButton } from "../../lib/dom/outcome_view.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { _ } from "../../lib/i18n.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { isLocked } from "../../certificates/store.js";
import { CodedError } from "../../lib/errors.js";
import { decryptKey } from "../../npki/key_file.js";
import "../wallet_messages.js";

/** @typedef {import("../../certificates/visibility.js").Visibility} Visibility */
/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */

/** The parts of the wallet's page that cover and show; made once. */
export class CoveredView {
  /** @type {StoredCertificate[]} */ #covered = [];
  #password = byId("uncover-password", HTMLInputElement);
  #button = byId("uncover-go", HTMLButtonElement);
  #error = byId("uncover-refused");
  #note = byId("whose-note");
  #visibility;
  #onChange;

  /**
   * @param {Visibility} visibility
   * @param {() => void} onChange is called when other certificates are to be shown
   */
  constructor(visibility, onChange) {
    this.#visibility = visibility;
    this.#onChange = onChange;
    onSubmit(byId("uncover-form", HTMLFormElement), () => this.#reveal());
    onClick(byId("cover-again", HTMLButtonElement), () => {
      visibility.cover();
      onChange();
    });
    for (const input of this.#inputs())
      input.addEventListener("change", () => this.#setDeviceUse(input.value));
  }

  /** @param {StoredCertificate[]} covered what is here and not shown */
  show(covered) {
    this.#covered = covered;
    byId("covered").hidden = covered.length === 0;
    byId("cover-again").hidden = !this.#visibility.hasRevealed;
    for (const input of this.#inputs())
      input.checked = input.value === this.#visibility.deviceUse;
  }

  async #reveal() {
    const reveal = async () => {
      const ids = await runStoppable(this.#error, (signal) =>
        openedIds(this.#covered, this.#password.value, signal),
      );
      this.#visibility.reveal(ids);
      this.#password.value = "";
      this.#onChange();
    };
    const explain = (/** @type {unknown} */ error) =>
      passwordErrorOf(error, this.#password.value);
    const isRevealed = await runWithButton(this.#button, this.#error, reveal, explain);
    if (!isRevealed) this.#password.select();
  }

  /** @param {string} deviceUse */
  #setDeviceUse(deviceUse) {
    const isBlocked = deviceUse === "own" && this.#covered.length > 0;
    if (!isBlocked) this.#visibility.deviceUse = deviceUse === "own" ? "own" : "shared";
    this.#note.textContent = isBlocked
      ? _("Certificates of others are kept here. Show each of them with its password first.")
      : deviceUse === "own"
        ? _("All certificates kept here are shown.")
        : _("From now on they are covered when nobody is signed in.");
    this.#onChange();
  }

  /** @returns {HTMLInputElement[]} */
  #inputs() {
    return [...document.querySelectorAll("input[name=whose]")].map(
      (input) => /** @type {HTMLInputElement} */ (input),
    );
  }
}

/**
 * Return the ids of those whose key a password opens.
 * @param {StoredCertificate[]} covered
 * @param {string} password
 * @param {AbortSignal} signal
 * @throws where it opens none
 */
async function openedIds(covered, password, signal) {
  /** @type {string[]} */
  const ids = [];
  /** @type {unknown} */
  let lastError = new CodedError("phone_only_covered"); // no password shows those
  for (const { id, encryptedKey } of covered.filter(isLocked)) {
    try {
      await decryptKey(encryptedKey, password, { signal });
      ids.push(id);
    } catch (error) {
      signal.throwIfAborted();
      lastError = error;
    }
  }
  if (ids.length === 0) throw lastError;
  return ids;
}
