/**
 * The dialog that saves a certificate and its key: as PKCS#12, as an NPKI folder, or as a
 * profile for the store of an iPhone, iPad or Mac; as a download, handed to another app, or
 * onto a disk.
 */
import { byId, downloadFile, onClick, onSubmit } from "../../../lib/dom/page.js";
import { canShareFiles, shareFile } from "./share.js";
import { showFormError } from "../../../lib/dom/outcome_view.js";
import { runStoppable } from "../../../lib/dom/stoppable.js";
import { CodedError } from "../../../lib/errors.js";
import { fileMessageOf } from "../../../lib/file_messages.js";
import { _ } from "../../../lib/i18n.js";
import { deviceFamily } from "./device_family.js";
import { loadModule } from "../../../lib/lazy.js";
import { passwordErrorOf } from "../../../lib/password_messages.js";
import { decryptKey } from "../../../npki/key_file.js";
import { readCertificate } from "../../../pki/certificate.js";
import { PROFILE_TYPE, createIdentityProfile } from "../../files/apple_profile.js";
import { rememberCopy, reportCopy } from "../../copy_reporting.js";
import { canWriteFolder, exportFile, exportTree } from "../../files/disk_export.js";
import { isFieldForm } from "../../field_forms.js";
import { relateFile } from "../../file_relation.js";
import { rememberedFolders } from "../../files/remembered_folders.js";
import { labelFor } from "../certificate_display.js";
import { diskQuestions } from "./disk_questions.js";
import { formCalled, showExportForm, showExportResult } from "./export_result.js";
import { accountName, setAccount } from "../password_account.js";
import { VaultButton } from "../vault/vault_button.js";

/** @typedef {import("../../store.js").LockedCertificate} LockedCertificate */
/** @typedef {import("../../../npki/encryption/pbe.js").Stopping} Stopping */
/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../imported_certificate.js").ImportedCertificate} ImportedCertificate */
/** @typedef {import("../../imported_certificate.js").SaveFormat | "profile"} SaveFormat */
/** @typedef {import("../../files/disk_export.js").Disk} Disk */
/** @typedef {import("../../files/disk_export.js").FolderHandle} FolderHandle */
/** @typedef {import("../../../npki/files/folder.js").TreeFile} TreeFile */
/** @typedef {import("../../imported_certificate.js").TreeFormat} TreeFormat */
/** @typedef {import("../../files/disk_export.js").ExportFile} ExportFile */
/** Where it is once it was taken. @typedef {Omit<ExportResult, "form" | "name">} Taken */
/** @typedef {import("./export_result.js").ExportResult} ExportResult */
/** One file or a tree of them. @typedef {{name: string, type: string, bytes: Bytes, tree?: TreeFile[]}} Output */

const PKCS12 = "application/x-pkcs12";
const ZIP = "application/zip";

/** The dialog of this page; made once. */
export class ExportDialog {
  /** What is saved; null where its password is still to be typed. @type {ImportedCertificate | null} */
  #imported = null;
  /** @type {LockedCertificate | null} */ #stored = null;
  /** @type {() => void} */ #onSaved = () => {};
  /** What was chosen before, by disk. @type {Map<string, FolderHandle>} */ #folders = new Map();
  #dialog = byId("export", HTMLDialogElement);
  #form = byId("export-form", HTMLFormElement);
  #error = byId("export-refused");
  #isSaved = false;
  #button = byId("export-go", HTMLButtonElement);
  #elsewhere = byId("export-elsewhere", HTMLButtonElement);
  #share = byId("export-share", HTMLButtonElement);
  #device = byId("export-device", HTMLSelectElement);
  #remembered = rememberedFolders();
  #hasDisks = canWriteFolder(/** @type {any} */ (window));
  #vault = this.#password && new VaultButton(this.#password, this.#error, () => this.#go());

