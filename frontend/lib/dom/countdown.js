/**
 * The countdown ring: how long a code is good for.
 */
import { drawSvg, make } from "./page.js";
import { _ } from "../i18n.js";

const SOON = 20;
const RING =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44" aria-hidden="true">' +
  '<circle cx="22" cy="22" r="19"/><circle class="left" cx="22" cy="22" r="19" ' +
  'pathLength="100" stroke-dasharray="100"/></svg>';

/** One ring in `place`; it only shows, the relay decides when time is over. */
export class Countdown {
  /** @type {HTMLElement} */ #place;
  /** @type {HTMLElement} */ #words = make("span", { class: "figures", role: "timer" });
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  #end = 0;
  #whole = 1;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
    const ring = make("span");
    drawSvg(ring, RING);
    place.replaceChildren(...ring.childNodes, this.#words);
  }

  /**
   * Begin, or begin anew.
   * @param {number} seconds
   */
  start(seconds) {
    this.stop();
    this.#whole = Math.max(1, seconds);
    this.#end = Date.now() + seconds * 1000;
    this.#timer = setInterval(() => this.#show(), 1000);
    this.#show();
  }

  /** Stand still. */
  stop() {
    clearInterval(this.#timer);
  }

  #show() {
    const left = Math.max(0, Math.round((this.#end - Date.now()) / 1000));
    const minutes = Math.floor(left / 60);
    const seconds = String(left % 60).padStart(2, "0");
    this.#words.textContent =
      left > 0
        ? _("%(time)s left", { time: `${minutes}:${seconds}` })
        : _("The time is over");
    const ring = this.#place.querySelector("circle.left");
    ring?.setAttribute("stroke-dashoffset", String(100 - (100 * left) / this.#whole));
    this.#place.classList.toggle("soon", left <= SOON);
    if (left === 0) this.stop();
  }
}
