/**
 * One pairing on a page, whoever shows the code and whoever sends.
 *
 * Makes the device, hears its states and passes each to the views of its direction.
 * What is heavy (keys, socket, store, the views themselves) comes in as parts: a page
 * says whether it has them or loads them when they are needed.
 */
import { byId, make, onClick, showView } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { Countdown } from "../../lib/dom/countdown.js";
import { showPresence, showPeer } from "./peer_view.js";

/** @typedef {import("../session/device.js").Device} Device */
/** @typedef {import("../session/types.js").State} State */
/** What a page keeps of a pairing, for the case that it is loaded anew.
 * `issuing`: a certificate is issued for a key of the device that scans.
 * @typedef {{shows: boolean, sends: boolean, what?: string, certificate?: string,
 *   serverId?: string, keptAt?: number, moving?: boolean, issuing?: boolean,
 *   application?: string, bound?: boolean}} Memory `bound`: the key that is ordered cannot
 *   be copied
 */
/**
 * The views of one direction. `ready` refuses where what is wanted cannot come about,
 * before any other device is asked. `concluded` is told when both devices know that it
 * is there; `fault` is why it could not come about, where this side alone knows.
 * @typedef {{
 *   ready(): Promise<void>,
 *   serve(device: Device, memory: Memory, other: string): void,
 *   hear(state: State): void,
 *   finished(): Promise<import("./result_views.js").Result>,
 *   keep(bundle: import("../core/bundle.js").Bundle): Promise<void>,
 *   keepIssued?(issued: import("../core/order.js").IssuedCertificate,
 *     order: import("../core/order.js").Order): Promise<void>,
 *   concluded?(): Promise<void>,
 *   fault?(): unknown,
 * }} Views
 */
/**
 * What the page itself does: show its code, offer to begin again, say where home is.
 * `renew` shows a fresh code in the place of one that has run out, or returns false.
 * @typedef {{
 *   shown(state: Extract<State, {state: "shown"}>, memory: Memory): void,
 *   renew?(): boolean,
 *   again(memory: Memory | null): HTMLElement[],
 *   home(): void,
 * }} Page
 */

/**
 * How a page gets at the heavy parts.
 * @typedef {{
 *   device(): Promise<typeof import("./device_factory.js")>,
 *   ending(): Promise<typeof import("./result_views.js")>,
 *   snapshot(): Promise<typeof import("../transport/session_snapshot.js")>,
 *   receiving(): Promise<Views>,
 *   sending(): Promise<Views>,
 *   makingKey?(): Promise<Views>,
 *   issuing?(): Promise<import("../session/issuing_parts.js").IssuingParts>,
 * }} Parts
 */

/** A line that comes back sooner is not worth a word. */
const PATIENCE_MS = 700;
/** Nor is a device that only loads its page anew, or whose person looks away. */
const ABSENT_MS = 3_000;
/** How long it is said that it is back. */
const BACK_MS = 4_000;

/** The pairing of a page; one at a time. */
export class PairingViews {
  /** @type {Page} */ #page;
  /** @type {Parts} */ #parts;
  /** @type {Device | null} */ #device = null;
  /** @type {Views | null} */ #views = null;
  /** @type {Memory | null} */ #memory = null;
  /** By their places. @type {Map<HTMLElement, Countdown>} */ #clocks = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #cut;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #absent;
  /** It was said that the other device is not there. */ #isMissed = false;
  #turn = 0;
  #other = "";
  #isDone = false;

  /** @param {Page} page @param {Parts} parts */
  constructor(page, parts) {
    this.#page = page;
    this.#parts = parts;
    this.#findClocks();
    /** @type {NodeListOf<HTMLButtonElement>} */
    const stops = document.querySelectorAll("[data-cancel]");
    for (const button of stops) onClick(button, () => this.cancel());
    this.#leaveWithPage();
  }

