/**
 * The dialog that saves a certificate and its key as a PKCS#12 file.
 */
import { byId, onPress, onSubmit, save } from "../../lib/dom/page.js";
import { sayInForm } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { readCertificate } from "../../pki/certificate.js";
import { makePfx } from "../../pki/key_files/pkcs12_writer.js";
import { decryptKey } from "../../pki/key_files/private_key.js";
import { accountOf, nameAccount } from "./password_account.js";
import { tellKept } from "../copy_reporting.js";

/** @typedef {import("../store.js").Holding} Holding */

/** The dialog of this page; made once. */
export class ExportDialog {
  /** @type {Holding | null} */ #holding = null;
  #dialog = byId("export", HTMLDialogElement);
  #form = byId("export-form", HTMLFormElement);
  #password = byId("export-password", HTMLInputElement);
  #refused = byId("export-refused");
  #go = byId("export-go", HTMLButtonElement);

  constructor() {
    onSubmit(this.#form, () => this.#save());
    onPress(byId("export-close", HTMLButtonElement), () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#password.value = "";
      this.#holding = null;
    });
  }

  /**
   * Ask for the password and save `holding`.
   * @param {Holding} holding
   */
  open(holding) {
    this.#holding = holding;
    sayInForm(this.#refused, null);
    nameAccount(this.#password, readCertificate(holding.certificate).serial);
    this.#dialog.showModal();
    this.#password.focus();
  }

  async #save() {
    const holding = this.#holding;
    if (holding === null) return;
    this.#go.disabled = true;
    sayInForm(this.#refused, null);
    try {
      const { name, bytes } = await fileOf(holding, this.#password.value);
      save(name, bytes, "application/x-pkcs12");
      void tellKept(holding.serverId, "file", "saved");
      this.#dialog.close();
    } catch (error) {
      sayInForm(this.#refused, saidOf(error));
      this.#password.select();
    } finally {
      this.#go.disabled = false;
    }
  }
}

/**
 * Return the PKCS#12 file of a holding.
 * @param {Holding} holding
 * @param {string} password the certificate's own; the file gets the same
 * @returns {Promise<{name: string, bytes: import("../../lib/bytes.js").Bytes}>}
 */
export async function fileOf(holding, password) {
  const key = await decryptKey(holding.encryptedKey, password);
  const { name, serial } = readCertificate(holding.certificate);
  const bytes = await makePfx({
    key,
    certificate: holding.certificate,
    chain: holding.chain,
    password,
    friendlyName: name,
  });
  return { name: `${accountOf(serial)}.p12`, bytes };
}
