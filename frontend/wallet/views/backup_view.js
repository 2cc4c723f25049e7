/**
 * Making a backup: a sealed file of all that is shown here, opened by a passphrase or by
 * two of three sheets of paper. The sheets are asked back before the file is saved.
 */
import { weakness } from "../../accounts/password_policy.js";
import { isLocked } from "../../certificates/store.js";
import { rememberCopy } from "../../certificates/copy_reporting.js";
import { equal } from "../../lib/bytes.js";
import { formatDate } from "../../lib/dates.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { initFileField } from "../../lib/dom/forms/file_field.js";
import { byId, downloadFile, make, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { randomBytes } from "../../lib/random.js";
import { SECRET_BYTES, SHEETS, normalizePassphrase, sealBackup } from "../../npki/backup.js";
import { completeWord, readSheet, splitSecret } from "../../npki/slip39.js";
import { runBackupStep } from "./backup_step.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/store.js").LockedCertificate} LockedCertificate */
/** @typedef {import("../../npki/backup.js").BackupKey} BackupKey */
/** A word that is asked back. @typedef {{sheet: number, place: number}} Question */

const MIN_PASSPHRASE = 12;
/** What the ids of the steps begin with. */
const STEP = "backup-step-";

/** The backup section of the wallet's page (templates/wallet/backup.html); made once. */
export class BackupView {
  /** @type {LockedCertificate[]} */ #certificates = [];
  /** @type {string[][]} the words of each sheet */ #sheets = [];
  /** @type {Question[]} */ #questions = [];
  /** @type {BackupKey | null} */ #key = null;
  /** @type {{name: string, bytes: import("../../lib/bytes.js").Bytes} | null} */
  #file = null;
  #error = byId("backup-refused");
  #clearCompared = initFileField(byId("backup-compare", HTMLInputElement));
  #onDone;

  /** @param {() => void} onDone is called when the person goes back to the certificates */
  constructor(onDone) {
    this.#onDone = onDone;
    onSubmit(byId("backup-form", HTMLFormElement), () => this.#begin());
    byId("backup-form").addEventListener("change", () => this.#showKind());
    onClick(byId("backup-print", HTMLButtonElement), () => print());
    onClick(byId("backup-written", HTMLButtonElement), () => this.#ask());
    onSubmit(byId("backup-check-form", HTMLFormElement), () => this.#check());
    onClick(byId("backup-again", HTMLButtonElement), () => this.#show("backup-step-sheets"));
    onClick(byId("backup-save", HTMLButtonElement), () => this.#save());
    byId("backup-compare", HTMLInputElement).addEventListener("change", () =>
      this.#compare(),
    );
    for (const close of document.querySelectorAll("[data-backup-close]"))
      onClick(/** @type {HTMLButtonElement} */ (close), () => this.close());
  }

  /** Begin anew. @param {StoredCertificate[]} certificates what goes into it */
  open(certificates) {
    this.#forget();
    this.#certificates = certificates.filter(isLocked);
    const number = this.#certificates.length;
    const isOnlyBound = number === 0 && certificates.length > 0;
    byId("backup-count").textContent =
      number === 1
        ? _("1 certificate goes into it.")
        : _("%(number)s certificates go into it.", { number });
    byId("backup-bound").hidden = number === certificates.length;
    byId("backup-what").hidden = byId("backup-form").hidden = isOnlyBound;
    byId("backup-only-bound").hidden = !isOnlyBound;
    this.#showKind();
    this.#show("backup-step-choose");
  }

  /** Leave, and forget what must not stay on the screen. */
  close() {
    this.#forget();
    this.#onDone();
  }

  get #kind() {
    const form = new FormData(byId("backup-form", HTMLFormElement));
    return form.get("backup-kind") === "passphrase" ? "passphrase" : "sheets";
  }

  #showKind() {
    byId("backup-passphrase-part").hidden = this.#kind !== "passphrase";
  }

  #begin() {
    return runBackupStep(byId("backup-go", HTMLButtonElement), this.#error, async () => {
      if (this.#kind === "passphrase") {
        this.#key = this.#readPassphrase();
        if (this.#key !== null) await this.#seal();
        return;
      }
      const secret = randomBytes(SECRET_BYTES);
      const texts = await splitSecret(secret, { ...SHEETS, random: randomBytes });
      this.#key = { secret, identifier: readSheet(texts[0]).identifier };
      this.#sheets = texts.map((text) => text.split(" "));
      byId("backup-papers").replaceChildren(...this.#sheets.map(makePaper));
      this.#show("backup-step-sheets");
    });
  }

  /** @returns {BackupKey | null} null where it is refused, and said why */
  #readPassphrase() {
    const [first, second] = ["backup-passphrase", "backup-passphrase-again"].map(
      (id) => normalizePassphrase(byId(id, HTMLInputElement).value),
    );
    const problem =
      [...first].length < MIN_PASSPHRASE
        ? _("A passphrase has 12 characters or more. Several words are easy to remember.")
        : weakness(first, []) !== null
          ? _("This passphrase is one of the first that others would try.")
          : first !== second
            ? _("The two passphrases differ.")
            : "";
    if (problem === "") return { passphrase: first };
    showFormError(this.#error, { code: "", sentence: problem, next: "" });
    return null;
  }

  /** Ask for two words of two sheets, chosen anew each time. */
  #ask() {
    const octets = randomBytes(3);
    const sheet = octets[0] % SHEETS.count;
    const other = (sheet + 1 + (octets[0] >> 4) % (SHEETS.count - 1)) % SHEETS.count;
    const count = this.#sheets[0].length;
    // The first four words are the same, or nearly so, on all sheets.
    const placeOf = (/** @type {number} */ octet) => 4 + (octet % (count - 4));
    this.#questions = [
      { sheet, place: placeOf(octets[1]) },
      { sheet: other, place: placeOf(octets[2]) },
    ];
    this.#questions.forEach(({ sheet: at, place }, index) => {
      byId(`backup-word-${index}-label`).textContent = _(
        "Sheet %(sheet)s, word %(place)s",
        { sheet: at + 1, place: place + 1 },
      );
      byId(`backup-word-${index}`, HTMLInputElement).value = "";
    });
    this.#show("backup-step-check");
    byId("backup-word-0").focus();
  }

