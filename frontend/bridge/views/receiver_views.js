/**
 * The side that receives: the check code, what is coming, storing it, the receipt.
 */
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import { makeDetails } from "../../certificates/views/certificate_display.js";
import { requestPersistenceSilently } from "../../certificates/views/persistence.js";
import { pageStatusWatch } from "../../certificates/views/page_status.js";
import { openStore } from "../../certificates/store.js";
import { isOver } from "../../certificates/validity.js";
import { offerReplaced } from "../../certificates/views/replaced_here.js";
import { showClockWarning } from "../../certificates/views/validity_text.js";
import { byId, onClick, showView } from "../../lib/dom/page.js";
import { makeLink } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";
import { fingerprint } from "../../pki/certificate.js";
import { hideCheckCode, showCheckCode } from "./check_code_view.js";

/** @typedef {import("../session/types.js").State} State */

/** The receiving views of a page. */
export class ReceiverViews {
  /** @type {import("../session/device.js").Device | null} */ #device = null;
  #watch = pageStatusWatch();
  #other = "";
  #replaced = false;
  /** What was before it. */ #before = offerReplaced(null, []);

  constructor() {
    onClick(byId("accept", HTMLButtonElement), () => this.#device?.accept());
    onClick(byId("decline", HTMLButtonElement), () => this.#device?.decline());
  }

  /**
   * Serve this pairing from now on.
   * @param {import("../session/device.js").Device} device
   * @param {unknown} _memory
   * @param {string} other what the other device is called
   */
  serve(device, _memory, other) {
    this.#device = device;
    this.#other = other;
  }

  /** Refuse where this browser would not keep what comes, before anybody sends it. */
  async ready() {
    await (await openStore()).probe();
  }

  /** @param {State} state */
  hear(state) {
    if (state.state !== "offer") this.#watch.stop();
    if (state.state === "code") showCheckCode(state.code, this.#other);
    else if (state.state === "matched") this.#showMatched(state.asks);
    else if (state.state === "offer") this.#showOffer(state.offer);
    else if (state.state === "receiving" || state.state === "keeping")
      this.#showStoring(state.state === "keeping");
  }

  /** Say what is here now. */
  async finished() {
    return {
      title: _("It is on this device"),
      lines: [
        this.#replaced
          ? _("It was here before and is unchanged.")
          : _("Stored, read back and found complete. Nobody on the way could read it."),
        _("Open it with the certificate password, the same as on the other device."),
        ...this.#before.lines,
      ],
      actions: [
        makeLink(_("Look at the certificate"), "primary", "/wallet"),
        ...this.#before.actions,
      ],
    };
  }

  /**
   * Store what came, durably, and only then return.
   * @param {import("../core/bundle.js").Bundle} bundle
   */
  async keep(bundle) {
    const store = await openStore();
    const id = await fingerprint(bundle.signCert);
    const there = await store.get(id);
    this.#replaced = there !== undefined;
    const stored = {
      ...there,
      id,
      certificate: bundle.signCert,
      encryptedKey: bundle.signPri,
      kmCertificate: bundle.kmCert,
      encryptedKmKey: bundle.kmPri,
      chain: bundle.ca,
      keptAt: this.#watch.now,
      cameFrom: there?.cameFrom ?? /** @type {const} */ ("bridge"),
    };
    await store.put(stored);
    // It is here, whatever can be looked up beside it.
    this.#before = offerReplaced(stored, await store.all().catch(() => []));
    requestPersistenceSilently();
  }

  /**
   * The digits were typed there: they need not be seen any longer, and it is said whose
   * finger is waited for.
   * @param {import("../core/channel.js").Note | undefined} asks
   */
  #showMatched(asks) {
    const device = this.#other;
    hideCheckCode();
    byId("matched-title").textContent =
      asks === "press"
        ? _('Right. Now press "Send" on %(device)s', { device })
        : _("Right. The password is being typed on %(device)s", { device });
    showView("view-matched");
  }

  /** @param {boolean} isHere */
  #showStoring(isHere) {
    const device = this.#other;
    byId("storing-title").textContent = isHere
      ? _("Being stored on this device")
      : _("On its way here from %(device)s", { device });
    if (byId("view-storing").hidden) showView("view-storing");
  }

  /** @param {import("../core/bundle.js").Offer} offer */
  #showOffer(offer) {
    const { name, issuer, serial, policy, move } = offer;
    const { not_before: notBefore, not_after: notAfter } = offer;
    hideCheckCode();
    // The offer names it by issuer and number; its own bytes come later.
    const id = { serial, issuerName: issuer };
    const shown = {
      name,
      issuerName: issuer,
      serial,
      policy,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
    };
    const place = _("On the other device. It comes to this one when you receive it.");
    const options = { watch: this.#watch, place };
    const details = makeDetails({ serial, issuer });
    const card = new CertificateCard(shown, id, options, details);
    byId("offer").replaceChildren(card.element);
    void this.#watch.follow([id], () => {
      const isEnded = isOver(card.update());
      showClockWarning(this.#watch);
      // What no longer counts can be taken all the same, but not by habit.
      byId("accept").classList.toggle("primary", !isEnded);
      byId("accept").classList.toggle("plain", isEnded);
    });
    byId("offer-note").textContent = move
      ? _("It is moved: the other device deletes it once it is safely here.")
      : _("It is copied: the other device keeps it too. The password stays the same.");
    showView("view-offer");
  }
}
