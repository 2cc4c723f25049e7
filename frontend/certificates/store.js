/**
 * What this browser keeps: certificates with their encrypted keys, and keys whose
 * certificate has not come yet.
 *
 * Knows IndexedDB and nothing of what the bytes mean. No key is ever stored open: it is
 * encrypted, or a CryptoKey that the browser gives to nobody.
 */

import { openDB } from "idb";
import { equal } from "../lib/bytes.js";
import { CodedError, errorName, withCodes } from "../lib/errors.js";
import { fingerprint } from "../pki/certificate.js";
import "./store_messages.js";

/** @typedef {import("../pki/key_pair.js").KeyKind} KeyKind */
/** @typedef {import("./vault.js").VaultRecord} VaultRecord */

/**
 * A certificate that is kept here.
 * @typedef {object} StoredCertificate
 * @property {string} id hexadecimal SHA-256 of the certificate
 * @property {Uint8Array} certificate DER
 * @property {Uint8Array} [encryptedKey] EncryptedPrivateKeyInfo, DER
 * @property {CryptoKey} [key] in its place, where the type is for a phone only: it signs
 *   here without a password, and cannot be read out
 * @property {Uint8Array} [kmCertificate] the key-management certificate, DER
 * @property {Uint8Array} [encryptedKmKey] its key; there when its certificate is
 * @property {Uint8Array[]} chain DER, the issuer first
 * @property {number} keptAt milliseconds
 * @property {"made-here" | "bridge" | "file" | "backup"} cameFrom
 * @property {string} [serverId] the certificate's id at the centre
 * @property {string} [localName] what its holder calls it here; no other device knows it
 * @property {Copy[]} [copies] where copies of it went from here, the latest last
 */

/** With a key that its password opens. @typedef {StoredCertificate & {encryptedKey: Uint8Array}} LockedCertificate */

/**
 * A copy that was put somewhere else from here; whether it is still there, nobody knows.
 * @typedef {{place: CopyPlace, at: number}} Copy `at`: milliseconds
 */

/**
 * @typedef {"file" | "phone" | "computer" | "hard-disk" | "removable-disk" | "backup"}
 *   CopyPlace
 */

/**
 * A key that waits for its certificate.
 * @typedef {object} Pending
 * @property {string} applicationId
 * @property {string} idempotencyKey
 * @property {Uint8Array} request PKCS#10, DER
 * @property {Uint8Array} [sealedRandomNumber] R, sealed to the authority; not where the
 *   type has no VID, nor of a key from before there was one
 * @property {Uint8Array} [encryptedKey] EncryptedPrivateKeyInfo, DER
 * @property {CryptoKey} [key] in its place, as in StoredCertificate
 * @property {KeyKind} keyKind
 * @property {number} madeAt milliseconds
 * @property {StorageKind} [place] where its holder wants it, the browser where nothing is said
 */

/**
 * `both` is the browser, and the phone next.
 * @typedef {"browser" | "both" | "phone" | "hard-disk" | "removable-disk"} StorageKind
 */

/**
 * @typedef {import("idb").DBSchema & {
 *   holdings: {key: string, value: StoredCertificate},
 *   pending: {key: string, value: Pending},
 *   vault: {key: string, value: VaultRecord},
 * }} Tables
 */

const VERSION = 2;
const NONE = new Uint8Array();

/** A database that was not opened by then is not waited for any longer. */
const TIMEOUT_MS = 10_000;
/** The id of a record that is written and taken out again in one transaction. */
const PROBE = "probe";
/** The key of the one vault. */
const VAULT = "vault";
/** So many copies of a certificate are remembered: one of each kind of place. */
const MAX_COPIES = 6;
/** The connection is gone; the database may still be there. */
const CONNECTION_LOST = new Set(["InvalidStateError", "UnknownError", "AbortError"]);

