/**
 * What a pairing needs to go on after the tab was reloaded, written before it is done.
 *
 * It lies in the tab's own sessionStorage, only while the pairing lives. One tab goes
 * on with it: the one that holds its lock, and only with its newest page. A duplicated
 * tab has a copy of an older one, which would give back what has been used since; so
 * each page has a number, and the number of the newest lies where all tabs see it. A
 * browser may also bring back a page of the past with all that is in its memory: what
 * is not the newest any more never writes, and is never used again.
 */
import { base64url, unbase64url } from "../../lib/bytes.js";
import { openStorage } from "../../lib/storage.js";

/**
 * One page; `n` grows with each that is written.
 * @typedef {Record<string, any> & {name: string, n: number}} Page
 */
/**
 * Where the journal lies. `hold` resolves with whether this tab alone has the journal
 * of that name from now on; what tabs that went away have left is taken out then.
 * `save` tells whether it is written; where not, no page is left for anybody. `leave`
 * lets go, and whoever comes next goes on; `drop` throws this tab's page away and lets
 * go; `clear` ends the journal for every tab.
 * @typedef {{
 *   load(): Record<string, any> | null,
 *   save(page: Page): boolean,
 *   hold(name: string): Promise<boolean>,
 *   isNewest(page: Record<string, any>): boolean,
 *   leave(): void,
 *   drop(): void,
 *   clear(): void,
 * }} JournalPort
 */
/** What all tabs share, and what can be looked through.
 * @typedef {import("../../lib/storage.js").Board} Board
 */
/** @typedef {Pick<Board, "getItem" | "setItem" | "removeItem">} Drawer */
/** @typedef {Pick<LockManager, "request">} Locks */

/** Under what it lies there: without it there is nothing to go on with. */
export const KEY = "certferry-pairing";
/** Begins the names of the lock and of the number that tabs share. */
const SHARED = "certferry-pairing-";
/** A tab that was reloaded waits this long for its earlier self to be gone. */
const LOCK_MS = 1000;
/** No pairing lives as long as this. */
const LEFTOVER_MS = 600_000;

/** The pairing went on in a newer page: what this one remembers is of the past. */
export class SupersededError extends Error {
  /** @readonly */ code = "superseded";
}

/** The one page of a journal that counts, and the right to write it. */
export class Journal {
  /** @type {JournalPort} */ #port;
  /** @type {Page | null} */ #page = null;
  #name = "";
  #isLeft = false;

  /** @param {JournalPort} port */
  constructor(port) {
    this.#port = port;
  }