  constructor() {
    onSubmit(this.#form, () => this.#save());
    onClick(this.#elsewhere, () => this.#save({ isElsewhere: true }));
    onClick(this.#share, () => this.#shareFile());
    for (const id of ["export-close", "export-finish"])
      onClick(byId(id, HTMLButtonElement), () => this.#dialog.close());
    onClick(byId("export-again", HTMLButtonElement), () => this.#saveAgain());
    onClick(byId("export-take-needed", HTMLButtonElement), () => this.#takeNeeded());
    byId("export-places").hidden = !this.#hasDisks;
    this.#form.addEventListener("change", () => this.#showChoice());
    this.#device.value = deviceFamily(navigator.userAgent);
    this.#dialog.addEventListener("close", () => {
      if (this.#password) this.#password.value = "";
      this.#imported = this.#stored = null;
      if (this.#isSaved) this.#onSaved();
      this.#isSaved = false;
    });
  }

  /**
   * Ask for the password and save what this browser keeps.
   * @param {LockedCertificate} stored
   * @param {() => void} [onSaved] is called when the dialog is closed, where a copy is
   *   elsewhere then
   */
  open(stored, onSaved = () => {}) {
    this.#stored = stored;
    this.#onSaved = onSaved;
    const certificate = readCertificate(stored.certificate);
    if (this.#password) setAccount(this.#password, certificate.serial);
    void this.#vault?.offer(stored);
    this.#show(certificate, isFieldForm(stored.encryptedKey) ? "as-it-is" : "p12");
    this.#password?.focus();
  }

  /**
   * Save what was opened on this page.
   * @param {ImportedCertificate} imported
   */
  openImported(imported) {
    if (imported.certificate === null) return;
    this.#imported = imported;
    this.#onSaved = () => {};
    this.#show(imported.certificate, imported.isFieldForm ? "as-it-is" : "npki-b");
  }

  /** @returns {HTMLInputElement | null} */
  get #password() {
    return /** @type {HTMLInputElement | null} */ (document.getElementById("export-password"));
  }

  /** What tells whether a .p12 file on a disk is of a certificate before this one. */
  get #relate() {
    const [imported, stored] = [this.#imported, this.#stored];
    if (imported) return (/** @type {Bytes} */ octets) => imported.relateFile(octets);
    return stored ? relateFile(stored.certificate, this.#password?.value ?? "") : undefined;
  }

  /** @returns {{form: SaveFormat, place: "download" | Disk}} */
  get #choice() {
    const data = new FormData(this.#form);
    const form = data.get("form");
    // A profile is for the device itself, which takes it from its downloads.
    const place = this.#hasDisks && form !== "profile" ? data.get("place") : "download";
    return /** @type {any} */ ({ form, place });
  }

  /**
   * @param {import("../../../pki/certificate.js").Certificate} certificate
   * @param {SaveFormat} form
   */
  #show(certificate, form) {
    for (const which of this.#dialog.querySelectorAll("[data-which]"))
      which.textContent = labelFor(certificate);
    const asItIs = /** @type {HTMLElement} */ (this.#form.querySelector("[data-form]"));
    asItIs.hidden = form !== "as-it-is";
    this.#check("form", form);
    this.#check("place", this.#hasDisks && this.#imported ? "hard-disk" : "download");
    showFormError(this.#error, null);
    showExportForm();
    this.#showChoice();
    this.#dialog.showModal();
    void this.#recall();
  }

  /** @param {string} name @param {string} value */
  #check(name, value) {
    for (const input of this.#form.querySelectorAll("input"))
      if (input.name === name) input.checked = input.value === value;
  }

  /** Go back to the form, for another copy. */
  #saveAgain() {
    showExportForm();
    (this.#password ?? this.#button).focus();
  }

  /** Choose the kind of file that the device of the guide takes. */
  #takeNeeded() {
    const [needed] = neededForms(this.#device.value);
    this.#check("form", needed);
    this.#showChoice();
    this.#device.focus();
  }

  /** Remember where something was written before. */
  async #recall() {
    for (const disk of /** @type {const} */ (["hard-disk", "removable-disk"])) {
      const folder = await this.#remembered.get(disk);
      if (folder?.requestPermission) this.#folders.set(disk, folder);
    }
    this.#showChoice();
  }

  /** Let the buttons say what they do now. */
  #showChoice() {
    const { form, place } = this.#choice;
    const folder = this.#folders.get(place);
    const isFile = form.startsWith("p12") && place === "hard-disk";
    byId("export-places").hidden = !this.#hasDisks || form === "profile";
    /** @type {NodeListOf<HTMLElement>} */
    const guides = this.#form.querySelectorAll("[data-guide]");
    for (const guide of guides) guide.hidden = guide.dataset.guide !== this.#device.value;
    const needed = neededForms(this.#device.value);
    byId("export-other-form").hidden = needed.includes(form);
    byId("export-needed").textContent = formCalled(needed[0]);
    const chosen = document.getElementById("export-chosen");
    if (chosen) chosen.textContent = `· ${formCalled(form)}`;
    this.#elsewhere.hidden = folder === undefined || isFile;
    this.#share.hidden = place !== "download" || !canShareFiles(typeOf(form));
    this.#button.textContent =
      folder !== undefined && !isFile
        ? _("Save in “%(folder)s” again", { folder: folder.name })
        : place === "download"
          ? _("Save")
          : place === "removable-disk"
            ? _("Choose the disk and save")
            : _("Choose the folder and save");
  }

  /** Go on after this device opened it; where there are two ways, the person chooses. */
  #go() {
    const isOneWay = this.#share.hidden && this.#choice.place === "download";
    if (isOneWay) void this.#save();
    else this.#button.focus();
  }

  /** @param {{isElsewhere?: boolean}} [options] */
  #save({ isElsewhere = false } = {}) {
    const { place } = this.#choice;
    return this.#export(this.#button, async (output) => {
      if (place === "download") {
        downloadFile(output.name, output.bytes, output.type);
        return { place };
      }
      return this.#writeToDisk(place, output, isElsewhere);
    });
  }

  #shareFile() {
    return this.#export(this.#share, async ({ name, bytes, type }) =>
      (await shareFile(name, bytes, type)) ? { place: "share" } : null,
    );
  }

  /**
   * @param {Disk} disk
   * @param {Output} output
   * @param {boolean} isElsewhere whether another folder than before is wanted
   * @returns {Promise<Taken>}
   */
  async #writeToDisk(disk, { name, bytes, tree }, isElsewhere) {
    const destination = {
      disk,
      folder: isElsewhere ? null : this.#folders.get(disk),
      pickers: /** @type {any} */ (window),
      questions: diskQuestions(),
      relate: this.#relate,
    };
    const { folder, path } = tree
      ? await exportTree(tree, destination)
      : await exportFile({ name, bytes }, destination);
    if (folder !== null) {
      this.#folders.set(disk, folder);
      await this.#remembered.put(disk, folder);
      this.#showChoice();
    }
    return { place: disk, path: folder === null ? path : `${folder.name}/${path}` };
  }

  /**
   * Make the file, hand it over, and note the copy where it was taken.
   * @param {HTMLButtonElement} button
   * @param {(output: Output) => Promise<Taken | null>} handOver returns where it is then,
   *   null where it was not taken
   */
  async #export(button, handOver) {
    const { form, place } = this.#choice;
    const stored = this.#stored;
    button.disabled = true;
    showFormError(this.#error, null);
    try {
      const output = await runStoppable(this.#error, (signal) =>
        this.#createOutput(form, { signal }),
      );
      const taken = await handOver(output);
      if (taken === null) return;
      if (stored) await this.#noteCopy(stored, place);
      this.#isSaved = true;
      showExportResult({ form, name: output.name, ...taken });
    } catch (error) {
      const typed = this.#password?.value ?? "-";
      showFormError(this.#error, passwordErrorOf(error, typed, fileMessageOf));
      this.#password?.select();
      this.#error.scrollIntoView({ block: "nearest" });
    } finally {
      button.disabled = false;
    }
  }

  /** @param {LockedCertificate} stored @param {"download" | Disk} place */
  async #noteCopy(stored, place) {
    await rememberCopy(stored.id, place === "download" ? "file" : place);
    void reportCopy(stored.serverId, "file", "saved");
  }

  /** @param {SaveFormat} form @param {Stopping} options @returns {Promise<Output>} */
  async #createOutput(form, options) {
    if (form === "profile") return this.#createProfile(options);
    const { name, bytes, tree } = form.startsWith("p12")
      ? await this.#createFile(/** @type {"p12" | "p12-older"} */ (form), options)
      : await this.#createTree(/** @type {TreeFormat} */ (form), options);
    return { name, bytes, tree, type: typeOf(form) };
  }

