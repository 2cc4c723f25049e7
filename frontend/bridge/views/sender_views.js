/**
 * The side that sends: the six digits, the password, the way over, the receipt.
 */
import { carriedCertificate } from "../../certificates/views/carried_certificate.js";
import { labelFor } from "../../certificates/views/certificate_display.js";
import { certificateIdFor } from "../../certificates/status_watch.js";
import { pageStatusWatch } from "../../certificates/views/page_status.js";
import { isLocked, openStore } from "../../certificates/store.js";
import { VaultButton } from "../../certificates/views/vault/vault_button.js";
import { setAccount } from "../../certificates/views/password_account.js";
import { noteCopy, reportCopy } from "../../certificates/copy_reporting.js";
import { entryTimeLeft } from "../../certificates/views/password_entry.js";
import { isOver } from "../../certificates/validity.js";
import { explainState, showClockWarning } from "../../certificates/views/validity_text.js";
import { formatDate, formatDateTime } from "../../lib/dates.js";
import { byId, make, onSubmit, showView } from "../../lib/dom/page.js";
import { ProgressList } from "../../lib/dom/progress_list.js";
import { makeLink, showFormError } from "../../lib/dom/outcome_view.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { CodedError } from "../../lib/errors.js";
import { messageOf } from "../../lib/error_messages.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";
import { isKeyPair } from "../../pki/key_pair.js";
import { decryptKey } from "../../npki/key_file.js";
import { BundleError, isReadable, offerFor, pack } from "../core/bundle.js";
import { CodeEntryView } from "./code_entry_view.js";
import "../core/pairing_messages.js";

/** @typedef {import("../../certificates/store.js").LockedCertificate} LockedCertificate */
/** @typedef {import("../session/types.js").State} State */
/** @typedef {import("./pairing_views.js").Memory} Memory */

const UNDER_WAY = ["offered", "seen", "accepted", "sent", "arrived", "stored"];

/**
 * What is waited for, once this is reached. What was only said here is not done: the
 * other device has to have seen it.
 * @type {Record<string, string>}
 */
const NEXT = {
  offered: "offered", seen: "accepted", accepted: "sent", sent: "sent",
  arrived: "stored",
};

/** How long the end waits for the centre to hear of it. */
const TELL_MS = 2000;

/** @param {number} milliseconds @returns {Promise<void>} */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The sending views of a page. */
export class SenderViews {
  /** @type {CodeEntryView} */ #entry;
  /** @type {ProgressList} */ #progress;
  /** @type {import("../session/device.js").Device | null} */ #device = null;
  /** @type {Memory | null} */ #memory = null;
  /** @type {VaultButton} */ #vault;
  #watch = pageStatusWatch();
  #other = "";
  #isOver = false;
  #isBusy = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #asking;
  /** What the other screen was told. */ #announced = "";

