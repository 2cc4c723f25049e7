/**
 * What follows the first screen of the page that scans: a whole pairing in one file.
 *
 * All that a receiver needs is in it, so that nothing is loaded between the link and
 * the receipt. The server adds the words, as its default export. What only a sender or
 * a scanner needs is loaded then.
 */
import { initPage, byId, showView } from "../../lib/dom/page.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { showInAppNote } from "../../lib/dom/in_app_note.js";
import { loadModule, lazy } from "../../lib/lazy.js";
import { makeButton } from "../../lib/dom/outcome_view.js";
import { _, setMessages } from "../../lib/i18n.js";
import * as device from "../views/device_factory.js";
import * as ending from "../views/result_views.js";
import * as snapshot from "../transport/session_snapshot.js";
import { readLink } from "../core/link.js";
import { directionFor } from "../core/pairing_number.js";
import { PairingViews } from "../views/pairing_views.js";
import { ReceiverViews } from "../views/receiver_views.js";

/** @typedef {import("../core/link.js").Link} Link */
/** What is joined: a scanned link, or a typed number and the direction it says.
 * @typedef {{link: Link} | {number: string, dir: import("../core/protocol.js").Dir}} Way
 */
/** What the page itself does: go back to where one scans, or follow what was found.
 * @typedef {{home(): void, found(way: Way): void}} Page
 */

/** Everything but the first screen. */
export class PhonePairing {
  /** @type {PairingViews} */ #pairing;
  /** @type {Page} */ #page;
  /** @type {import("../views/certificate_picker.js").CertificatePicker | null} */
  #picker = null;
  #receiving = lazy(async () => new ReceiverViews());
  #sender = lazy(async () =>
    /** @type {typeof import("./phone_send_bundle.js")} */ (await loadPart("phone_send_bundle")));
  #scanner = lazy(async () =>
    /** @type {typeof import("./phone_scan_bundle.js")} */ (await loadPart("phone_scan_bundle")));
  #sending = lazy(async () => new (await this.#sender()).SenderViews());
  #key = lazy(async () =>
    /** @type {typeof import("./phone_key.js")} */ (await loadPart("phone_key")));
  #makingKey = lazy(async () => new (await this.#key()).KeyHolderViews());
  #scan = lazy(async () => {
    const { ScanViews } = await this.#scanner();
    return new ScanViews((text) => {
      this.#page.found({ link: readLink(text, location.origin) });
    });
  });
  #field = lazy(async () => new (await this.#scanner()).NumberField());

  /**
   * @param {Record<string, string>} words
   * @param {Page} page
   */
  constructor(words, page) {
    initPage();
    setMessages(words);
    showUncaughtErrors();
    showInAppNote(); // not in the page's own script: that one has to fit into a first answer
    this.#page = page;
    this.#pairing = new PairingViews(
      // This page never shows a code; what did so goes on where codes are shown.
      { shown: () => location.replace("/move"), again: () => this.#again(), ...page },
      {
        device: async () => device,
        ending: async () => ending,
        snapshot: async () => snapshot,
        receiving: this.#receiving,
        sending: this.#sending,
        makingKey: this.#makingKey,
        issuing: async () => (await this.#key()).issuingParts,
      },
    );
  }

  /** Go on with the pairing of this tab's earlier life, if there is one. */
  goOn() {
    return this.#pairing.goOn(() => true);
  }

  /**
   * Show what could be sent, the wanted one first, and ask.
   * @param {string | undefined} id
   */
  async askToSend(id) {
    this.#pairing.prepare(true);
    try {
      const { CertificatePicker, listPickable } = await this.#sender();
      const held = await listPickable({ certificate: id, serverId: id });
      this.#picker ??= new CertificatePicker(byId("giving"));
      this.#picker.show(held);
      showView("view-giving");
    } catch (error) {
      await this.#pairing.fail(error);
    }
  }

  /** @param {Way} scanned */
  receive(scanned) {
    const dir = "link" in scanned ? scanned.link.dir : scanned.dir;
    return this.#join({ shows: false, sends: false, issuing: dir === "GK" }, scanned);
  }

  /** End what is going on, without a word: something else is asked for. */
  drop() {
    this.#pairing.drop();
  }

  /** Send what was chosen. @param {Way} scanned */
  async send(scanned) {
    const chosen = this.#picker?.chosen;
    this.#picker?.stop();
    if (chosen === undefined) return this.#page.home(); // its button is disabled then
    const { id, keptAt } = chosen;
    await this.#join({ shows: false, sends: true, certificate: id, keptAt }, scanned);
  }

  /** Open the camera. */
  async look() {
    await (await this.#scan()).open();
  }

  /** Read a photo of the code. @param {File | undefined} file */
  async photo(file) {
    await (await this.#scan()).photo(file);
  }

  /** Say where one scans why something was not taken. @param {unknown} error */
  async say(error) {
    (await this.#scan()).say(error);
  }

  /** Help with the number that is being typed. */
  async helpTyping() {
    (await this.#field()).begin();
    (await this.#scan()).stop();
  }

  /**
   * Return the number that was typed and where it leads, or say what is wrong with it.
   * @returns {Promise<Way | null>}
   */
  async typed() {
    const number = (await this.#field()).read();
    return number === null ? null : { number, dir: directionFor(number) };
  }

  /**
   * @param {import("../views/pairing_views.js").Memory} memory
   * @param {Way} scanned
   */
  #join(memory, scanned) {
    return this.#pairing.begin(memory, (device) => device.join(scanned));
  }

  #again() {
    return [makeButton(_("Scan again"), "primary", this.#page.home)];
  }
}

/**
 * Load what only some phones need: it lies beside this script, with words of its own. Its
 * address is not in the page, where each byte is one of the first answer's. It is asked
 * for in the page's version: the server has no other for it.
 * @param {"phone_key" | "phone_scan_bundle" | "phone_send_bundle"} name
 */
async function loadPart(name) {
  const { href, search } = new URL(import.meta.url);
  const address = new URL(`./${name}.js${search}`, href).href;
  const part = await loadModule(() => import(address));
  part.speak(part.default);
  return part;
}
