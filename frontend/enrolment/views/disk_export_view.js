/**
 * The last part of keeping a certificate on a disk: choose the place, write, read back.
 *
 * Until the file was read back the browser keeps its own copy, so that nothing is lost
 * whatever a person presses or closes.
 */
import { rememberCopy } from "../../certificates/copy_reporting.js";
import { createPkcs12File } from "../../certificates/views/export_dialog.js";
import { setAccount } from "../../certificates/views/password_account.js";
import { DiskExportError, canWrite, exportToDisk } from "../../certificates/disk_export.js";
import { byId, onClick, onSubmit, downloadFile } from "../../lib/dom/page.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { messageOf } from "../../lib/error_messages.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/disk_export.js").Disk} Disk */

/**
 * @typedef {object} Dependencies
 * @property {import("../../certificates/disk_export.js").Pickers} pickers
 * @property {(place: Disk | "browser" | "file") => Promise<void>} reportDelivery tells the
 *   centre where it stands
 * @property {() => Promise<void>} removeCopy removes the browser's copy
 * @property {() => void} onDone goes on
 */

/** One certificate on its way to a disk. */
export class DiskExportView {
  /** @type {import("../../certificates/disk_export.js").ExportFile | null} */ #file = null;
  #isWritten = false;
  #task;
  #deps;
  #generation = 0;
  #form = byId("save-form", HTMLFormElement);
  #password = byId("save-password", HTMLInputElement);
  #saveButton = byId("save-go", HTMLButtonElement);
  #keepButton = byId("save-browser", HTMLButtonElement);

  /**
   * @param {{stored: StoredCertificate, disk: Disk, password: string}} task
   *   `password` is empty where the page was loaded anew
   * @param {Dependencies} deps
   */
  constructor(task, deps) {
    this.#task = task;
    this.#deps = deps;
    const canWriteHere = canWrite(task.disk, deps.pickers);
    for (const line of this.#form.querySelectorAll("[data-way]"))
      /** @type {HTMLElement} */ (line).hidden =
        line.getAttribute("data-way") !== (canWriteHere ? task.disk : "download");
    byId("save-password-field").hidden = task.password !== "";
    setAccount(this.#password, readCertificate(task.stored.certificate).serial);
    onSubmit(this.#form, () => {
      if (!this.#saveButton.disabled)
        void this.#run((check) => (canWriteHere ? this.#write(check) : this.#download()));
    });
    onClick(this.#keepButton, () => this.#run(() => this.#keepHere()));
    // Made now, so that the press that follows opens the window without delay.
    if (task.password !== "") void this.#createFile().catch(() => {});
  }

  /**
   * Do what was pressed last; what an earlier press still does, reaches nobody.
   * @param {(check: () => void) => Promise<void>} work `check` throws where another
   *   button was pressed since
   */
  async #run(work) {
    const generation = (this.#generation += 1);
    const isLast = () => generation === this.#generation;
    this.#saveButton.disabled = this.#keepButton.disabled = true;
    showFormError(byId("save-refused"), null);
    try {
      await work(() => {
        if (!isLast()) throw new DiskExportError("save_cancelled");
      });
      if (isLast()) this.#deps.onDone();
    } catch (error) {
      if (isLast()) showFormError(byId("save-refused"), messageOf(error));
    } finally {
      if (isLast()) this.#saveButton.disabled = this.#keepButton.disabled = false;
    }
  }

  /** @param {() => void} check */
  async #write(check) {
    const { disk } = this.#task;
    if (!this.#isWritten) {
      const file = await this.#createFile();
      // Whoever never answers the browser's window can still keep it here.
      this.#keepButton.disabled = false;
      await exportToDisk(disk, file, this.#deps.pickers, () => {
        check();
        this.#keepButton.disabled = true;
      });
    }
    this.#isWritten = true; // where only the centre does not answer, it is not asked again
    await this.#deps.reportDelivery(disk);
    await this.#deps.removeCopy();
  }

  async #download() {
    const { name, bytes } = await this.#createFile();
    if (!this.#isWritten) downloadFile(name, bytes, "application/x-pkcs12");
    this.#isWritten = true;
    await rememberCopy(this.#task.stored.id, "file");
    await this.#deps.reportDelivery("file");
  }

  async #keepHere() {
    await this.#deps.reportDelivery("browser");
  }

  async #createFile() {
    const password = this.#task.password || this.#password.value;
    this.#file ??= await createPkcs12File(this.#task.stored, password);
    return this.#file;
  }
}