  constructor() {
    this.#entry = new CodeEntryView((code) => this.#device?.typeCode(code));
    this.#progress = new ProgressList(byId("progress"), [
      ["offered", _("Show there what is coming")],
      ["accepted", _('Press "Receive" there')],
      ["sent", _("Send it over")],
      ["stored", _("Store it there and read it back")],
    ]);
    onSubmit(byId("password-form", HTMLFormElement), () => this.#send());
    // To which device it goes is confirmed by a press of its own.
    this.#vault = new VaultButton(
      byId("send-password", HTMLInputElement),
      byId("send-refused"),
      () => byId("send-go").focus(),
    );
  }

  /**
   * Serve this pairing from now on.
   * @param {import("../session/device.js").Device} device
   * @param {Memory} memory
   * @param {string} other what the other device is called
   */
  serve(device, memory, other) {
    if (device !== this.#device) {
      this.#entry.reset();
      this.#announced = "";
    }
    this.#device = device;
    this.#memory = memory;
    this.#other = other;
  }

  /** A sender has what it sends. */
  async ready() {}

  /** @param {State} state */
  hear(state) {
    if (state.state === "typing") this.#entry.ask(state.triesLeft, this.#other);
    else if (state.state === "matched")
      void this.#askForPassword().catch((error) => this.#refuse(error));
    else if (UNDER_WAY.includes(state.state)) this.#show(state.state);
  }

  /** Finish, and say what is where now. */
  async finished() {
    this.#progress.reach("");
    this.#watch.stop();
    const isMoving = this.#memory?.moving === true;
    // What is there is there, also where it cannot be deleted here just now.
    const isGone = isMoving && (await this.#forget().catch(() => null));
    // Waited for a moment: the receipt, which may be next, says what the centre was told.
    await Promise.race([this.#tell(isGone === true), wait(TELL_MS)]);
    const when = formatDateTime(new Date(this.#watch.now), document.documentElement.lang);
    const device = this.#other;
    return {
      title: _("It is on %(device)s", { device }),
      lines: [
        isMoving && isGone === true
          ? _("It was stored there and read back, and deleted here. %(when)s", { when })
          : this.#isCarried
            ? _("It was stored there and read back. Your file stays where it is. %(when)s", { when })
            : _("It was stored there and read back. It is still here too. %(when)s", {
              when,
            }),
        ...this.#whatStays(isMoving, isGone),
        _(
          "It was locked all the way from device to device. Nobody in between could read it.",
        ),
      ],
    };
  }

  /**
   * Say what is still in this browser, unless nothing is.
   * @param {boolean} isMoving
   * @param {boolean | null} isGone null where it could not be deleted
   */
  #whatStays(isMoving, isGone) {
    if (isGone === null)
      return [
        _('It could not be deleted here. Delete it under "Certificates in this browser".'),
      ];
    if (isGone === true || this.#isCarried) return [];
    // Both pages run in this browser: what the other one stored is the only copy.
    if (isMoving) return [_("Both pages are open in this browser, so nothing was deleted.")];
    return [
      _('Its key stays in this browser until you delete it under "Certificates in this browser".'),
    ];
  }

  /** A sender keeps nothing. @returns {Promise<never>} */
  async keep() {
    throw new Error("not the receiver");
  }

  async #askForPassword() {
    const device = this.#other;
    const isNear = byId("views").dataset.network === "same";
    byId("password-title").textContent = isNear
      ? _("You are sending your key to %(device)s, on your network", { device })
      : _("You are sending your key to %(device)s, not on your network", { device });
    byId("network").hidden = isNear;
    byId("network").textContent = _("If it is not your own device, do not send.");
    showFormError(byId("send-refused"), null);
    const choice = byId("password-form").querySelector("fieldset");
    if (choice) choice.hidden = this.#isCarried;
    showView("view-password");
    this.#askOrNot();
    if (!this.#isTyped) byId("send-password").focus();
    const holding = await this.#holding();
    const certificate = readCertificate(holding.certificate);
    setAccount(byId("send-password", HTMLInputElement), certificate.serial);
    void this.#vault.offer(holding);
    const id = certificateIdFor(holding, certificate);
    const show = () => this.#showState(id, certificate);
    show(); // nothing of what was chosen before stays
    // Only now: a button that is still off takes no focus.
    if (this.#isTyped) byId("send-go").focus();
    void this.#watch.follow([id], show);
    const until = { day: formatDate(certificate.notAfter, document.documentElement.lang) };
    byId("sending-what").textContent = [
      labelFor(certificate),
      _("Until %(day)s 23:59", until),
    ].join(" · ");
  }

  /** Whether it is from a file and in no store of this browser. */
  get #isCarried() {
    return carriedCertificate(this.#memory?.certificate) !== null;
  }

  /** Whether the password was typed in this document a moment ago. */
  get #isTyped() {
    return entryTimeLeft(this.#memory?.certificate ?? "") > 0;
  }

  /** Ask for the password, unless it was typed here a moment ago; say which it is. */
  #askOrNot() {
    clearInterval(this.#asking);
    const left = Math.ceil(entryTimeLeft(this.#memory?.certificate ?? "") / 1000);
    this.#announce(left > 0 ? "press" : "password");
    const wasHidden = byId("send-password-field").hidden;
    byId("send-password-field").hidden = left > 0;
    byId("send-typed").hidden = left === 0;
    if (left === 0) {
      if (wasHidden && !byId("view-password").hidden) byId("send-password").focus();
      return;
    }
    byId("send-typed").textContent = _(
      "You typed the password here a moment ago, so it is not asked again " +
        "(for %(left)s seconds, and only until you leave this page).",
      { left },
    );
    this.#asking = setInterval(() => this.#askOrNot(), 1000);
  }

  /** Let the other screen say what is waited for here. @param {"password" | "press"} word */
  #announce(word) {
    if (word === this.#announced) return;
    this.#announced = word;
    void this.#device?.announce(word);
  }

  /**
   * Tell before sending what the receiver would find out: what is over is not sent.
   * @param {import("../../certificates/status_watch.js").CertificateId} id
   * @param {import("../../certificates/validity.js").Dates} dates
   */
  #showState(id, dates) {
    const validity = this.#watch.validityOf(id, dates);
    const { state } = validity;
    const language = document.documentElement.lang;
    const lines = explainState(validity, dates, language);
    this.#isOver = isOver(state);
    if (this.#isOver) lines.push(_("It is not sent. Delete it from this device."));
    if (state === "suspended") lines.push(_("You can send it all the same."));
    const look = state === "unknown" || state === "in_date" ? "about" : "time";
    const place = byId("sending-state");
    place.className = `notice ${this.#isOver ? "stop" : look}`;
    place.replaceChildren(
      make(
        "div",
        {},
        make("p", {}, lines.join(" ")),
        ...(this.#isOver
          ? [make("p", {}, makeLink(_("To the certificates here"), "plain", "/wallet"))]
          : []),
      ),
    );
    place.hidden = lines.length === 0;
    byId("send-go", HTMLButtonElement).disabled = this.#isOver || this.#isBusy;
    showClockWarning(this.#watch);
  }

  async #send() {
    const go = byId("send-go", HTMLButtonElement);
    const password = byId("send-password", HTMLInputElement);
    const device = this.#device;
    if (device === null || this.#memory === null || this.#isOver) return;
    go.disabled = this.#isBusy = true;
    try {
      const holding = await this.#holding();
      if (!this.#isTyped) {
        this.#askOrNot();
        await runStoppable(byId("send-refused"), (signal) =>
          checkKey(holding, password.value, signal),
        );
      }
      if (this.#isOver) return; // the centre said so meanwhile, and the page does
      const form = new FormData(byId("password-form", HTMLFormElement));
      this.#memory.moving = !this.#isCarried && form.get("keep") === "move";
      device.remember({ ...this.#memory });
      const bundle = await bundleOf(holding, this.#memory.moving);
      password.value = "";
      this.#show("offered");
      await device.sendBundle(bundle);
    } catch (error) {
      showFormError(byId("send-refused"), passwordErrorOf(error, password.value));
      password.select();
    } finally {
      this.#isBusy = false;
      go.disabled = this.#isOver;
    }
  }

  /** @param {unknown} error */
  #refuse(error) {
    showFormError(byId("send-refused"), messageOf(error));
  }

  /** @param {string} state */
  #show(state) {
    clearInterval(this.#asking);
    byId("cancel-sending").hidden = ["sent", "arrived", "stored"].includes(state);
    byId("sending-title").textContent = this.#titleOf(state);
    const isMoving = !["offered", "seen"].includes(state);
    const devices = byId("view-sending").querySelector(".devices");
    devices?.classList.toggle("moving", isMoving);
    if (byId("view-sending").hidden) showView("view-sending");
    this.#progress.reach(NEXT[state] ?? "");
  }

  /** Say what is going on, or whose finger is waited for. @param {string} state */
  #titleOf(state) {
    const device = this.#other;
    if (state === "offered") return _("Telling %(device)s what is coming", { device });
    if (state === "seen") return _('Now press "Receive" on %(device)s', { device });
    if (state === "arrived") return _("Being stored on %(device)s", { device });
    return _("On its way");
  }

  /** @returns {Promise<LockedCertificate>} */
  async #holding() {
    const id = this.#memory?.certificate ?? "";
    const held = carriedCertificate(id) ?? (await (await openStore()).get(id));
    if (held === undefined) throw new CodedError("not_here");
    if (!isLocked(held)) throw new CodedError("phone_only");
    return held;
  }

  /**
   * Tell the centre that issued it, if its holder is signed in; nobody waits.
   * @param {boolean} isGone whether it was deleted here
   */
  async #tell(isGone) {
    const { certificate: id = "", serverId } = /** @type {Memory} */ (this.#memory);
    const kind = document.querySelector(".peer")?.getAttribute("data-kind");
    const place = kind === "computer" ? "computer" : "phone";
    await noteCopy({ id, serverId }, place, "sent");
    if (isGone) await reportCopy(serverId, "browser", "removed");
  }

  /**
   * Delete what was moved away; not when both pages run in one browser, where what the
   * other page just stored is the only copy. Tell whether it was deleted.
   */
  async #forget() {
    const { certificate = "", keptAt } = /** @type {Memory} */ (this.#memory);
    const store = await openStore();
    const there = await store.get(certificate);
    if (there === undefined) return true; // somebody deleted it meanwhile
    if (there.keptAt !== keptAt) return false;
    await store.remove(certificate);
    return true;
  }
}

/**
 * Refuse a wrong password, and a key that is not this certificate's.
 * @param {LockedCertificate} held
 * @param {string} password
 * @param {AbortSignal} signal
 */
async function checkKey({ certificate, encryptedKey }, password, signal) {
  const key = await decryptKey(encryptedKey, password, { signal });
  const fits = await isKeyPair(key, readCertificate(certificate).spki);
  if (!fits) throw new CodedError("damaged_key");
}

/**
 * @param {LockedCertificate} held
 * @param {boolean} move
 */
async function bundleOf(held, move) {
  const { certificate, encryptedKey, kmCertificate, encryptedKmKey, chain } = held;
  const payload = pack({
    signCert: Uint8Array.from(certificate),
    signPri: Uint8Array.from(encryptedKey),
    kmCert: kmCertificate && Uint8Array.from(kmCertificate),
    kmPri: encryptedKmKey && Uint8Array.from(encryptedKmKey),
    ca: chain.map((certificate) => Uint8Array.from(certificate)),
  });
  const offer = await offerFor(payload, readCertificate(certificate), { move });
  // What the other device would refuse is refused here, before anything is said there.
  if (!isReadable(offer)) throw new BundleError("not an offer");
  return { payload, offer };
}
