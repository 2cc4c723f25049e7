/**
 * The last part of keeping a certificate on a disk: choose the place, write, read back.
 *
 * Until the file was read back the browser keeps its own copy, so that nothing is lost
 * whatever a person presses or closes.
 */
import { fileOf } from "../certificates/export.js";
import { nameAccount } from "../certificates/password_account.js";
import { canWrite, saveTo } from "../certificates/saving.js";
import { byId, onPress, onSubmit, save } from "../lib/dom.js";
import { sayInForm } from "../lib/refusal.js";
import { saidOf } from "../lib/sentences.js";
import { readCertificate } from "../pki/certificate.js";

/** @typedef {import("../certificates/store.js").Holding} Holding */
/** @typedef {import("../certificates/saving.js").Disk} Disk */

/**
 * @typedef {object} Ports
 * @property {import("../certificates/saving.js").Pickers} pickers
 * @property {(place: Disk | "browser" | "file") => Promise<void>} deliver tells the
 *   centre where it stands
 * @property {() => Promise<void>} forget removes the browser's copy
 * @property {() => void} done goes on
 */

/** One certificate on its way to a disk. */
export class SavingView {
  /** @type {import("../certificates/saving.js").File | null} */ #file = null;
  #written = false;
  #form = byId("save-form", HTMLFormElement);
  #password = byId("save-password", HTMLInputElement);

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
    onSubmit(this.#form, () =>
      this.#try(() => (writes ? this.#write() : this.#download())),
    );
    onPress(byId("save-browser", HTMLButtonElement), () =>
      this.#try(() => this.#keepHere()),
    );
    // Made now, so that the press that follows opens the window without delay.
    if (what.password !== "") void this.#made().catch(() => {});
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    const presses = this.#form.querySelectorAll("button");
    for (const each of presses) each.disabled = true;
    sayInForm(byId("save-refused"), null);
    try {
      await work();
      this.ports.done();
    } catch (error) {
      sayInForm(byId("save-refused"), saidOf(error));
    } finally {
      for (const each of presses) each.disabled = false;
    }
  }

  async #write() {
    const { disk } = this.what;
    if (!this.#written) await saveTo(disk, await this.#made(), this.ports.pickers);
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
