/**
 * The card of one certificate from a file: whose it is, its password, what was found, and
 * what can be done with it.
 */
import { isOver } from "../../certificates/validity.js";
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import { makeDetails, readCentre } from "../../certificates/views/certificate_display.js";
import { accountName } from "../../certificates/views/password_account.js";
import { isHandheld } from "../../lib/dom/device.js";
import { makeButton, makeLink } from "../../lib/dom/outcome_view.js";
import { byId, make, onClick, onSubmit, togglePassword } from "../../lib/dom/page.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { CodedError } from "../../lib/errors.js";
import { fileMessageForCode, fileMessageOf } from "../../lib/file_messages.js";
import { _ } from "../../lib/i18n.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { fingerprint, nameParts } from "../../pki/certificate.js";
import { plainText } from "../../pki/sanitize.js";

/** @typedef {import("../../certificates/imported_certificate.js").ImportedCertificate} ImportedCertificate */
/** @typedef {import("../../certificates/files/file_statuses.js").FileStatuses} FileStatuses */
/** @typedef {import("../../npki/sets/diagnosis.js").Diagnosis} Diagnosis */
/** @typedef {import("../../certificates/validity.js").State} State */

/**
 * What a card asks the page to do. `send`, `keep`, `sign` and `save` follow a check of the key.
 * @typedef {object} Actions
 * @property {(card: ImportCard) => Promise<void>} send
 * @property {(card: ImportCard) => Promise<void>} keep
 * @property {(card: ImportCard) => Promise<void>} sign
 * @property {(card: ImportCard) => void} save
 * @property {(card: ImportCard) => void} changePassword also of one that has none yet
 */

/** @typedef {{statuses: FileStatuses, now: () => number, actions: Actions}} Dependencies */

const ORGANISATIONAL_UNIT = "2.5.4.11";
/** What an issuer writes there of kinds of certificates, and not of who took the application. */
const KIND_OF_CERTIFICATE = /^(?:personal|corporation|accredited|licensed|general|class)/i;
let count = 0;

/** One card; `element` goes into the page. */
export class ImportCard {
  #deps;
  #form;
  #checks = make("ul", { class: "progress-list checks" });
  #actions = make("div", { class: "actions" });
  #note = make("p", { class: "notice safe", role: "status" });
  #face = make("div");
  #useButton;
  /** @type {State} */ #state = "checking";

