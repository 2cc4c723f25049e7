/**
 * The last part of keeping a certificate on a disk: choose the place, write, read back.
 *
 * Until all was read back the browser keeps its own copy, so that nothing is lost whatever
 * a person presses or closes.
 */
import {
  createPkcs12File,
  createTreeFiles,
  openStored,
} from "../../certificates/views/export/export_dialog.js";
import { diskQuestions } from "../../certificates/views/export/disk_questions.js";
import { setAccount } from "../../certificates/views/password_account.js";
import {
  canWrite,
  canWriteFolder,
  exportFile,
  exportTree,
} from "../../certificates/files/disk_export.js";
import { relateFile } from "../../certificates/file_relation.js";
import { DiskExportError } from "../../certificates/files/disk_folder.js";
import { rememberedFolders } from "../../certificates/files/remembered_folders.js";
import { byId, onClick, onSubmit, downloadFile } from "../../lib/dom/page.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").LockedCertificate} LockedCertificate */
/** @typedef {import("../../certificates/files/disk_export.js").Disk} Disk */
/** @typedef {import("../../certificates/files/disk_export.js").ExportFile} ExportFile */
/** @typedef {import("../../npki/files/folder.js").TreeFile} TreeFile */
/** What is written: an NPKI folder in one of two forms, or one file.
 * @typedef {"npki-b" | "npki-a" | "p12"} Form
 */
/** @typedef {ExportFile & {tree?: TreeFile[]}} Output */

/**
 * @typedef {object} Dependencies
 * @property {import("../../certificates/files/disk_export.js").Pickers} pickers
 * @property {(place: Disk | "browser" | "file") => Promise<void>} reportDelivery tells the
 *   centre where it stands
 * @property {() => Promise<void>} removeCopy removes the browser's copy
 * @property {() => void} onDone goes on
 */

/** One certificate on its way to a disk. */
export class DiskExportView {
  /** @type {Map<Form, Output>} */ #outputs = new Map();
  #isWritten = false;
  #task;
  #deps;
  #generation = 0;
  #form = byId("save-form", HTMLFormElement);
  #password = byId("save-password", HTMLInputElement);
  #saveButton = byId("save-go", HTMLButtonElement);
  #keepButton = byId("save-browser", HTMLButtonElement);
  #remembered = rememberedFolders();

  /**
   * @param {{stored: LockedCertificate, disk: Disk, password: string}} task
   *   `password` is empty where the page was loaded anew
   * @param {Dependencies} deps
   */
  constructor(task, deps) {
    this.#task = task;
    this.#deps = deps;
    this.#showWay();
    this.#form.addEventListener("change", () => this.#showWay());
    byId("save-password-field").hidden = task.password !== "";
    setAccount(this.#password, readCertificate(task.stored.certificate).serial);
    onSubmit(this.#form, () => {
      if (!this.#saveButton.disabled)
        void this.#run((check) => (this.#canWrite ? this.#write(check) : this.#download()));
    });
    onClick(this.#keepButton, () => this.#run(() => this.#keepHere()));
    // Made now, so that the press that follows opens the window without delay.
    if (task.password !== "") void this.#createOutput().catch(() => {});
  }

  /** @returns {Form} */
  get #chosenForm() {
    return /** @type {Form} */ (new FormData(this.#form).get("form") ?? "npki-b");
  }

  get #canWrite() {
    const { pickers } = this.#deps;
    return this.#chosenForm === "p12" ? canWrite(this.#task.disk, pickers) : canWriteFolder(pickers);
  }

  /** Say what happens when the button is pressed. */
  #showWay() {
    const way = this.#canWrite ? this.#task.disk : "download";
    for (const line of this.#form.querySelectorAll("[data-way]"))
      /** @type {HTMLElement} */ (line).hidden = line.getAttribute("data-way") !== way;
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
      if (!isLast()) return;
      const typed = this.#task.password || this.#password.value;
      showFormError(byId("save-refused"), passwordErrorOf(error, typed));
    } finally {
      if (isLast()) this.#saveButton.disabled = this.#keepButton.disabled = false;
    }
  }

  /** @param {() => void} check */
  async #write(check) {
    const { disk } = this.#task;
    if (!this.#isWritten) {
      const { name, bytes, tree } = await this.#createOutput();
      // Whoever never answers the browser's window can still keep it here.
      this.#keepButton.disabled = false;
      const destination = {
        disk,
        pickers: this.#deps.pickers,
        questions: diskQuestions(),
        relate: relateFile(this.#task.stored.certificate, this.#task.password || this.#password.value),
        onPicked: () => {
          check();
          this.#keepButton.disabled = true;
        },
      };
      const { folder } = tree
        ? await exportTree(tree, destination)
        : await exportFile({ name, bytes }, destination);
      if (folder !== null) await this.#remembered.put(disk, folder);
    }
    this.#isWritten = true; // where only the centre does not answer, it is not asked again
    await this.#deps.reportDelivery(disk);
    await this.#deps.removeCopy();
  }

  async #download() {
    const { name, bytes, tree } = await this.#createOutput();
    const type = tree ? "application/zip" : "application/x-pkcs12";
    if (!this.#isWritten) downloadFile(name, bytes, type);
    this.#isWritten = true;
    await this.#deps.reportDelivery("file");
  }

  async #keepHere() {
    await this.#deps.reportDelivery("browser");
  }

  /** @returns {Promise<Output>} */
  async #createOutput() {
    const form = this.#chosenForm;
    const { stored, password: enteredBefore } = this.#task;
    const password = enteredBefore || this.#password.value;
    const cached = this.#outputs.get(form);
    if (cached !== undefined) return cached;
    const output = form === "p12"
      ? await createPkcs12File(stored, password)
      : await createTreeFiles(await openStored(stored, password), form);
    this.#outputs.set(form, output);
    return output;
  }
}
