/**
 * The side that makes the key: the check code, what is ordered, the password, the key,
 * the certificate.
 *
 * Loaded only where a key is ordered; so it makes its own form and does not burden the
 * page of those who receive.
 */
import { missingRequirements, weakness } from "../../accounts/password_policy.js";
import { issuerFor, purposeFor } from "../../certificates/views/certificate_display.js";
import { requestPersistenceSilently } from "../../certificates/views/persistence.js";
import { offerReplaced } from "../../certificates/views/replaced_here.js";
import { openStore } from "../../certificates/store.js";
import { CentreClient } from "../../enrolment/centre_client.js";
import { IssuanceClient } from "../../enrolment/issuance.js";
import { byId, initPasswordButtons, make, now, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { makeLink, showFormError } from "../../lib/dom/outcome_view.js";
import { showChecklist } from "../../lib/dom/forms/password_checklist.js";
import { messageOf } from "../../lib/error_messages.js";
import { get, post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { randomBytes } from "../../lib/random.js";
import { sealRandomNumber } from "../../npki/identity_seal.js";
import { fingerprint } from "../../pki/certificate.js";
import { createBoundKeyPair, createKeyPair } from "../../pki/key_pair.js";
import { hideCheckCode, showCheckCode } from "./check_code_view.js";
import "../core/pairing_messages.js";
import "../../certificates/arrival_messages.js";
import "../core/order_messages.js";

/** @typedef {import("../core/order.js").Order} Order */
/** @typedef {import("../session/types.js").State} State */
/** @typedef {import("../../certificates/store.js").Pending} Pending */
/** @typedef {import("./pairing_views.js").Memory} Memory */

/** The views of who makes a key. */
export class KeyHolderViews {
  #form = new KeyForm(
    (password) => this.#makeKey(password),
    () => void this.#device?.decline(),
  );
  /** @type {import("../session/device.js").Device | null} */ #device = null;
  /** @type {Memory | null} */ #memory = null;
  /** @type {Order | null} */ #order = null;
  #other = "";
  /** What was before it. */ #before = offerReplaced(null, []);

  /**
   * Serve this pairing from now on.
   * @param {import("../session/device.js").Device} device
   * @param {Memory} memory
   * @param {string} other what the other device is called
   */
  serve(device, memory, other) {
    this.#device = device;
    this.#memory = memory;
    this.#other = other;
  }

  /** Refuse where this browser would not keep a key, before anybody orders one. */
  async ready() {
    await (await openStore()).probe();
  }

  /** @param {State} state */
  hear(state) {
    if (state.state === "code") showCheckCode(state.code, this.#other);
    else if (state.state === "order")
      void this.#take(state.order).catch((error) => this.#form.refuse(error));
    else if (state.state === "asking") this.#showWaiting(false);
    else if (state.state === "keeping") this.#showWaiting(true);
    else if (state.state === "refused") void this.#forget();
  }

  /** Say what is here now. */
  async finished() {
    if (this.#memory?.bound === true) return finishedBound(this.#before);
    return {
      title: _("It is on this device, and only here"),
      lines: [
        _("The key was made here and has never left it. Stored, read back and found complete."),
        _("Open it with the password that you chose here. Nobody can recover it."),
        _("If this device is lost, so is the key. Save the certificate as a file to have a second copy."),
        ...this.#before.lines,
      ],
      actions: [
        makeLink(_("Look at the certificate"), "primary", "/wallet"),
        ...this.#before.actions,
      ],
    };
  }

  /** Both know that it is here: the key waits no longer. */
  async concluded() {
    await this.#forget();
  }

  /** A key holder receives no bundle. @returns {Promise<never>} */
  async keep() {
    throw new Error("no bundle was ordered");
  }

  /**
   * Store what was issued for the key made here, durably, and only then return.
   * @param {import("../core/order.js").IssuedCertificate} issued
   * @param {Order} order
   */
  async keepIssued({ certificate, chain }, { application }) {
    const store = await openStore();
    const pending = await store.pendingFor(application);
    if (pending === undefined) throw Object.assign(new Error(), { code: "no_key_here" });
    await this.#client(store).keep(pending, { certificate, chain });
    const [id, all] = [await fingerprint(certificate), await store.all().catch(() => [])];
    this.#before = offerReplaced(all.find((stored) => stored.id === id) ?? null, all);
    requestPersistenceSilently();
  }

  /**
   * Show what is ordered; a key that waits for the same application goes on by itself.
   * @param {Order} order
   */
  async #take(order) {
    hideCheckCode();
    this.#order = order;
    this.#memory = /** @type {Memory} */ ({
      ...this.#memory, application: order.application, bound: !order.exportable,
    });
    this.#device?.remember({ ...this.#memory });
    this.#form.show(order, this.#other);
    const pending = await (await openStore()).pendingFor(order.application);
    if (pending !== undefined) return this.#ask(pending);
    if (order.issued) return this.#device?.lackKey();
    this.#form.open();
  }

  /** @param {string} password */
  async #makeKey(password) {
    const order = this.#order;
    if (order === null) return;
    const client = this.#client(await openStore());
    const own = { applicationId: order.application, keyKind: order.key };
    if (!order.exportable) return this.#ask(await client.prepare({ ...own, isBound: true }));
    // From the centre itself: the device that orders has no say in who can read R.
    const identityKey = await new CentreClient({ post, get }).fetchIdentityKey();
    const pending = await client.prepare({
      ...own, password, identityKey, place: "phone",
    });
    await this.#ask(pending);
  }

  /** @param {Pending} pending */
  async #ask({ idempotencyKey, request, sealedRandomNumber = new Uint8Array() }) {
    await this.#device?.request({
      idempotencyKey,
      request: Uint8Array.from(request),
      sealed: Uint8Array.from(sealedRandomNumber),
    });
    this.#form.clear();
  }

  /** Nothing waits for this application any more. */
  async #forget() {
    const application = this.#order?.application ?? this.#memory?.application;
    // What is left over waits for an application that is closed, and does no harm.
    if (application)
      await openStore().then((store) => store.dropPending(application)).catch(() => null);
  }

  /** @param {import("../../certificates/store.js").Store} store */
  #client(store) {
    return new IssuanceClient({
      store, post, get, makeKeyPair: createKeyPair, makeBoundKeyPair: createBoundKeyPair, seal: sealRandomNumber,
      random: randomBytes, now,
    });
  }

  /** @param {boolean} isHere */
  #showWaiting(isHere) {
    const device = this.#other;
    byId("storing-title").textContent = isHere
      ? _("Being stored on this device")
      : _("The key is made. %(device)s asks the centre for the certificate", { device });
    if (byId("view-storing").hidden) showView("view-storing");
  }
}

