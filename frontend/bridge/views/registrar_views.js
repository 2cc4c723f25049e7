/**
 * The side that has the certificate issued: the six digits, the order, the centre, the
 * way over, the report.
 */
import { byId, showView } from "../../lib/dom/page.js";
import { makeButton, showError } from "../../lib/dom/outcome_view.js";
import { ProgressList } from "../../lib/dom/progress_list.js";
import { messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { ApiError } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { CodeEntryView } from "./code_entry_view.js";
import "../../certificates/arrival_messages.js";
import "../core/order_messages.js";

/** @typedef {import("../core/order.js").KeyRequest} KeyRequest */
/** @typedef {import("../core/order.js").Order} Order */
/** @typedef {import("../session/types.js").State} State */
/** @typedef {import("./pairing_views.js").Memory} Memory */
/** @typedef {import("../../enrolment/centre_client.js").CentreClient} CentreClient */
/**
 * What is ordered, whom to ask for it, and what to do when the phone has it.
 * @typedef {{order: Order, centre: CentreClient,
 *   arrived(serverId: string): Promise<import("./result_views.js").Result>}} Task
 */

/** What is waited for, once this is reached. @type {Record<string, string>} */
const NEXT = {
  ordered: "ordered", seen: "requested", requested: "issued", sent: "sent",
  arrived: "stored", stored: "",
};
/** Later, or after signing in, the centre may say yes to the same request. */
const NOT_FOR_GOOD = new Set([0, 401, 429]);
/** What the other device is told instead of a code that it could not read. */
const CODE = /^[a-z_]{1,40}$/;

/** The views of who has a certificate issued. */
export class RegistrarViews {
  #entry = new CodeEntryView((code) => this.#device?.typeCode(code));
  #progress;
  /** @type {Task} */ #task;
  /** @type {import("../session/device.js").Device | null} */ #device = null;
  /** @type {Memory | null} */ #memory = null;
  #other = "";
  /** Why the centre issues none, once it is told to the other device too.
   * @type {unknown} */
  #fault = null;

  /** @param {Task} task */
  constructor(task) {
    this.#task = task;
    this.#progress = new ProgressList(byId("progress"), [
      ["ordered", _("Show there what is ordered")],
      [
        "requested",
        task.order.exportable
          ? _("Choose the password and make the key there")
          : _("Make the key there"),
      ],
      ["issued", _("Get the certificate")],
      ["sent", _("Send it over")],
      ["stored", _("Store it there and read it back")],
    ]);
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
      this.#fault = null;
    }
    this.#device = device;
    this.#memory = memory;
    this.#other = other;
  }

  /** Who orders keeps nothing. */
  async ready() {}

  /** @param {State} state */
  hear(state) {
    if (state.state === "typing") this.#entry.ask(state.triesLeft, this.#other);
    else if (state.state === "matched") void this.#device?.order(this.#task.order);
    else if (state.state in NEXT) this.#show(state.state);
    if (state.state === "requested") void this.#issue(state.request);
  }

  /** Tell the centre that it is on the phone, and say so here. */
  async finished() {
    this.#progress.reach("");
    return this.#task.arrived(this.#memory?.serverId ?? "");
  }

  /** Return why the centre issues none. */
  fault() {
    return this.#fault;
  }

  /** A registrar keeps nothing. @returns {Promise<never>} */
  async keep() {
    throw new Error("not the receiver");
  }

  /**
   * Ask the centre, and bring over what it answers. The same request gets the same
   * certificate, so that it may be asked again after anything.
   * @param {KeyRequest} asked
   */
  async #issue(asked) {
    byId("issuing-refused").hidden = true;
    const { order, centre } = this.#task;
    const { idempotencyKey, request, sealed } = asked;
    const memory = /** @type {Memory} */ (this.#memory);
    const device = this.#device;
    try {
      const { certificate, serverId } = await centre.requestCertificate({
        applicationId: order.application, idempotencyKey, request,
        sealedRandomNumber: sealed,
      });
      memory.serverId = serverId;
      device?.remember({ ...memory });
      const chain = await centre.fetchChain();
      await device?.deliver({ certificate, chain });
    } catch (error) {
      if (device === this.#device) this.#refuse(error, asked);
    }
  }

  /**
   * Offer to ask again; what the centre will never say yes to is told to the other device
   * too, which then ends the pairing.
   * @param {unknown} error
   * @param {KeyRequest} asked
   */
  #refuse(error, asked) {
    const isFinal = error instanceof ApiError
      && error.status < 500 && !NOT_FOR_GOOD.has(error.status);
    if (isFinal) {
      const code = errorCode(error);
      this.#fault = error;
      void this.#device?.deliver({ code: CODE.test(code) ? code : "refused" });
      return;
    }
    const retry = makeButton(_("Try again"), "primary", () => void this.#issue(asked));
    showError(byId("issuing-refused"), messageOf(error), retry);
  }

  /** @param {string} state */
  #show(state) {
    const device = this.#other;
    byId("cancel-sending").hidden = ["sent", "arrived", "stored"].includes(state);
    byId("sending-title").textContent = this.#titleOf(state, device);
    byId("view-sending").querySelector(".devices")
      ?.classList.toggle("moving", ["sent", "arrived", "stored"].includes(state));
    if (byId("view-sending").hidden) showView("view-sending");
    this.#progress.reach(NEXT[state]);
  }

  /** Say what is going on, or whose finger is waited for.
   * @param {string} state @param {string} device */
  #titleOf(state, device) {
    if (state === "ordered") return _("Telling %(device)s what is ordered", { device });
    if (state === "seen")
      return this.#task.order.exportable
        ? _("Now choose the password on %(device)s", { device })
        : _('Now press "Make the key" on %(device)s', { device });
    if (state === "requested") return _("Getting the certificate");
    if (state === "arrived") return _("Being stored on %(device)s", { device });
    return _("On its way");
  }
}