  /** Load what a direction needs before anybody presses. @param {boolean} sends */
  prepare(sends) {
    // What fails now is tried again, and said, when it is needed.
    Promise.all(this.#load({ sends })).catch(() => null);
  }

  /**
   * Begin a pairing; an earlier one of this page ends.
   * @param {Memory} memory
   * @param {(device: Device) => Promise<unknown>} act what the person pressed
   */
  async begin(memory, act) {
    this.drop();
    const turn = this.#turn;
    try {
      const { createDevice } = await this.#prepare(memory);
      await this.#views?.ready();
      if (turn !== this.#turn) return;
      const device = createDevice(this.#ports(turn));
      this.#serve(device, memory);
      this.#parts.ending().catch(() => null); // so that nobody waits for it then
      await act(device);
    } catch (error) {
      if (turn === this.#turn) await this.fail(error);
    }
  }

  /**
   * Go on with the pairing that this tab had before it was loaded anew.
   * @param {(memory: Memory) => boolean} isWanted else it is ended
   * @returns {Promise<boolean>} whether there is one
   */
  async goOn(isWanted) {
    const { createSnapshotStore } = await this.#parts.snapshot();
    if (createSnapshotStore().load() === null) return false;
    const turn = this.#turn;
    /** @type {State[]} */
    let waiting = [];
    const { restoreDevice } = await this.#parts.device();
    const { notify, ...ports } = this.#ports(turn);
    let ready = false;
    const restored = await restoreDevice({
      ...ports,
      notify: (state) => (ready ? notify(state) : void waiting.push(state)),
    });
    if (restored === null) return false;
    const memory = /** @type {Memory} */ (/** @type {unknown} */ (restored.remembered));
    if (memory.sends === undefined || !isWanted(memory)) {
      restored.device.cancel();
      return false;
    }
    await this.#prepare(memory);
    this.#serve(restored.device, memory);
    ready = true;
    for (const state of waiting) notify(state);
    return true;
  }

  /** End what is going on; the person sees how. */
  cancel() {
    if (this.#device !== null) return this.#device.cancel();
    this.drop();
    this.#page.home();
  }

  /** End what is going on, without a word. */
  drop() {
    const earlier = this.#device;
    this.#turn += 1;
    this.#device = null;
    this.#other = "";
    this.#isDone = false;
    this.#stop();
    earlier?.cancel();
  }

  /** @param {unknown} error */
  async fail(error) {
    this.#device = null;
    this.#stop();
    const { showFault } = await this.#parts.ending();
    showFault(error, this.#page.again(this.#memory));
  }

  /**
   * Let go of the pairing because the page goes away; the next page goes on with it. The
   * pages themselves see to it that one that comes back is loaded anew.
   */
  #leaveWithPage() {
    addEventListener("pagehide", () => {
      this.#turn += 1;
      this.#device?.leave();
      this.#device = null;
      this.#stop();
    });
  }

  /** @param {Memory} memory */
  async #prepare(memory) {
    const [parts, views] = await Promise.all(this.#load(memory));
    this.#views = views;
    this.#memory = memory;
    this.#findClocks(); // views that were loaded may have brought one
    return parts;
  }

  #findClocks() {
    /** @type {NodeListOf<HTMLElement>} */
    const places = document.querySelectorAll(".countdown");
    for (const place of places)
      if (!this.#clocks.has(place)) this.#clocks.set(place, new Countdown(place));
  }

  /** @param {Pick<Memory, "sends" | "issuing">} memory */
  #load({ sends, issuing }) {
    const { device, receiving, sending, makingKey = receiving } = this.#parts;
    const keeping = issuing ? makingKey : receiving;
    return /** @type {const} */ ([device(), sends ? sending() : keeping()]);
  }

  /**
   * @param {Device} device
   * @param {Memory} memory
   */
  #serve(device, memory) {
    this.#device = device;
    this.#views?.serve(device, memory, this.#other);
  }

  /** @param {number} turn */
  #ports(turn) {
    return {
      notify: (/** @type {State} */ state) => {
        if (turn === this.#turn) this.#hear(state);
      },
      keep: (/** @type {import("../core/bundle.js").Bundle} */ bundle) =>
        /** @type {Views} */ (this.#views).keep(bundle),
      issuing: async () => {
        if (this.#parts.issuing) return this.#parts.issuing();
        throw new Error("nothing is issued on this page");
      },
      keepIssued: async (
        /** @type {import("../core/order.js").IssuedCertificate} */ issued,
        /** @type {import("../core/order.js").Order} */ order,
      ) => this.#views?.keepIssued?.(issued, order),
    };
  }

  /** @param {State} state */
  #hear(state) {
    const memory = /** @type {Memory} */ (this.#memory);
    if (state.state === "presence") return this.#showPresence(state.presence);
    if (state.state === "cut") this.#sayCut();
    else this.#unsayCut();
    if (state.state === "shown" || state.state === "joined") {
      this.#device?.remember({ ...memory });
      for (const clock of this.#clocks.values()) clock.start(state.expiresIn);
    }
    if (state.state === "shown") this.#page.shown(state, memory);
    else if (state.state === "joined") this.#meet(state.peer, memory);
    else if (state.state === "ended") void this.#end(state, memory);
    else if (state.state === "stored" && !memory.sends) void this.#finish();
    else if (state.state === "unstored") void this.#sayUnstored(state, memory);
    else if (state.state !== "cut" && state.state !== "resumed")
      this.#views?.hear(state);
  }

  /**
   * @param {import("../transport/relay_client.js").Peer} peer
   * @param {Memory} memory
   */
  #meet(peer, memory) {
    this.#other = showPeer(peer);
    byId("joining-title").textContent = _("Connecting to %(device)s", {
      device: this.#other,
    });
    this.#serve(/** @type {Device} */ (this.#device), memory);
    showView("view-joining");
  }

  /**
   * @param {Extract<State, {state: "ended"}>} end
   * @param {Memory} memory
   */
  async #end(end, memory) {
    this.#device = null;
    this.#stop();
    const isUnseen = end.reason === "expired" && this.#other === "";
    if (isUnseen && this.#page.renew?.()) return;
    const { showEnding, showFault } = await this.#parts.ending();
    const fault = this.#views?.fault?.() ?? null;
    if (end.stored && end.reason === "done") await this.#views?.concluded?.();
    if (end.stored) await this.#finish();
    else if (fault !== null) showFault(fault, this.#page.again(memory));
    else if (!this.#isDone) {
      const actions = this.#page.again(memory);
      const { sends, issuing = false } = memory;
      showEnding(end, { sends, issuing, met: this.#other !== "", actions });
    }
  }

  /** Say once that it is there; a receiver need not wait until the sender knows. */
  async #finish() {
    if (this.#isDone) return;
    this.#isDone = true;
    const views = /** @type {Views} */ (this.#views);
    const { showResult } = await this.#parts.ending();
    showResult(await views.finished());
  }

  /**
   * Say at once why it could not be stored here; the sender hears that it was not.
   * @param {Extract<State, {state: "unstored"}>} state
   * @param {Memory} memory
   */
  async #sayUnstored(state, memory) {
    if (this.#isDone) return;
    this.#isDone = true;
    const { showFault } = await this.#parts.ending();
    showFault(state, this.#page.again(memory));
  }

  #stop() {
    for (const clock of this.#clocks.values()) clock.stop();
    this.#unsayCut();
    this.#isMissed = false;
    clearTimeout(this.#absent);
    showPresence(null);
  }

  /** Say after seconds that the other device is not there, and at once that it is back.
   * @param {import("../transport/relay_client.js").Presence} presence */
  #showPresence(presence) {
    clearTimeout(this.#absent);
    const isBack = presence === "here";
    if (isBack && !this.#isMissed) return;
    const say = () => {
      this.#isMissed = !isBack;
      showPresence(isBack ? "back" : presence);
      if (isBack) this.#absent = setTimeout(() => showPresence(null), BACK_MS);
    };
    if (isBack) say();
    else this.#absent = setTimeout(say, ABSENT_MS);
  }

  #sayCut() {
    clearTimeout(this.#cut);
    this.#cut = setTimeout(() => {
      const words = _("Connection lost. Trying to reconnect…");
      byId("line").replaceChildren(make("p", { class: "notice time" }, words));
    }, PATIENCE_MS);
  }

  #unsayCut() {
    clearTimeout(this.#cut);
    byId("line").replaceChildren();
  }
}
