/**
 * What a pairing needs to go on after the tab was reloaded, written before it is done.
 *
 * It lies in the tab's own sessionStorage, only while the pairing lives. One tab goes
 * on with it: the one that holds its lock, and only with its newest snapshot. A
 * duplicated tab has a copy of an older one, which would give back what has been used
 * since; so each snapshot has a number, and the number of the newest lies where all tabs
 * see it. A browser may also bring back a page of the past with all that is in its
 * memory: what is not the newest any more never writes, and is never used again.
 */
import { base64url, fromBase64url } from "../../lib/bytes.js";
import { openStorage } from "../../lib/storage.js";

/**
 * What was written last; `name` is the pairing's, `n` grows with each write.
 * @typedef {Record<string, any> & {name: string, n: number}} Snapshot
 */
/**
 * Where snapshots lie. `hold` resolves with whether this tab alone has the pairing of
 * that name from now on; what tabs that went away have left is taken out then. `save`
 * tells whether it is written; where not, none is left for anybody. `leave` lets go, and
 * whoever comes next goes on; `drop` throws this tab's own away and lets go; `clear`
 * ends it for every tab.
 * @typedef {{
 *   load(): Record<string, any> | null,
 *   save(snapshot: Snapshot): boolean,
 *   hold(name: string): Promise<boolean>,
 *   isNewest(snapshot: Record<string, any>): boolean,
 *   leave(): void,
 *   drop(): void,
 *   clear(): void,
 * }} SnapshotStore
 */
/** What all tabs share, and what can be looked through.
 * @typedef {import("../../lib/storage.js").StorageLike} SharedStorage
 */
/** @typedef {Pick<SharedStorage, "getItem" | "setItem" | "removeItem">} StorageLike */
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

/** The one snapshot of a pairing that counts, and the right to write it. */
export class SessionSnapshot {
  /** @type {SnapshotStore} */ #store;
  /** @type {Snapshot | null} */ #snapshot = null;
  #name = "";
  /** `left`: whoever comes next has it. @type {"unheld" | "held" | "left"} */
  #state = "unheld";

  /** @param {SnapshotStore} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * Begin; without the lock nothing is ever written.
   * @param {string} name
   * @returns {Promise<void>}
   */
  async begin(name) {
    if (!(await this.#store.hold(name))) return;
    if (this.#state === "left") return this.#store.leave();
    this.#state = "held";
    this.#name = name;
  }

  /**
   * Return what this tab's earlier life wrote last, if this tab may go on with it.
   * @returns {Promise<Record<string, any> | null>}
   */
  async reopen() {
    const snapshot = this.#store.load();
    if (snapshot === null) return null;
    const { name } = snapshot;
    const isAlone = typeof name === "string" && (await this.#store.hold(name));
    if (this.#state === "left") {
      this.#store.leave();
      return null;
    }
    // Looked at only now: until it let go, another tab may have written newer ones.
    if (!isAlone || !this.#store.isNewest(snapshot)) {
      this.#store.drop();
      return null;
    }
    this.#state = "held";
    this.#name = name;
    this.#snapshot = /** @type {Snapshot} */ (snapshot);
    return snapshot;
  }

  /**
   * Refuse to go on where a newer page has gone on.
   * @throws {SupersededError}
   */
  check() {
    if (this.#state === "left") throw new SupersededError();
    if (this.#snapshot === null || this.#store.isNewest(this.#snapshot)) return;
    this.leave();
    throw new SupersededError();
  }

  /**
   * Write anew what is new in `content`.
   * @param {Record<string, unknown>} content
   * @throws {SupersededError}
   */
  write(content) {
    this.check();
    if (this.#state !== "held") return;
    const n = (this.#snapshot?.n ?? 0) + 1;
    this.#snapshot = { ...this.#snapshot, ...content, name: this.#name, n };
    // What could not be written is in this page's memory alone from now on.
    if (!this.#store.save(this.#snapshot)) this.#forget();
  }

  /** Let go of it as it is: whoever opens the page next goes on. */
  leave() {
    this.#forget();
    this.#state = "left";
    this.#store.leave();
  }

  /** Throw it away, and write no more. */
  clear() {
    if (this.#state === "left") return; // it is somebody else's
    this.#forget();
    this.#store.clear();
  }

  #forget() {
    this.#state = "unheld";
    this.#snapshot = null;
  }
}

/**
 * Return where snapshots of this tab lie.
 * @param {{storage?: StorageLike, shared?: SharedStorage, locks?: Locks | undefined,
 *   now?: () => number}} [browser] `shared`: what all tabs of this origin see
 * @returns {SnapshotStore}
 */
export function createSnapshotStore({
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
    save: (snapshot) => {
      try {
        // The number first. Should the tab die between the two, its own snapshot is too
        // old as well: that costs the pairing. The other way round a copy would pass.
        const { name, n } = snapshot;
        shared.setItem(SHARED + name, JSON.stringify({ n, at: now() }));
        storage.setItem(KEY, inText(snapshot));
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

/** @param {StorageLike} storage @returns {Record<string, any> | null} */
function read(storage) {
  try {
    const snapshot = JSON.parse(storage.getItem(KEY) ?? "null", (_name, value) =>
      typeof value?.bytes === "string" ? fromBase64url(value.bytes) : value);
    if (typeof snapshot === "object") return snapshot;
  } catch {
    // Not a snapshot, whoever wrote it.
  }
  remove(storage, KEY);
  return null;
}

/** @param {object} snapshot */
function inText(snapshot) {
  return JSON.stringify(snapshot, (_name, value) =>
    value instanceof Uint8Array ? { bytes: base64url(value) } : value);
}

/**
 * Return the number of the newest snapshot and when it was written; nothing where
 * there is none.
 * @param {StorageLike} shared @param {string} key
 * @returns {{n?: unknown, at?: unknown}}
 */
function readNote(shared, key) {
  try {
    return JSON.parse(shared.getItem(key) ?? "null") ?? {};
  } catch {
    return {};
  }
}

/** Take out the numbers of snapshots that nobody can have any more.
 * @param {SharedStorage} shared @param {number} now */
function tidy(shared, now) {
  try {
    const keys = Array.from({ length: shared.length }, (_, at) => shared.key(at) ?? "");
    for (const key of keys.filter((name) => name.startsWith(SHARED))) {
      const age = now - Number(readNote(shared, key).at);
      // Of a time to come: the clock was set back, and would keep it for as long.
      if (!(Math.abs(age) <= LEFTOVER_MS)) remove(shared, key);
    }
  } catch {
    // What cannot be looked through has no leftovers either.
  }
}

/** @param {StorageLike} storage @param {string} key */
function remove(storage, key) {
  try {
    storage.removeItem(key);
  } catch {
    // A tab without storage has no snapshot, and nothing to take out of it.
  }
}
