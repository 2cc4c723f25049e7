/**
 * The last part of keeping a certificate on a disk: choose the place, write, read back.
 *
 * Until the file was read back the browser keeps its own copy, so that nothing is lost
 * whatever a person presses or closes.
 */
import { fileOf } from "../../certificates/views/export_dialog.js";
import { nameAccount } from "../../certificates/views/password_account.js";
import { SavingError, canWrite, saveTo } from "../../certificates/disk_export.js";
import { byId, onPress, onSubmit, save } from "../../lib/dom/page.js";
import { sayInForm } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").Holding} Holding */
/** @typedef {import("../../certificates/disk_export.js").Disk} Disk */

/**
 * @typedef {object} Ports
 * @property {import("../../certificates/disk_export.js").Pickers} pickers
 * @property {(place: Disk | "browser" | "file") => Promise<void>} deliver tells the
 *   centre where it stands
 * @property {() => Promise<void>} forget removes the browser's copy
 * @property {() => void} done goes on
 */

/** One certificate on its way to a disk. */
export class SavingView {
  /** @type {import("../../certificates/disk_export.js").File | null} */ #file = null;
  #written = false;
  #turn = 0;
  #form = byId("save-form", HTMLFormElement);
  #password = byId("save-password", HTMLInputElement);
  #go = byId("save-go", HTMLButtonElement);
  #keep = byId("save-browser", HTMLButtonElement);

  /**
   * @param {{holding: Holding, disk: Disk, password: string}} what `password` is empty
   *   where the page was loaded anew
   * @param {Ports} ports
   */
  constructor(what, ports) {
    this.what = what;
    this.ports = ports;
    const writes = canWrite(what.disk, ports.pickers);
    for (const each of this.#form.querySelectorAll("[data-way]"))
      /** @type {HTMLElement} */ (each).hidden =
        each.getAttribute("data-way") !== (writes ? what.disk : "download");
    byId("save-password-field").hidden = what.password !== "";
    nameAccount(this.#password, readCertificate(what.holding.certificate).serial);
    onSubmit(this.#form, () => {
      if (!this.#go.disabled)
        void this.#try((check) => (writes ? this.#write(check) : this.#download()));
    });
    onPress(this.#keep, () => this.#try(() => this.#keepHere()));
    // Made now, so that the press that follows opens the window without delay.
    if (what.password !== "") void this.#made().catch(() => {});
  }

  /**
   * Do what was pressed last; what an earlier press still does, reaches nobody.
   * @param {(check: () => void) => Promise<void>} work `check` throws where another
   *   button was pressed since
   */
  async #try(work) {
    const turn = (this.#turn += 1);
    const isLast = () => turn === this.#turn;
    this.#go.disabled = this.#keep.disabled = true;
    sayInForm(byId("save-refused"), null);
    try {
      await work(() => {
        if (!isLast()) throw new SavingError("save_cancelled");
      });
      if (isLast()) this.ports.done();
    } catch (error) {
      if (isLast()) sayInForm(byId("save-refused"), saidOf(error));
    } finally {
      if (isLast()) this.#go.disabled = this.#keep.disabled = false;
    }
  }

  /** @param {() => void} check */
  async #write(check) {
    const { disk } = this.what;
    if (!this.#written) {
      const file = await this.#made();
      // Whoever never answers the browser's window can still keep it here.
      this.#keep.disabled = false;
      await saveTo(disk, file, this.ports.pickers, () => {
        check();
        this.#keep.disabled = true;
      });
    }
    this.#written = true; // where only the centre does not answer, it is not asked again
    await this.ports.deliver(disk);
    await this.ports.forget();
  }

  async #download() {
    const { name, bytes } = await this.#made();
    if (!this.#written) save(name, bytes, "application/x-pkcs12");
    this.#written = true;
    await this.ports.deliver("file");
  }

  async #keepHere() {
    await this.ports.deliver("browser");
  }

  async #made() {
    const password = this.what.password || this.#password.value;
    this.#file ??= await fileOf(this.what.holding, password);
    return this.#file;
  }
}