/** What the database's own errors mean; all others are `storage_unavailable`. */
const ERROR_CODES = { VersionError: "storage_newer", QuotaExceededError: "not_kept" };

/** Strict: the answer comes after the disk has it, not after the cache has. */
const DURABLE = Object.freeze(
  /** @type {IDBTransactionOptions} */ ({ durability: "strict" }),
);

/**
 * What was to be kept is not safely here. Codes: `not_kept` (there is no room, or it
 * did not come back as it went in), `other_key_here` (the same certificate is here with another key file),
 * `wrong_id`, `storage_unavailable`, `storage_silent` (it does not answer),
 * `storage_newer` (a newer version of this page has changed it).
 */
export class StoreError extends CodedError {}

/**
 * Opened by openStore().
 *
 * Where the browser closed its connection (storage was cleared, a newer page came, the
 * device slept) it is opened anew once for each call. Every call may be repeated.
 */
export class Store {
  /** @type {import("idb").IDBPDatabase<Tables>} */
  #db;

  /** @type {() => Promise<import("idb").IDBPDatabase<Tables>>} */
  #connect;

  #isClosed = false;

  /**
   * @param {import("idb").IDBPDatabase<Tables>} db
   * @param {() => Promise<import("idb").IDBPDatabase<Tables>>} connect
   */
  constructor(db, connect) {
    this.#db = db;
    this.#connect = connect;
  }