  /**
   * @param {"p12" | "p12-older"} form
   * @param {Stopping} options
   * @returns {Promise<ExportFile & {tree?: undefined}>}
   */
  async #createFile(form, options) {
    const [imported, stored] = [this.#imported, this.#stored];
    if (imported?.certificate)
      return {
        name: `${accountName(imported.certificate.serial)}.p12`,
        bytes: await imported.toPkcs12(form, options),
      };
    if (stored === null) throw new CodedError("not_here");
    return createPkcs12File(stored, this.#password?.value ?? "", { ...options, form });
  }

  /** @param {Stopping} options @returns {Promise<Output>} */
  async #createProfile(options) {
    // Versions of these systems that are still in use open nothing newer.
    const { name: file, bytes: pkcs12 } = await this.#createFile("p12-older", options);
    const certificate = this.#stored?.certificate ?? this.#imported?.der;
    if (!certificate) throw new CodedError("not_here");
    const { name, issuerName: issuer } = readCertificate(certificate);
    const bytes = await createIdentityProfile({ pkcs12, certificate, name, issuer });
    return { name: file.replace(/p12$/, "mobileconfig"), bytes, type: PROFILE_TYPE };
  }

  /**
   * @param {TreeFormat} form
   * @param {Stopping} options
   * @returns {Promise<ExportFile & {tree: TreeFile[]}>}
   */
  async #createTree(form, options) {
    const [imported, stored] = [this.#imported, this.#stored];
    if (imported !== null) return createTreeFiles(imported, form, options);
    if (stored === null) throw new CodedError("not_here");
    const opened = await openStored(stored, this.#password?.value ?? "", options);
    return createTreeFiles(opened, form, options);
  }
}

/** @param {SaveFormat} form */
const typeOf = (form) =>
  form === "profile" ? PROFILE_TYPE : form.startsWith("p12") ? PKCS12 : ZIP;

/**
 * Return what a kind of device takes into its own store, the best first.
 * @param {string} device a DeviceFamily
 * @returns {SaveFormat[]}
 */
const neededForms = (device) =>
  device === "ios" || device === "mac" ? ["profile"] : ["p12", "p12-older"];

/**
 * Open what this browser keeps, to write it in other forms.
 * @param {LockedCertificate} stored
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<ImportedCertificate>}
 */
export async function openStored(stored, password, options) {
  const { ImportedCertificate } = await loadModule(() => import("../../imported_certificate.js"));
  const imported = ImportedCertificate.fromStored(stored);
  await imported.open(password, new Date(), options);
  return imported;
}

/**
 * Return the files of an NPKI folder, and the zip of them.
 * @param {ImportedCertificate} imported opened
 * @param {TreeFormat} form
 * @param {Stopping} [options]
 * @returns {Promise<ExportFile & {tree: TreeFile[]}>}
 */
export async function createTreeFiles(imported, form, options) {
  const tree = await imported.toTree(form, options);
  const { writeZip } = await loadModule(() => import("../../../npki/files/archive.js"));
  const bytes = writeZip(tree.map(({ path, octets }) => ({ path: `NPKI/${path}`, octets })));
  const name = accountName(imported.certificate?.serial ?? "");
  return { name: `${name}-NPKI.zip`, bytes, tree };
}

/**
 * Return the PKCS#12 file of what a browser keeps.
 * @param {LockedCertificate} stored
 * @param {string} password the certificate's own; the file gets the same
 * @param {{form?: "p12" | "p12-older"} & Stopping} [options]
 * @returns {Promise<ExportFile>}
 */
export async function createPkcs12File(stored, password, { form = "p12", signal } = {}) {
  const { certificate, chain, encryptedKey } = stored;
  const { name, serial } = readCertificate(certificate);
  const privateKeyInfo = await decryptKey(encryptedKey, password, { signal });
  const contents = { privateKeyInfo, certificate, chain, password, friendlyName: name };
  const { writePfx } = await loadModule(() => import("../../../npki/pfx.js"));
  const encoding = form === "p12" ? "modern" : "older";
  return { name: `${accountName(serial)}.p12`, bytes: await writePfx(contents, { encoding }) };
}
