/**
 * Which of the certificates that this browser keeps are shown on a device that several
 * people use: those of who is signed in, and those whose password was typed.
 *
 * It covers names and numbers on our pages, and locks nothing: whoever may read the files
 * of this browser reads certificates there. Their keys stay under their passwords. See
 * docs/threats.md.
 */
import { openStorage } from "../lib/storage.js";

/** @typedef {import("../lib/storage.js").Board} Board */
/** Who uses this device. @typedef {"own" | "shared"} Answer */

/** Of the browser, so that whoever comes next meets it too. */
const ANSWER = "certferry.device";
/** Of the tab: what was shown by its password, and until when. */
const SHOWN = "certferry.shown";
const SHOWN_MS = 10 * 60_000;

/** What may be seen here. */
export class Covering {
  #device;
  #tab;
  #own;
  #now;
  /** What was said last, where the browser takes nothing. @type {Answer | null} */
  #said = null;

  /**
   * @param {object} here
   * @param {Board} here.device what all tabs see, and what stays
   * @param {Board} here.tab
   * @param {string[]} here.own fingerprints of the certificates of who is signed in
   * @param {() => number} here.now milliseconds
   */
  constructor({ device, tab, own, now }) {
    this.#device = device;
    this.#tab = tab;
    this.#own = new Set(own);
    this.#now = now;
  }

  /** Who uses this device, as somebody said here; null where nobody was asked. */
  get answer() {
    const found = this.#device.getItem(ANSWER) ?? this.#said;
    return found === "own" || found === "shared" ? found : null;
  }

  /** @param {Answer | null} answer */
  set answer(answer) {
    this.#said = answer;
    put(this.#device, ANSWER, answer);
  }

  get isShared() {
    return this.answer === "shared";
  }

  /**
   * Tell whether a certificate belongs to who is signed in.
   * @param {string} id hexadecimal SHA-256 of the certificate
   */
  isOwn(id) {
    return this.#own.has(id);
  }

  /**
   * Tell whether a certificate may be seen now.
   * @param {string} id
   */
  isShown(id) {
    return !this.isShared || this.isOwn(id) || this.#shown().includes(id);
  }

  /**
   * Part what is kept into what may be seen and what not.
   * @template {{id: string}} T
   * @param {T[]} held
   * @returns {{shown: T[], covered: T[]}}
   */
  split(held) {
    const shown = held.filter(({ id }) => this.isShown(id));
    return { shown, covered: held.filter((each) => !shown.includes(each)) };
  }

  /** Whether something is shown only because its password was typed. */
  get canCover() {
    return this.isShared && this.#shown().length > 0;
  }

  /**
   * Show certificates in this tab for ten minutes: their password was typed.
   * @param {string[]} ids
   */
  show(ids) {
    const until = this.#now() + SHOWN_MS;
    put(this.#tab, SHOWN, JSON.stringify({ ids: [...this.#shown(), ...ids], until }));
  }

  /** Cover again what was shown by its password. */
  cover() {
    put(this.#tab, SHOWN, null);
  }

  /** @returns {string[]} */
  #shown() {
    try {
      const { ids, until } = JSON.parse(this.#tab.getItem(SHOWN) ?? "");
      // A clock that was set back shows nothing for longer.
      const left = until - this.#now();
      return left > 0 && left <= SHOWN_MS && Array.isArray(ids) ? ids : [];
    } catch {
      return [];
    }
  }
}

/** Return what covers on this page; the server says which certificates are one's own. */
export function coveringHere() {
  const own = document.getElementById("own-certificates")?.textContent;
  return new Covering({
    device: openStorage("localStorage"),
    tab: openStorage("sessionStorage"),
    own: own ? JSON.parse(own) : [],
    now: () => Date.now(),
  });
}

/**
 * @param {Board} board
 * @param {string} name
 * @param {string | null} value null takes it away
 */
function put(board, name, value) {
  try {
    if (value === null) board.removeItem(name);
    else board.setItem(name, value);
  } catch {
    // A browser that keeps nothing: then it holds for this page.
  }
}