  /**
   * Refuse where nothing can be written, before anything depends on it.
   * @throws {StoreError}
   */
  async probe() {
    await this.#run(async (db) => {
      const work = db.transaction("holdings", "readwrite", DURABLE);
      const probe = /** @type {StoredCertificate} */ ({ id: PROBE });
      await Promise.all([work.store.put(probe), work.store.delete(PROBE), work.done]);
    });
  }

  /**
   * Keep a certificate, and return only when it was read back the same.
   *
   * The same certificate with another key file is refused unless `replace` is given:
   * what a stranger sends must never push out the key that works.
   * @param {StoredCertificate} certificate
   * @param {{replace?: boolean}} [options]
   * @throws {StoreError}
   */
  async put(certificate, { replace = false } = {}) {
    const id = await fingerprint(certificate.certificate);
    if (certificate.id !== id) throw new StoreError("wrong_id");
    await this.#run((db) => put(db, certificate, replace));
    const stored = await this.get(certificate.id);
    if (!stored || !isSame(stored, certificate)) throw new StoreError("not_kept");
  }

  /**
   * Return every certificate kept here, the latest first.
   * @returns {Promise<StoredCertificate[]>}
   */
  async all() {
    /** @type {StoredCertificate[]} */
    const certificates = await this.#run((db) => db.getAll("holdings"));
    return certificates.sort((a, b) => b.keptAt - a.keptAt);
  }

  /** @param {string} id @returns {Promise<StoredCertificate | undefined>} */
  get(id) {
    return this.#run((db) => db.get("holdings", id));
  }

  /**
   * Call a certificate something here; an empty name takes it away.
   * @param {string} id
   * @param {string} localName
   * @throws {StoreError} `not_kept` where it is not here any more
   */
  async rename(id, localName) {
    await this.#change(id, (stored) => ({ ...stored, localName }));
  }

  /**
   * Remember that a copy was put somewhere else; of each kind of place the latest.
   * @param {string} id
   * @param {Copy} copy
   * @throws {StoreError} `not_kept` where it is not here any more
   */
  async addCopy(id, copy) {
    await this.#change(id, (stored) => {
      const others = (stored.copies ?? []).filter(({ place }) => place !== copy.place);
      return { ...stored, copies: [...others, copy].slice(-MAX_COPIES) };
    });
  }

  /**
   * Forget a certificate and its key, and its password where the vault has it.
   * @param {string} id
   */
  async remove(id) {
    await this.#run(async (db) => {
      const work = db.transaction(["holdings", "vault"], "readwrite", DURABLE);
      const vaults = work.objectStore("vault");
      /** @type {VaultRecord | undefined} */
      const vault = await vaults.get(VAULT);
      if (vault?.passwords[id]) {
        const { [id]: _removed, ...passwords } = vault.passwords;
        void vaults.put({ ...vault, passwords });
      }
      await Promise.all([work.objectStore("holdings").delete(id), work.done]);
    });
  }

  /**
   * Return the vault of this browser (vault.js).
   * @returns {Promise<VaultRecord | undefined>}
   */
  vault() {
    return this.#run((db) => db.get("vault", VAULT));
  }

  /**
   * Change the vault in one transaction; what `change` throws leaves it as it was.
   * @param {(vault: VaultRecord | undefined) => VaultRecord | undefined} change undefined
   *   takes it away
   * @returns {Promise<void>}
   */
  async changeVault(change) {
    await this.#run(async (db) => {
      const work = db.transaction("vault", "readwrite", DURABLE);
      const changed = change(await work.store.get(VAULT));
      const written = changed ? work.store.put(changed) : work.store.delete(VAULT);
      await Promise.all([written, work.done]);
    });
  }

  /**
   * Keep a key that waits, unless one waits already for the same application.
   * @param {Pending} pending
   * @returns {Promise<Pending>} the one that is there now: never overwritten
   * @throws {StoreError}
   */
  async addPending(pending) {
    await this.#run(async (db) => {
      const work = db.transaction("pending", "readwrite", DURABLE);
      const stored = await work.store.getKey(pending.applicationId);
      const added = stored === undefined ? work.store.add(pending) : undefined;
      await Promise.all([added, work.done]);
    });
    const stored = await this.pendingFor(pending.applicationId);
    if (stored === undefined) throw new StoreError("not_kept");
    return stored;
  }

  /** @param {string} applicationId @returns {Promise<Pending | undefined>} */
  pendingFor(applicationId) {
    return this.#run((db) => db.get("pending", applicationId));
  }

  /**
   * Return every key that waits, so that a later visit can finish.
   * @returns {Promise<Pending[]>}
   */
  allPending() {
    return this.#run((db) => db.getAll("pending"));
  }

  /**
   * Forget a key that waits.
   * @param {string} applicationId
   */
  async dropPending(applicationId) {
    await this.#delete("pending", applicationId);
  }

  /** Let go of the database, for good. */
  close() {
    this.#isClosed = true;
    this.#db.close();
  }

  /**
   * Read a certificate's record and write another in one transaction.
   * @param {string} id
   * @param {(stored: StoredCertificate) => StoredCertificate} change
   */
  async #change(id, change) {
    await this.#run(async (db) => {
      const work = db.transaction("holdings", "readwrite", DURABLE);
      /** @type {StoredCertificate | undefined} */
      const stored = await work.store.get(id);
      const written = stored && work.store.put(change(stored));
      await Promise.all([written, work.done]);
      if (stored === undefined) throw new StoreError("not_kept");
    });
  }

  /** @param {"holdings" | "pending"} table @param {string} key */
  async #delete(table, key) {
    await this.#run(async (db) => {
      const work = db.transaction(table, "readwrite", DURABLE);
      await Promise.all([work.store.delete(key), work.done]);
    });
  }

  /**
   * @template T
   * @param {(db: import("idb").IDBPDatabase<Tables>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #run(work) {
    return withStoreErrors(async () => {
      try {
        return await work(this.#db);
      } catch (error) {
        if (this.#isClosed || !CONNECTION_LOST.has(errorName(error))) throw error;
        this.#db = await this.#connect();
        return work(this.#db);
      }
    });
  }
}

/**
 * Open the store of this browser.
 * @param {string} [name]
 * @param {{timeout?: number}} [options] milliseconds until no answer counts as none
 * @returns {Promise<Store>}
 * @throws {StoreError} `storage_unavailable`, as in some private windows;
 *   `storage_silent`, `storage_newer`
 */