/**
 * Say what is here of a key that cannot be copied.
 * @param {{lines: string[], actions: HTMLElement[]}} before what is said of an older one
 */
const finishedBound = (before) => ({
  title: _("It is on this device, and only here"),
  lines: [
    _("The key was made here and cannot be copied. Stored, read back, and it signs."),
    _("It has no password: whoever can unlock this device and open this browser can use it."),
    _("If this device is lost or its browser data is cleared, have the certificate re-issued."),
    ...before.lines,
  ],
  actions: [makeLink(_("Look at the certificate"), "primary", "/wallet"), ...before.actions],
});

/** What is ordered, the password for it, and the two buttons. */
class KeyForm {
  #title = make("h1", { tabindex: "-1" });
  #facts = make("dl", { class: "facts" });
  #note = make("p", { class: "soft" });
  #password = passwordField("making-password", _("Certificate password"), "making-hint");
  #again = passwordField("making-password-again", _("Type the password again"));
  #list = checklist();
  #different = make(
    "p", { class: "notice stop", role: "alert", hidden: "" },
    _("The two passwords differ. Type them again."),
  );
  #refused = make("p", { class: "notice stop", role: "alert", hidden: "" });
  #go = /** @type {HTMLButtonElement} */ (
    make("button", { class: "button primary", disabled: "" }));
  #sheet = make(
    "div", { class: "sheet stack" },
    this.#password.element, this.#list, this.#again.element, this.#different,
  );
  #wasSubmitted = false;
  #isBusy = false;
  #isBound = false;
  /** @type {readonly string[]} */ #known = [];

  /**
   * @param {(password: string) => Promise<void>} makeKey
   * @param {() => void} decline
   */
  constructor(makeKey, decline) {
    const no = /** @type {HTMLButtonElement} */ (
      make("button", { class: "button quiet", type: "button" }, _("Make no key")));
    const form = /** @type {HTMLFormElement} */ (make(
      "form", { class: "stack", novalidate: "" },
      this.#sheet,
      this.#refused,
      make("div", { class: "actions" }, this.#go, no),
      make("div", { class: "countdown" }),
    ));
    const view = make(
      "section", { id: "view-making", class: "stack", hidden: "" },
      this.#title, this.#facts, this.#note, form,
    );
    byId("views").append(view);
    initPasswordButtons(view);
    onClick(no, decline);
    onSubmit(form, () => void this.#submit(makeKey));
    this.#password.input.addEventListener("input", () => this.#showMissing());
    this.#again.input.addEventListener("input", () => (this.#different.hidden = true));
  }

  /**
   * Show what is ordered; nothing can be pressed yet.
   * @param {Order} order
   * @param {string} device what the other device is called
   */
  show(order, device) {
    this.#known = [order.name];
    this.#isBusy = true;
    this.#title.textContent = _("Make the key on this device?");
    this.#facts.replaceChildren(
      ...fact(_("Holder"), order.name),
      ...fact(_("What for"), purposeFor(order)),
      ...fact(_("Issuer"), issuerFor({ issuerName: order.issuer })),
    );
    this.#isBound = this.#sheet.hidden = !order.exportable;
    this.#note.textContent = this.#isBound
      ? _(
        "The key is made here and stays here; %(device)s never sees it. It cannot be copied, saved or moved, and is lost with this device: then the certificate is re-issued. It has no password: whoever can unlock this device and open this browser can use it.",
        { device },
      )
      : _(
        "The key is made here and stays here; %(device)s never sees it. Choose a password that you need each time you use it. Nobody can recover it, not even the centre.",
        { device },
      );
    this.#go.textContent = _("Make the key");
    this.#go.disabled = true;
    showFormError(this.#refused, null);
    this.#showMissing();
    showView("view-making");
  }

  /** A password may be chosen now. */
  open() {
    this.#isBusy = false;
    this.#go.disabled = false;
  }

  /** Leave no password in the page. */
  clear() {
    this.#password.input.value = this.#again.input.value = "";
    this.#wasSubmitted = false;
  }

  /** @param {unknown} error */
  refuse(error) {
    showFormError(this.#refused, messageOf(error));
  }

  /** @param {(password: string) => Promise<void>} makeKey */
  async #submit(makeKey) {
    if (this.#isBusy || !(this.#isBound || this.#isReady())) return;
    this.#isBusy = this.#go.disabled = true;
    this.#go.textContent = _("The key is being made…");
    showFormError(this.#refused, null);
    try {
      await makeKey(this.#password.input.value);
    } catch (error) {
      this.refuse(error);
      this.open();
    } finally {
      this.#go.textContent = _("Make the key");
    }
  }

  #isReady() {
    const { input } = this.#password;
    if (!this.#showMissing()) {
      this.#wasSubmitted = true;
      this.#showMissing();
      input.setAttribute("aria-invalid", "true");
      input.focus();
      return false;
    }
    input.removeAttribute("aria-invalid");
    const isDifferent = input.value !== this.#again.input.value;
    this.#different.hidden = !isDifferent;
    if (isDifferent) this.#again.input.focus();
    return !isDifferent;
  }

  /** Say what the password lacks, and return whether that is nothing. */
  #showMissing() {
    const { value } = this.#password.input;
    const missing = missingRequirements(value);
    // Every password begins as a short row of letters: only a whole one is judged.
    const weak = missing.includes("length") ? null : weakness(value, this.#known);
    showChecklist(this.#list, weak ? [...missing, weak] : missing, this.#wasSubmitted);
    return missing.length === 0 && weak === null;
  }
}

/** @param {string} name @param {string} value */
const fact = (name, value) =>
  [make("dt", {}, name), make("dd", { translate: "no" }, value)];

/**
 * @param {string} id
 * @param {string} label
 * @param {string} [described] the id of what the field lacks
 */
function passwordField(id, label, described) {
  const input = /** @type {HTMLInputElement} */ (make("input", {
    class: "input", type: "password", id, autocomplete: "new-password",
    autocapitalize: "none", spellcheck: "false", "aria-required": "true",
    ...(described && { "aria-describedby": described }),
  }));
  const button = make("button", {
    type: "button", "data-shows": id, "data-show": _("Show"), "data-hide": _("Hide"),
  }, _("Show"));
  const element = make(
    "div", { class: "field" },
    make("label", { for: id }, label),
    make("div", { class: "with-button" }, input, button),
  );
  return { element, input };
}

function checklist() {
  /** @param {string} part @param {string} words @param {boolean} [isHidden] */
  const line = (part, words, isHidden = false) =>
    make("li", { "data-part": part, ...(isHidden && { hidden: "" }) }, words);
  return make(
    "ul", { class: "missing", id: "making-hint", "aria-live": "polite" },
    line("length", _("10 characters or more")),
    line("letter", _("a letter")),
    line("digit", _("a digit")),
    line("special", _("a special character, such as ! @ # $")),
    line("forbidden", _("no spaces, no Korean letters, none of ' \" \\ |"), true),
    line("personal", _("without your ID, name or date of birth"), true),
    line("common", _('not what everybody tries first, such as "password" and a few digits'), true),
    line("simple", _("not only a row of keys, a count or a date"), true),
  );
}