  /**
   * Begin a journal; without the lock nothing is ever written.
   * @param {string} name
   * @returns {Promise<void>}
   */
  async begin(name) {
    if (!(await this.#port.hold(name))) return;
    if (this.#isLeft) this.#port.leave();
    else this.#name = name;
  }

  /**
   * Return the last page of this tab's earlier life, if this tab may go on with it.
   * @returns {Promise<Record<string, any> | null>}
   */
  async reopen() {
    const page = this.#port.load();
    if (page === null) return null;
    const isAlone = typeof page.name === "string" && (await this.#port.hold(page.name));
    if (this.#isLeft) {
      this.#port.leave();
      return null;
    }
    // Looked at only now: until it let go, another tab may have written newer pages.
    if (!isAlone || !this.#port.isNewest(page)) {
      this.#port.drop();
      return null;
    }
    this.#name = page.name;
    this.#page = /** @type {Page} */ (page);
    return page;
  }

  /**
   * Refuse to go on where a newer page has gone on.
   * @throws {SupersededError}
   */
  check() {
    if (this.#isLeft) throw new SupersededError();
    if (this.#page === null || this.#port.isNewest(this.#page)) return;
    this.leave();
    throw new SupersededError();
  }

  /**
   * Write the page anew.
   * @param {Record<string, unknown>} content
   * @throws {SupersededError}
   */
  write(content) {
    this.check();
    if (this.#name === "") return;
    const n = (this.#page?.n ?? 0) + 1;
    this.#page = { ...this.#page, ...content, name: this.#name, n };
    // What could not be written is in this page's memory alone from now on.
    if (!this.#port.save(this.#page)) this.#forget();
  }

  /** Let go of it as it is: whoever opens the page next goes on. */
  leave() {
    this.#isLeft = true;
    this.#forget();
    this.#port.leave();
  }

  /** Throw it away, and write no more. */
  clear() {
    if (this.#isLeft) return; // it is somebody else's
    this.#forget();
    this.#port.clear();
  }

  #forget() {
    this.#name = "";
    this.#page = null;
  }
}

/**
 * Return the journal of this tab.
 * @param {{storage?: Drawer, shared?: Board, locks?: Locks | undefined,
 *   now?: () => number}} [browser] `shared`: what all tabs of this origin see
 * @returns {JournalPort}
 */
export function makeJournal({
  storage = openStorage("sessionStorage"), shared = openStorage("localStorage"),
  locks = navigator.locks, now = Date.now,
} = {}) {
  let held = "";
  let release = () => {};
  const forget = () => {
    remove(storage, KEY);
    if (held !== "") remove(shared, SHARED + held);
  };
  return {
    load: () => read(storage),
    save: (page) => {
      try {
        // The number first. Should the tab die between the two, its own page is too old
        // as well: that costs the pairing. The other way round a copy would pass.
        shared.setItem(SHARED + page.name, JSON.stringify({ n: page.n, at: now() }));
        storage.setItem(KEY, inText(page));
        return true;
      } catch {
        forget();
        return false;
      }
    },
    isNewest: ({ name, n }) =>
      Number.isInteger(n) && readNote(shared, SHARED + name).n === n,
    leave: () => release(),
    drop: () => {
      remove(storage, KEY);
      release();
    },
    clear: () => {
      forget();
      release();
    },
    hold: (name) => new Promise((answer) => {
      if (!locks) return answer(false);
      const signal = AbortSignal.timeout(LOCK_MS);
      ask(locks, SHARED + name, signal, () => {
        held = name;
        tidy(shared, now());
        answer(true);
        return new Promise((done) => {
          release = () => {
            held = "";
            done(undefined);
          };
        });
      }).catch(() => answer(false));
    }),
  };
}

/** Ask for a lock; where locks are denied to this site, even to ask throws.
 * @param {Locks} locks @param {string} name @param {AbortSignal} signal
 * @param {() => Promise<unknown>} action */
async function ask(locks, name, signal, action) {
  await locks.request(name, { signal }, action);
}

/** @param {Drawer} storage @returns {Record<string, any> | null} */
function read(storage) {
  try {
    const page = JSON.parse(storage.getItem(KEY) ?? "null", (_name, value) =>
      typeof value?.bytes === "string" ? unbase64url(value.bytes) : value);
    if (typeof page === "object") return page;
  } catch {
    // Not a journal, whoever wrote it.
  }
  remove(storage, KEY);
  return null;
}

/** @param {object} page */
function inText(page) {
  return JSON.stringify(page, (_name, value) =>
    value instanceof Uint8Array ? { bytes: base64url(value) } : value);
}

/**
 * Return the number of the newest page and when it was written; nothing where there is
 * none.
 * @param {Drawer} shared @param {string} key
 * @returns {{n?: unknown, at?: unknown}}
 */
function readNote(shared, key) {
  try {
    return JSON.parse(shared.getItem(key) ?? "null") ?? {};
  } catch {
    return {};
  }
}

/** Take out the numbers of journals that nobody can have any more.
 * @param {Board} shared @param {number} now */
function tidy(shared, now) {
  try {
    const keys = Array.from({ length: shared.length }, (_, at) => shared.key(at) ?? "");
    for (const key of keys.filter((each) => each.startsWith(SHARED))) {
      const age = now - Number(readNote(shared, key).at);
      // Of a time to come: the clock was set back, and would keep it for as long.
      if (!(Math.abs(age) <= LEFTOVER_MS)) remove(shared, key);
    }
  } catch {
    // What cannot be looked through has no leftovers either.
  }
}

/** @param {Drawer} drawer @param {string} key */
function remove(drawer, key) {
  try {
    drawer.removeItem(key);
  } catch {
    // A tab without storage has no journal, and nothing to take out of it.
  }
}
