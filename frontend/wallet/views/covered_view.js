/**
 * On a device that several people use: showing a certificate by its password, and saying
 * who uses the device.
 */
import { byId, onPress, onSubmit } from "../../lib/dom/page.js";
import { sayInForm } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { decryptKey } from "../../pki/key_files/private_key.js";

/** @typedef {import("../../certificates/visibility.js").Covering} Covering */
/** @typedef {import("../../certificates/store.js").Holding} Holding */

/** The parts of the wallet's page that cover and show; made once. */
export class CoveredViews {
  /** @type {Holding[]} */ #covered = [];
  #password = byId("uncover-password", HTMLInputElement);
  #go = byId("uncover-go", HTMLButtonElement);
  #refused = byId("uncover-refused");
  #note = byId("whose-note");
  #covering;
  #changed;

  /**
   * @param {Covering} covering
   * @param {() => void} changed is called when other certificates are to be shown
   */
  constructor(covering, changed) {
    this.#covering = covering;
    this.#changed = changed;
    onSubmit(byId("uncover-form", HTMLFormElement), () => this.#uncover());
    onPress(byId("cover-again", HTMLButtonElement), () => {
      covering.cover();
      changed();
    });
    for (const each of this.#answers())
      each.addEventListener("change", () => this.#answered(each.value));
  }

  /** @param {Holding[]} covered what is here and not shown */
  show(covered) {
    this.#covered = covered;
    byId("covered").hidden = covered.length === 0;
    byId("cover-again").hidden = !this.#covering.canCover;
    for (const each of this.#answers())
      each.checked = each.value === this.#covering.answer;
  }

  async #uncover() {
    this.#go.disabled = true;
    sayInForm(this.#refused, null);
    try {
      this.#covering.show(await opened(this.#covered, this.#password.value));
      this.#password.value = "";
      this.#changed();
    } catch (error) {
      sayInForm(this.#refused, saidOf(error));
      this.#password.select();
    } finally {
      this.#go.disabled = false;
    }
  }

  /** @param {string} answer */
  #answered(answer) {
    const isUncovering = answer === "own" && this.#covered.length > 0;
    if (!isUncovering) this.#covering.answer = answer === "own" ? "own" : "shared";
    this.#note.textContent = isUncovering
      ? _("Certificates of others are kept here. Show each of them with its password first.")
      : answer === "own"
        ? _("All certificates kept here are shown.")
        : _("From now on they are covered when nobody is signed in.");
    this.#changed();
  }

  /** @returns {HTMLInputElement[]} */
  #answers() {
    return [...document.querySelectorAll("input[name=whose]")].map(
      (each) => /** @type {HTMLInputElement} */ (each),
    );
  }
}

/**
 * Return the ids of those whose key a password opens.
 * @param {Holding[]} covered
 * @param {string} password
 * @throws where it opens none
 */
async function opened(covered, password) {
  /** @type {string[]} */
  const found = [];
  /** @type {unknown} */
  let failed = null;
  for (const { id, encryptedKey } of covered) {
    try {
      await decryptKey(encryptedKey, password);
      found.push(id);
    } catch (error) {
      failed = error;
    }
  }
  if (found.length === 0) throw failed;
  return found;
}
