/**
 * The dialog that saves a certificate and its key as a PKCS#12 file.
 */
import { byId, onClick, onSubmit, downloadFile } from "../../lib/dom/page.js";
import { canShareFiles, shareFile } from "../../lib/dom/share.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { readCertificate } from "../../pki/certificate.js";
import { writePfx } from "../../npki/pfx.js";
import { decryptKey } from "../../npki/key_file.js";
import { accountName, setAccount } from "./password_account.js";
import { VaultButton } from "./vault_button.js";
import { rememberCopy, reportCopy } from "../copy_reporting.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

const PKCS12 = "application/x-pkcs12";

/** The dialog of this page; made once. */
export class ExportDialog {
  /** @type {StoredCertificate | null} */ #certificate = null;
  /** @type {() => void} */ #onSaved = () => {};
  #dialog = byId("export", HTMLDialogElement);
  #form = byId("export-form", HTMLFormElement);
  #password = byId("export-password", HTMLInputElement);
  #error = byId("export-refused");
  #button = byId("export-go", HTMLButtonElement);
  #share = byId("export-share", HTMLButtonElement);
  #vault = new VaultButton(this.#password, this.#error, () => this.#go());

  constructor() {
    onSubmit(this.#form, () => this.#save());
    onClick(this.#share, () => this.#shareFile());
    this.#share.hidden = !canShareFiles(PKCS12);
    onClick(byId("export-close", HTMLButtonElement), () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#password.value = "";
      this.#certificate = null;
    });
  }

  /**
   * Ask for the password and save `stored`.
   * @param {StoredCertificate} stored
   * @param {() => void} [onSaved] is called once a copy is elsewhere
   */
  open(stored, onSaved = () => {}) {
    this.#certificate = stored;
    this.#onSaved = onSaved;
    showFormError(this.#error, null);
    setAccount(this.#password, readCertificate(stored.certificate).serial);
    void this.#vault.offer(stored);
    this.#dialog.showModal();
    this.#password.focus();
  }

  /** Go on after this device opened it; where there are two ways, the person chooses. */
  #go() {
    if (this.#share.hidden) void this.#save();
    else this.#button.focus();
  }

  #save(password = this.#password.value) {
    return this.#export(this.#button, password, async (name, bytes) => {
      downloadFile(name, bytes, PKCS12);
      return true;
    });
  }

  #shareFile(password = this.#password.value) {
    return this.#export(this.#share, password, (name, bytes) =>
      shareFile(name, bytes, PKCS12),
    );
  }

  /**
   * Make the file, hand it over, and note the copy where it was taken.
   * @param {HTMLButtonElement} button
   * @param {string} password
   * @param {(name: string, bytes: Bytes) => Promise<boolean>} handOver tells whether it
   *   was taken
   */
  async #export(button, password, handOver) {
    const stored = this.#certificate;
    if (stored === null) return;
    const isDone = await runWithButton(button, this.#error, async () => {
      const { name, bytes } = await createPkcs12File(stored, password);
      if (!(await handOver(name, bytes))) return;
      await rememberCopy(stored.id, "file");
      void reportCopy(stored.serverId, "file", "saved");
      const onSaved = this.#onSaved;
      this.#dialog.close();
      onSaved();
    });
    if (!isDone) this.#password.select();
  }
}

/**
 * Return the PKCS#12 file of a holding.
 * @param {StoredCertificate} stored
 * @param {string} password the certificate's own; the file gets the same
 * @returns {Promise<{name: string, bytes: Bytes}>}
 */
export async function createPkcs12File(stored, password) {
  const privateKeyInfo = await decryptKey(stored.encryptedKey, password);
  const { name, serial } = readCertificate(stored.certificate);
  const bytes = await writePfx({
    privateKeyInfo,
    certificate: stored.certificate,
    chain: stored.chain,
    password,
    friendlyName: name,
  });
  return { name: `${accountName(serial)}.p12`, bytes };
}