export async function openStore(name = "certferry", { timeout = TIMEOUT_MS } = {}) {
  const connection = () => withStoreErrors(() => connect(name, timeout));
  return new Store(await connection(), connection);
}

/**
 * Tell whether the key is one that its password opens, and that can be copied; else it
 * stays in this browser.
 * @param {StoredCertificate} stored
 * @returns {stored is LockedCertificate}
 */
export function isLocked(stored) {
  return stored.encryptedKey !== undefined;
}

/**
 * Return the store and what it keeps, or null where nobody can look: then nothing may be
 * said about what is here and what is not.
 * @returns {Promise<{store: Store, certificates: StoredCertificate[]} | null>}
 */
export async function tryReadStore() {
  try {
    const store = await openStore();
    return { store, certificates: await store.all() };
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {number} timeoutMs
 * @returns {Promise<import("idb").IDBPDatabase<Tables>>}
 */
async function connect(name, timeoutMs) {
  // An older page in another tab, or the browser itself, may keep us waiting for ever.
  let refuse = () => {};
  /** @type {Promise<never>} */
  const timeout = new Promise((_, reject) => {
    refuse = () => reject(new StoreError("storage_silent"));
  });
  const timer = setTimeout(() => refuse(), timeoutMs);
  try {
    const opening = openDB(name, VERSION, {
      upgrade(database, from) {
        if (from < 1) {
          database.createObjectStore("holdings", { keyPath: "id" });
          database.createObjectStore("pending", { keyPath: "applicationId" });
        }
        if (from < 2) database.createObjectStore("vault", { keyPath: "id" });
      },
      blocked: () => refuse(),
      // Let a newer page in another tab open; this one fails to the person instead.
      blocking: (_current, _next, event) => {
        /** @type {IDBDatabase} */ (event.target).close();
      },
    });
    return /** @type {any} */ (await Promise.race([opening, timeout]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {import("idb").IDBPDatabase<Tables>} db
 * @param {StoredCertificate} certificate
 * @param {boolean} replace
 */
async function put(db, certificate, replace) {
  const work = db.transaction("holdings", "readwrite", DURABLE);
  /** @type {StoredCertificate | undefined} */
  const stored = await work.store.get(certificate.id);
  const hasOtherKey = stored && !hasSameKey(stored, certificate);
  if (hasOtherKey && !replace) throw new StoreError("other_key_here");
  await Promise.all([work.store.put({ ...remembered(stored), ...certificate }), work.done]);
}

/** @param {StoredCertificate} a @param {StoredCertificate} b */
const hasSameKey = (a, b) => isLocked(a) && isLocked(b) && equal(a.encryptedKey, b.encryptedKey);

/**
 * Return what is known here of a certificate that comes once more: it stays.
 * @param {StoredCertificate | undefined} stored
 */
function remembered(stored) {
  const { localName, copies } = stored ?? {};
  return { ...(localName && { localName }), ...(copies && { copies }) };
}

/** @param {StoredCertificate} actual @param {StoredCertificate} expected */
function isSame(actual, expected) {
  const [a, b] = [actual, expected].map((item) => [
    item.certificate,
    item.encryptedKey ?? NONE,
    item.kmCertificate ?? NONE,
    item.encryptedKmKey ?? NONE,
    ...item.chain,
  ]);
  // Two CryptoKeys cannot be compared: whoever made one signs with what came back.
  const haveKeys = (actual.key === undefined) === (expected.key === undefined);
  return haveKeys && a.length === b.length && a.every((part, i) => equal(part, b[i]));
}

/**
 * Do something with the database; its own errors have one name outside.
 * @template T
 * @param {() => Promise<T>} work
 */
const withStoreErrors = (work) =>
  withCodes(work, StoreError, "storage_unavailable", ERROR_CODES);
