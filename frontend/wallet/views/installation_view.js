/**
 * The wallet as an app: kept for the time without a network, put on the home screen.
 *
 * What the browser cannot do is not offered. Installing asks for a press of the person's
 * own; the words for an iPhone say that an app there has a storage of its own.
 */
import { byId, onClick } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";

/** How often the kept page looks whether the centre answers again. */
const RETRY_MS = 8_000;

/**
 * The question that a browser keeps for later (Chromium's `beforeinstallprompt`).
 * @typedef {Event & {prompt(): Promise<{outcome: "accepted" | "dismissed"}>}} InstallEvent
 */

/** The parts of the page that are about the app; made once. */
export class InstallationView {
  #script;
  #place = byId("app");
  #button = byId("app-install", HTMLButtonElement);
  /** @type {InstallEvent | null} */ #question = null;

  /** @param {string} script address of the script of this page */
  constructor(script) {
    const { pathname, search } = new URL(script);
    this.#script = pathname + search;
  }

  /** Show what there is, and hear what comes. */
  start() {
    this.#watchNetwork();
    this.#offerInstallation();
    void this.#register();
  }

  /** Without a network nothing is offered that needs it. */
  #watchNetwork() {
    const isShell = this.#place.dataset.offline !== undefined;
    const show = () => {
      const isOffline = isShell || navigator.onLine === false;
      document.documentElement.classList.toggle("no-network", isOffline);
      byId("offline-note").hidden = !isOffline;
    };
    addEventListener("offline", show);
    addEventListener("online", () => {
      if (isShell) void this.#returnWhenServed();
      else show();
    });
    // A network that is back may still lead nowhere for a while.
    if (isShell) setInterval(() => void this.#returnWhenServed(), RETRY_MS);
    onClick(byId("offline-retry", HTMLButtonElement), () => location.reload());
    show();
  }

  /** Load the centre's page once it answers, unless the person is doing something here. */
  async #returnWhenServed() {
    if (isBusy()) return;
    try {
      await get("/healthz", { timeout: RETRY_MS / 2, credentials: "omit" });
    } catch {
      return;
    }
    if (!isBusy()) location.reload();
  }

  #offerInstallation() {
    const isInstalled =
      matchMedia("(display-mode: standalone)").matches ||
      /** @type {{standalone?: boolean}} */ (navigator).standalone === true;
    // Safari on iPhone and iPad alone has this name, and no question to ask.
    byId("app-by-hand").hidden = isInstalled || !("standalone" in navigator);
    if (isInstalled) return;
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#question = /** @type {InstallEvent} */ (event);
      this.#button.hidden = false;
    });
    addEventListener("appinstalled", () => {
      this.#button.hidden = true;
    });
    onClick(this.#button, () => this.#install());
  }

  async #install() {
    const question = this.#question;
    this.#question = null; // a browser answers each question once
    this.#button.hidden = true;
    await question?.prompt();
  }

  /** Have the browser keep the page's files; where it cannot, nothing is said. */
  async #register() {
    const { serviceWorker } = navigator;
    const { worker, scope } = this.#place.dataset;
    if (serviceWorker === undefined || !worker || !navigator.onLine) return;
    try {
      const registration = await serviceWorker.register(worker, { scope });
      this.#askTakeOver(registration.waiting);
      registration.addEventListener("updatefound", () => {
        const coming = registration.installing;
        coming?.addEventListener("statechange", () => {
          if (coming.state === "installed") this.#askTakeOver(coming);
        });
      });
      await serviceWorker.ready;
      byId("app-ready").hidden = false;
    } catch {
      // A private window, or storage that is denied: the page works as before.
    }
  }

  /** @param {ServiceWorker | null} worker the one that waits */
  #askTakeOver(worker) {
    worker?.postMessage({ type: "take-over", script: this.#script });
  }
}

/** Whether a dialog is open, or a backup is being made or brought back. */
const isBusy = () =>
  document.querySelector("dialog[open]") !== null || byId("wallet-home").hidden;
