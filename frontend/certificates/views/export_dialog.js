/**
 * The dialog that saves a certificate and its key as a PKCS#12 file.
 */
import { byId, onClick, onSubmit, downloadFile } from "../../lib/dom/page.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { readCertificate } from "../../pki/certificate.js";
import { createPkcs12 } from "../../npki/pkcs12_writer.js";
import { decryptKey } from "../../npki/key_file.js";
import { accountName, setAccount } from "./password_account.js";
import { reportCopy } from "../copy_reporting.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */

/** The dialog of this page; made once. */
export class ExportDialog {
  /** @type {StoredCertificate | null} */ #certificate = null;
  #dialog = byId("export", HTMLDialogElement);
  #form = byId("export-form", HTMLFormElement);
  #password = byId("export-password", HTMLInputElement);
  #error = byId("export-refused");
  #button = byId("export-go", HTMLButtonElement);

  constructor() {
    onSubmit(this.#form, () => this.#save());
    onClick(byId("export-close", HTMLButtonElement), () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#password.value = "";
      this.#certificate = null;
    });
  }

  /**
   * Ask for the password and save `holding`.
   * @param {StoredCertificate} stored
   */
  open(stored) {
    this.#certificate = stored;
    showFormError(this.#error, null);
    setAccount(this.#password, readCertificate(stored.certificate).serial);
    this.#dialog.showModal();
    this.#password.focus();
  }

  async #save() {
    const stored = this.#certificate;
    if (stored === null) return;
    const isSaved = await runWithButton(this.#button, this.#error, async () => {
      const { name, bytes } = await createPkcs12File(stored, this.#password.value);
      downloadFile(name, bytes, "application/x-pkcs12");
      void reportCopy(stored.serverId, "file", "saved");
      this.#dialog.close();
    });
    if (!isSaved) this.#password.select();
  }
}

/**
 * Return the PKCS#12 file of a holding.
 * @param {StoredCertificate} stored
 * @param {string} password the certificate's own; the file gets the same
 * @returns {Promise<{name: string, bytes: import("../../lib/bytes.js").Bytes}>}
 */
export async function createPkcs12File(stored, password) {
  const key = await decryptKey(stored.encryptedKey, password);
  const { name, serial } = readCertificate(stored.certificate);
  const bytes = await createPkcs12({
    key,
    certificate: stored.certificate,
    chain: stored.chain,
    password,
    friendlyName: name,
  });
  return { name: `${accountName(serial)}.p12`, bytes };
}