  #check() {
    return runBackupStep(byId("backup-check-go", HTMLButtonElement), this.#error, async () => {
      const wrong = this.#questions.findIndex(({ sheet, place }, index) => {
        const typed = byId(`backup-word-${index}`, HTMLInputElement).value.trim();
        return completeWord(typed) !== this.#sheets[sheet][place];
      });
      if (wrong === -1) return this.#seal();
      const { sheet, place } = this.#questions[wrong];
      const sentence = _("Word %(place)s of sheet %(sheet)s is another one.", {
        place: place + 1,
        sheet: sheet + 1,
      });
      const next = _("Look at the paper. If it is not there, show the sheets again.");
      showFormError(this.#error, { code: "", sentence, next });
      byId(`backup-word-${wrong}`).focus();
    });
  }

  async #seal() {
    const madeAt = new Date();
    const contents = {
      madeAt,
      certificates: this.#certificates.map((stored) => ({
        certificate: Uint8Array.from(stored.certificate),
        encryptedKey: Uint8Array.from(stored.encryptedKey),
        ...(stored.kmCertificate &&
          stored.encryptedKmKey && {
            kmCertificate: Uint8Array.from(stored.kmCertificate),
            encryptedKmKey: Uint8Array.from(stored.encryptedKmKey),
          }),
        chain: stored.chain.map((certificate) => Uint8Array.from(certificate)),
        localName: stored.localName ?? "",
        serverId: stored.serverId ?? "",
      })),
    };
    const key = /** @type {BackupKey} */ (this.#key);
    const bytes = await sealBackup(contents, key, { random: randomBytes });
    const day = madeAt.toISOString().slice(0, 10);
    this.#file = { name: `certificates-${day}.backup`, bytes };
    byId("backup-saved").hidden = true;
    byId("backup-finish").hidden = true;
    byId("backup-with").textContent =
      "passphrase" in key
        ? _("The file and the passphrase bring everything back.")
        : _("The file and any two of the three sheets bring everything back.");
    this.#wipeKey();
    this.#show("backup-step-keep");
  }

  #save() {
    const file = this.#file;
    if (file === null) return;
    downloadFile(file.name, file.bytes, "application/octet-stream");
    this.#clearCompared();
    byId("backup-saved").hidden = false;
    byId("backup-finish").hidden = false;
    byId("backup-compared").textContent = "";
    for (const { id } of this.#certificates) void rememberCopy(id, "backup");
  }

  /** Compare what was saved with what was made. */
  async #compare() {
    const input = byId("backup-compare", HTMLInputElement);
    const [chosen] = input.files ?? [];
    if (chosen === undefined || this.#file === null) return;
    const octets = new Uint8Array(await chosen.arrayBuffer());
    input.value = "";
    byId("backup-compared").textContent = equal(octets, this.#file.bytes)
      ? _("The saved file is the right one, whole.")
      : _("This is another file, or it is not whole. Save it again.");
  }

  /** @param {string} id */
  #show(id) {
    showFormError(this.#error, null);
    showView(id, STEP);
  }

  #wipeKey() {
    if (this.#key !== null && "secret" in this.#key) this.#key.secret.fill(0);
    this.#key = null;
    this.#sheets = [];
    byId("backup-papers").replaceChildren();
    for (const id of ["backup-passphrase", "backup-passphrase-again"])
      byId(id, HTMLInputElement).value = "";
    for (const index of [0, 1]) byId(`backup-word-${index}`, HTMLInputElement).value = "";
  }

  #forget() {
    this.#wipeKey();
    this.#file = null;
    this.#certificates = [];
  }
}

/** @param {string[]} words @param {number} at @returns {HTMLElement} */
function makePaper(words, at) {
  const language = document.documentElement.lang;
  const title = _("Backup of certificates: sheet %(sheet)s of 3", { sheet: at + 1 });
  const { host } = location;
  const small = (/** @type {string} */ text) => make("p", { class: "small" }, text);
  const origin = _("Made on %(day)s at %(host)s", {
    day: formatDate(new Date(), language),
    host,
  });
  const list = make(
    "ol",
    { translate: "no", lang: "en" },
    ...words.map((word) => make("li", {}, word)),
  );
  return make(
    "section",
    { class: "paper sheet" },
    make("h3", {}, title),
    make("p", { class: "soft small" }, origin),
    small(
      _(
        "These 20 English words, in this order, are a part of the key to the backup file. It " +
          "takes the file and two of the three sheets, whichever two.",
      ),
    ),
    list,
    small(
      _(
        'To get the certificates back: open %(host)s/wallet, press "Bring back from a ' +
          'backup", choose the file and type the words of two sheets. In a terminal: ' +
          "certferry restore-wallet.",
        { host },
      ),
    ),
    small(
      _(
        "One sheet alone opens nothing and tells nothing. Keep each in another place, and " +
          "none beside the file.",
      ),
    ),
  );
}