  /** @param {ImportedCertificate} imported @param {string} id SHA-256, hexadecimal @param {Dependencies} deps */
  constructor(imported, id, deps) {
    /** @readonly */ this.imported = imported;
    /** SHA-256 of its certificate, in hexadecimal. */ this.id = id;
    this.#deps = deps;
    this.#form = this.#makeForm();
    this.#note.hidden = this.#checks.hidden = this.#actions.hidden = true;
    this.#useButton = makeButton(_("Use this one"), "plain", () => this.ask());
    const use = make("div", { class: "actions" }, this.#useButton);
    /** @readonly */ this.element = make("div", { class: "import-card" });
    this.element.append(this.#face);
    this.#form.hidden = true;
    this.#parts = [use, this.#form, this.#checks, this.#note, this.#actions];
    this.showFace();
  }

  /** @type {HTMLElement[]} */ #parts;

  /** What it is now, by its dates and what the centre's list says. */
  get state() {
    return this.#state;
  }

  /** Show whose it is; called again when more is known. */
  showFace() {
    const { certificate, path } = this.imported;
    if (certificate === null) {
      const name = plainText(path.split("/").at(-1) ?? path);
      const head = make("header", { class: "head" }, make("h2", { translate: "no" }, name));
      const words = _("A file with a certificate and its key. Its password shows whose it is.");
      const card = make("article", { class: "certificate" }, head, make("p", {}, words));
      card.append(...this.#parts);
      this.#face.replaceChildren(card);
      return;
    }
    const details = makeDetails({ ...certificate, fingerprint: this.id });
    const card = new CertificateCard(
      certificate,
      { serial: certificate.serial, sha256: this.id },
      { watch: /** @type {any} */ (this.#deps.statuses), place: this.#place() },
      ...this.#registered(),
      details,
      ...this.#parts,
    );
    this.#state = card.update();
    this.#face.replaceChildren(card.element);
  }

  /** Ask for its password. @param {{focus?: boolean}} [options] */
  ask({ focus = true } = {}) {
    this.#useButton.hidden = true;
    this.#form.hidden = this.imported.isOpen || this.imported.needsPassword;
    if (focus) (this.imported.isPlain ? this.#openButton : this.#input).focus();
  }

  /** Say that something was done with it. @param {...(string | Node)} words */
  tell(...words) {
    this.#note.className = "notice safe";
    this.#note.replaceChildren(make("span", {}, ...words));
    this.#note.hidden = false;
  }

  /** Say what could not be done. @param {unknown} error */
  refuse(error) {
    const { sentence, next } = fileMessageOf(error);
    this.#note.className = "notice stop";
    this.#note.replaceChildren(`${sentence} ${next}`);
    this.#note.hidden = false;
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (this.#form.querySelector("input[type=password], input[type=text]:not([hidden])"));
  }

  get #openButton() {
    return /** @type {HTMLButtonElement} */ (this.#form.querySelector(".primary"));
  }

  /** @returns {HTMLFormElement} */
  #makeForm() {
    const template = byId("open-template", HTMLTemplateElement);
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const form = /** @type {HTMLFormElement} */ (copy.querySelector("form"));
    const id = `open-password-${(count += 1)}`;
    const [account, input] = form.querySelectorAll("input");
    input.id = id;
    form.querySelector("label")?.setAttribute("for", id);
    const hint = /** @type {HTMLElement} */ (form.querySelector(".hint"));
    hint.id = `${id}-hint`;
    input.setAttribute("aria-describedby", hint.id);
    if (this.imported.isPlain) {
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-plain]")))
        part.hidden = part.dataset.plain === "no";
    }
    const { certificate } = this.imported;
    // A password manager fills it only for a certificate that it knows by its number.
    if (certificate !== null) {
      account.value = accountName(certificate.serial);
      input.autocomplete = "current-password";
    }
    const toggle = /** @type {HTMLButtonElement} */ (form.querySelector(".with-button button"));
    toggle.dataset.shows = id;
    onClick(toggle, () => togglePassword(toggle));
    onSubmit(form, () => void this.#open(input));
    return form;
  }

  /** @param {HTMLInputElement} input */
  async #open(input) {
    const button = this.#openButton;
    const refusal = /** @type {HTMLElement} */ (this.#form.querySelector("[role=alert]"));
    button.disabled = true;
    refusal.hidden = true;
    try {
      const now = new Date(this.#deps.now());
      const diagnosis = await runStoppable(refusal, (signal) =>
        this.imported.open(input.value, now, { signal }),
      );
      input.value = "";
      this.#form.hidden = true;
      await this.#opened(diagnosis);
    } catch (error) {
      const { sentence, next } = passwordErrorOf(error, input.value, fileMessageOf);
      refusal.textContent = `${sentence} ${next}`;
      refusal.hidden = false;
      input.select();
    } finally {
      button.disabled = false;
    }
  }

  /** @param {Diagnosis} diagnosis */
  async #opened(diagnosis) {
    const der = /** @type {Uint8Array} */ (this.imported.der);
    this.id = await fingerprint(der);
    await this.#deps.statuses.look([der], readCentre()?.issuer);
    this.showFace();
    this.#showChecks(diagnosis);
    if (this.imported.needsPassword) this.#askForFirstPassword();
    else this.#showActions();
  }

  /** Nothing can be done with a key that no password locks, but to choose one. */
  #askForFirstPassword() {
    this.refuse(new CodedError("key_plain"));
    const choose = () => this.#deps.actions.changePassword(this);
    this.#actions.replaceChildren(makeButton(_("Choose its password"), "primary", choose));
    this.#actions.hidden = false;
    choose();
  }

  /** Offer all that can be done, now that its first password locks it. */
  showLocked() {
    this.tell(_("It is locked with this password now, here and wherever you take it. The file that you chose still has none: delete it when you have a locked copy."));
    this.#showActions();
  }

  /** @param {Diagnosis} diagnosis */
  #showChecks({ randomNum, problems }) {
    const good = (/** @type {string} */ words) => make("li", { class: "done" }, words);
    const bad = (/** @type {string} */ words) => make("li", { class: "wrong" }, words);
    this.#checks.replaceChildren(
      good(
        this.imported.needsPassword
          ? _("The key is that of this certificate.")
          : _("The password opens the key, and the key is that of this certificate."),
      ),
      randomNum === true && !problems.includes("bad_random_number")
        ? good(_("The number that proves whose it is (R) is in it, so it can be used to identify you."))
        : bad(
            _("The number that proves whose it is (R) is not in it. It signs, but sites that check your identity with it will refuse. Look for the original folder if you have it."),
          ),
      ...(this.imported.hasManagementPair
        ? [good(_("The second pair, for encryption, is there too and goes along."))]
        : []),
    );
    this.#checks.hidden = false;
  }

  #showActions() {
    const { actions } = this.#deps;
    const run = (/** @type {(card: ImportCard) => Promise<void>} */ work) => () =>
      void work(this).catch((error) => this.refuse(error));
    const isUsable = !isOver(this.#state);
    const inHand = isHandheld();
    const send = makeButton(_("Send to my phone"), "primary", run(actions.send));
    const keepWords = inHand ? _("Keep it on this phone") : _("Keep it in this browser");
    const keep = makeButton(keepWords, inHand ? "primary" : "plain", run(actions.keep));
    const save = makeButton(_("Save or convert"), "plain", () => actions.save(this));
    const change = makeButton(_("Change its password"), "plain", () => actions.changePassword(this));
    const sign = makeButton(_("Sign a document"), "plain", run(actions.sign));
    const possible = isUsable ? (inHand ? [keep, sign] : [send, keep, sign]) : [];
    this.#actions.replaceChildren(...possible, save, change);
    this.#actions.hidden = false;
    /** @type {HTMLElement} */ (this.#actions.firstElementChild).focus();
  }

  /** Offer what comes after it was kept here: a phone can send it on from now on. */
  showKept() {
    this.tell(_("It is kept in this browser now, read back and complete. Your file stays where it is."), " ",
      make("a", { href: "/wallet" }, _("Certificates in this browser")));
    if (!isHandheld()) return;
    const link = makeLink(_("Send it to a computer"), "plain", `/p#send=${this.id}`);
    this.#actions.querySelector(".primary")?.replaceWith(link);
  }

  #place() {
    const { path, authority, fileCount } = this.imported;
    const files = fileCount === 1 ? _("1 file") : _("%(n)s files", { n: fileCount });
    // The name of a holder's folder is the certificate's own name once more.
    const place = authority === "" ? shorten(path) : [path.split("/")[0], authority].join(" / ");
    return place === "" ? files : `${plainText(place)} · ${files}`;
  }

  /** Say who took the application, where the certificate does. */
  #registered() {
    const { certificate } = this.imported;
    const units = nameParts(/** @type {any} */ (certificate).subjectDer)
      .filter(([type, text]) => type === ORGANISATIONAL_UNIT && text !== null)
      .map(([, text]) => String(text))
      .filter((text) => !KIND_OF_CERTIFICATE.test(text));
    const place = units.at(-1);
    if (place === undefined) return [];
    return [make("p", { class: "soft small" }, _("Applied for at %(place)s", { place: plainText(place) }))];
  }
}

/**
 * Return a long path by its beginning and its end. A holder's folder has the certificate's
 * own name once more, and is left out.
 * @param {string} path
 */
function shorten(path) {
  const parts = plainText(path).split("/").filter((part) => !/^cn=/i.test(part));
  return parts.length <= 3 ? parts.join(" / ") : [parts[0], "…", ...parts.slice(-1)].join(" / ");
}

/**
 * Make the line of what cannot be used, by its reason and the next step.
 * @param {string} path
 * @param {string} code
 * @param {string} [whose]
 */
export function makeProblemLine(path, code, whose = "") {
  const { sentence, next } = fileMessageForCode(code);
  return make(
    "li",
    {},
    make("b", { translate: "no" }, [whose, shorten(path)].filter(Boolean).join(" · ")),
    make("p", {}, sentence),
    make("p", { class: "soft small" }, next),
  );
}
