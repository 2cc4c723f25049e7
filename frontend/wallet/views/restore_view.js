/**
 * Bringing certificates back from a backup: the file, and a passphrase or two sheets.
 */
import { labelFor, summaryOf } from "../../certificates/views/certificate_display.js";
import { formatDate } from "../../lib/dates.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { initFileField } from "../../lib/dom/forms/file_field.js";
import { byId, make, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { errorCode } from "../../lib/errors.js";
import { _ } from "../../lib/i18n.js";
import { MAX_BYTES, openBackup, readHeader } from "../../npki/backup.js";
import { combineSheets, readSheet } from "../../npki/slip39.js";
import { fingerprint } from "../../pki/certificate.js";
import { runBackupStep } from "./backup_step.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../npki/backup.js").BackupContents} BackupContents */

const STEP = "restore-step-";

/** The section that restores (templates/wallet/restore.html); made once. */
export class RestoreView {
  /** @type {Uint8Array | null} */ #file = null;
  /** @type {StoredCertificate[]} */ #certificates = [];
  #error = byId("restore-refused");
  #input = byId("restore-file", HTMLInputElement);
  #clearFile = initFileField(this.#input);
  #store;
  #onDone;

  /**
   * @param {Pick<import("../../certificates/store.js").Store, "put">} store
   * @param {() => void} onDone is called when the person goes back to the certificates
   */
  constructor(store, onDone) {
    this.#store = store;
    this.#onDone = onDone;
    this.#input.addEventListener("change", () => void this.#choose());
    onSubmit(byId("restore-form", HTMLFormElement), () => this.#open());
    onClick(byId("restore-keep", HTMLButtonElement), () => this.#keep());
    for (const close of document.querySelectorAll("[data-restore-close]"))
      onClick(/** @type {HTMLButtonElement} */ (close), () => this.close());
  }

  /** Begin anew. */
  open() {
    this.#forget();
    this.#show("choose");
  }

  /** Leave, and forget what was typed. */
  close() {
    this.#forget();
    this.#onDone();
  }

  /** Look at the head of the chosen file, and ask for what opens it. */
  async #choose() {
    const [chosen] = this.#input.files ?? [];
    if (chosen === undefined) return;
    this.#showKey(null);
    const button = byId("restore-go", HTMLButtonElement);
    await runBackupStep(button, this.#error, async () => {
      // One octet more tells that it is too large, whatever the rest is.
      const head = await chosen.slice(0, MAX_BYTES + 1).arrayBuffer();
      this.#file = new Uint8Array(head);
      this.#showKey(readHeader(this.#file).kind);
      byId(byId("restore-sheets").hidden ? "restore-passphrase" : "restore-sheet-0").focus();
    });
  }

  #open() {
    return runBackupStep(byId("restore-go", HTMLButtonElement), this.#error, async () => {
      const file = /** @type {Uint8Array} */ (this.#file);
      const missing = this.#missing();
      if (missing !== "") {
        showFormError(this.#error, { code: "", sentence: missing, next: "" });
        return;
      }
      const key = await this.#readKey(file);
      const contents = await runStoppable(this.#error, (signal) =>
        openBackup(file, key, { signal }),
      );
      this.#certificates = await toStored(contents);
      this.#showContents(contents);
      this.#show("look");
    });
  }

  /** Say what is still to be given; empty where nothing is. */
  #missing() {
    if (this.#file === null) return _("Choose the backup file first.");
    const isEmpty = byId("restore-passphrase", HTMLInputElement).value === "";
    const needsPassphrase = readHeader(this.#file).kind === "passphrase";
    return needsPassphrase && isEmpty ? _("Type the passphrase of the backup.") : "";
  }

  /** @param {Uint8Array} file */
  async #readKey(file) {
    if (readHeader(file).kind === "passphrase")
      return { passphrase: byId("restore-passphrase", HTMLInputElement).value };
    const texts = [0, 1]
      .map((at) => byId(`restore-sheet-${at}`, HTMLTextAreaElement).value)
      .filter((text) => text.trim() !== "");
    const secret = await combineSheets(texts);
    return { secret, identifier: readSheet(texts[0]).identifier };
  }

  /** @param {BackupContents} contents */
  #showContents({ madeAt, certificates }) {
    const language = document.documentElement.lang;
    const day = formatDate(madeAt, language);
    byId("restore-made").textContent = _("The backup was made on %(day)s.", { day });
    const lines = this.#certificates.map((stored) => make("li", {}, describe(stored)));
    const unreadable = certificates.length - lines.length;
    if (unreadable > 0)
      lines.push(make("li", {}, _("Cannot be read: %(number)s", { number: unreadable })));
    byId("restore-list").replaceChildren(...lines);
    byId("restore-keep").hidden = this.#certificates.length === 0;
  }

  #keep() {
    return runBackupStep(byId("restore-keep", HTMLButtonElement), this.#error, async () => {
      const lines = [];
      for (const stored of this.#certificates)
        lines.push(make("li", {}, `${describe(stored)}: ${await this.#put(stored)}`));
      byId("restore-result").replaceChildren(...lines);
      this.#show("done");
    });
  }

  /** Keep one, and say what came of it. @param {StoredCertificate} stored */
  async #put(stored) {
    try {
      await this.#store.put(stored);
      return _("it is here and was read back");
    } catch (error) {
      if (errorCode(error) !== "other_key_here") throw error;
      return _("it is here already with another password, and was left as it is");
    }
  }

  /** @param {"passphrase" | "sheets" | null} kind */
  #showKey(kind) {
    byId("restore-with-passphrase").hidden = kind !== "passphrase";
    byId("restore-sheets").hidden = kind !== "sheets";
    byId("restore-go").hidden = kind === null;
  }

  /** @param {string} step */
  #show(step) {
    showFormError(this.#error, null);
    showView(`${STEP}${step}`, STEP);
  }

  #forget() {
    this.#file = null;
    this.#certificates = [];
    this.#clearFile();
    byId("restore-passphrase", HTMLInputElement).value = "";
    for (const at of [0, 1]) byId(`restore-sheet-${at}`, HTMLTextAreaElement).value = "";
    byId("restore-list").replaceChildren();
    this.#showKey(null);
  }
}

/** @param {StoredCertificate} stored */
function describe(stored) {
  const summary = summaryOf(stored);
  const day = formatDate(summary.notAfter, document.documentElement.lang);
  return `${labelFor(summary)} · ${_("Until %(day)s 23:59", { day })}`;
}

/**
 * Return what of a backup this browser can keep; what is no certificate is left out.
 * @param {BackupContents} contents
 * @returns {Promise<StoredCertificate[]>}
 */
async function toStored({ madeAt, certificates }) {
  const keptAt = Date.now();
  const all = await Promise.all(
    certificates.map(async ({ localName, serverId, ...octets }) => ({
      ...octets,
      id: await fingerprint(octets.certificate),
      keptAt,
      cameFrom: /** @type {const} */ ("backup"),
      ...(localName && { localName }),
      ...(serverId && { serverId }),
      copies: [{ place: /** @type {const} */ ("backup"), at: madeAt.getTime() }],
    })),
  );
  return all.filter(isReadable);
}

/** @param {StoredCertificate} stored */
function isReadable(stored) {
  try {
    return Boolean(summaryOf(stored));
  } catch {
    return false;
  }
}
