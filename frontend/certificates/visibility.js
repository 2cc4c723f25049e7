/**
 * Which of the certificates that this browser keeps are shown on a device that several
 * people use: those of who is signed in, and those whose password was typed.
 *
 * It covers names and numbers on our pages, and locks nothing: whoever may read the files
 * of this browser reads certificates there. Their keys stay under their passwords. See
 * docs/threats.md.
 */
/** @typedef {import("../lib/storage.js").StorageLike} StorageLike */
/** Who uses this device. @typedef {"own" | "shared"} DeviceUse */

/** Of the browser, so that whoever comes next meets it too. */
const DEVICE_KEY = "certferry.device";
/** Of the tab: what was shown by its password, and until when. */
const REVEALED_KEY = "certferry.shown";
const REVEAL_MS = 10 * 60_000;

/** What may be seen here. */
export class Visibility {
  #device;
  #tab;
  #own;
  #now;
  /** What was said last, where the browser takes nothing. @type {DeviceUse | null} */
  #lastUse = null;

  /**
   * @param {object} here
   * @param {StorageLike} here.device what all tabs see, and what stays
   * @param {StorageLike} here.tab
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
  get deviceUse() {
    const stored = this.#device.getItem(DEVICE_KEY) ?? this.#lastUse;
    return stored === "own" || stored === "shared" ? stored : null;
  }

  /** @param {DeviceUse | null} deviceUse */
  set deviceUse(deviceUse) {
    this.#lastUse = deviceUse;
    setItem(this.#device, DEVICE_KEY, deviceUse);
  }

  get isShared() {
    return this.deviceUse === "shared";
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
  isVisible(id) {
    return !this.isShared || this.isOwn(id) || this.#revealed().includes(id);
  }

  /**
   * Part what is kept into what may be seen and what not.
   * @template {{id: string}} T
   * @param {T[]} certificates
   * @returns {{visible: T[], covered: T[]}}
   */
  partition(certificates) {
    const visible = certificates.filter(({ id }) => this.isVisible(id));
    const covered = certificates.filter(({ id }) => !this.isVisible(id));
    return { visible, covered };
  }

  /** Whether something is shown only because its password was typed. */
  get hasRevealed() {
    return this.isShared && this.#revealed().length > 0;
  }

  /**
   * Show certificates in this tab for ten minutes: their password was typed.
   * @param {string[]} ids
   */
  reveal(ids) {
    const until = this.#now() + REVEAL_MS;
    setItem(this.#tab, REVEALED_KEY, JSON.stringify({ ids: [...this.#revealed(), ...ids], until }));
  }

  /** Cover again what was shown by its password. */
  cover() {
    setItem(this.#tab, REVEALED_KEY, null);
  }

  /** @returns {string[]} */
  #revealed() {
    try {
      const { ids, until } = JSON.parse(this.#tab.getItem(REVEALED_KEY) ?? "");
      // A clock that was set back shows nothing for longer.
      const left = until - this.#now();
      return left > 0 && left <= REVEAL_MS && Array.isArray(ids) ? ids : [];
    } catch {
      return [];
    }
  }
}

/**
 * @param {StorageLike} storage
 * @param {string} name
 * @param {string | null} value null takes it away
 */
function setItem(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, value);
  } catch {
    // A browser that keeps nothing: then it holds for this page.
  }
}
